// Lexical rules of the primitive types (FHIR R4, Datatypes): what a ward's interface writes wrong must be named, what is right must pass.
#include "validation/primitives.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong::validation;

namespace {

struct Sample {
    std::string_view type, text;
};

bool passes(const Sample& sample) { return is_written_well(primitive_of(sample.type), sample.text); }

} // namespace

BOOST_AUTO_TEST_SUITE(primitives)

BOOST_AUTO_TEST_CASE(well_written_values_pass) {
    const Sample samples[] = {{"boolean", "true"},
                              {"integer", "0"},
                              {"integer", "-2147483648"},
                              {"integer", "2147483647"},
                              {"unsignedInt", "0"},
                              {"positiveInt", "1"},
                              {"decimal", "0"},
                              {"decimal", "-0.50"},
                              {"decimal", "1.5e-3"},
                              {"decimal", "100"},
                              {"string", "检验 结果\n第二行"},
                              {"uri", "urn:oid:2.16.156.10011"},
                              {"uri", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
                              {"url", "http://localhost/a"},
                              {"canonical", "http://example.org/vs|1"},
                              {"oid", "urn:oid:0.0"},
                              {"uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
                              {"id", "A-1.b"},
                              {"code", "a b"},
                              {"code", "<="},
                              {"base64Binary", "AAAA"},
                              {"base64Binary", "AA A=\n"},
                              {"instant", "2024-02-29T08:30:00.123+08:00"},
                              {"instant", "2024-02-29T08:30:00Z"},
                              {"date", "2024"},
                              {"date", "2024-02"},
                              {"date", "2024-02-29"},
                              {"dateTime", "2024-02"},
                              {"dateTime", "2024-12-31T23:59:60Z"},
                              {"time", "08:30:00"}};
    for (const auto& sample : samples) BOOST_TEST(passes(sample), sample.type << " " << sample.text);
}

BOOST_AUTO_TEST_CASE(badly_written_values_fail) {
    const Sample samples[] = {{"boolean", "True"},
                              {"boolean", "1"},
                              {"integer", "01"},
                              {"integer", "2147483648"},
                              {"integer", "1.0"},
                              {"unsignedInt", "-1"},
                              {"positiveInt", "0"},
                              {"decimal", "01"},
                              {"decimal", ".5"},
                              {"decimal", "5."},
                              {"decimal", "NaN"},
                              {"string", " \t"},
                              {"string", "a\x01z"},
                              {"uri", "a b"},
                              {"uri", "urn:oid:1.02"},
                              {"uri", "urn:uuid:123"},
                              {"oid", "2.16.840"},
                              {"oid", "urn:oid:3.1"},
                              {"id", "under_score"},
                              {"id", "0123456789012345678901234567890123456789012345678901234567890123x"},
                              {"code", " a"},
                              {"code", "a  b"},
                              {"base64Binary", "AAA"},
                              {"base64Binary", "A=AA"},
                              {"instant", "2024-02-29"},
                              {"instant", "2024-02-29T08:30:00"},
                              {"date", "2023-02-29"},
                              {"date", "2024-13"},
                              {"date", "20240229"},
                              {"date", "2024-2-9"},
                              {"date", "0000"},
                              {"dateTime", "2024-02-29T08:30"},
                              {"dateTime", "2024-02-29T24:00:00Z"},
                              {"dateTime", "2024-02-29T08:30:00+14:30"},
                              {"dateTime", "2024-02-29 08:30:00+08:00"},
                              {"time", "08:30"},
                              {"time", "25:00:00"}};
    for (const auto& sample : samples) BOOST_TEST(!passes(sample), sample.type << " " << sample.text);
}

BOOST_AUTO_TEST_SUITE_END()
