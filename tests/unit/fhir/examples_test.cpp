// Differential test: every twentieth published example goes text, tree, text; RapidJSON's own DOM is the second opinion on sameness.
#include "fhir/package_reader.hpp"
#include "fhir/xml.hpp"
#include "unit/fhir/trees.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

using namespace huitong;
using namespace huitong::fhir;
using huitong::tests::r4_definitions;
using huitong::tests::rule_of;

namespace {

/// Equal as JSON values (order of members apart), once with numbers as numbers and once with their digits.
bool same_json(const std::string& a, const std::string& b) {
    rapidjson::Document x, y;
    x.Parse(a.data(), a.size());
    y.Parse(b.data(), b.size());
    if (x.HasParseError() || y.HasParseError() || x != y) return false;
    rapidjson::Document p, q;
    p.Parse<rapidjson::kParseNumbersAsStringsFlag>(a.data(), a.size());
    q.Parse<rapidjson::kParseNumbersAsStringsFlag>(b.data(), b.size());
    return p == q;
}

} // namespace

BOOST_AUTO_TEST_SUITE(examples)

BOOST_AUTO_TEST_CASE(the_comparison_itself_can_fail) {
    BOOST_TEST(same_json(R"({"a":1,"b":[2]})", R"({"b":[2],"a":1})"));
    BOOST_TEST(!same_json(R"({"a":1.10})", R"({"a":1.1})"));
    BOOST_TEST(!same_json(R"({"a":1})", R"({"a":"1"})"));
    BOOST_TEST(!same_json(R"({"a":[1,2]})", R"({"a":[2,1]})"));
}

BOOST_AUTO_TEST_CASE(published_examples_come_out_as_they_went_in) {
    const auto package = huitong::tests::source_folder() / ".cache/hl7.fhir.r4.examples-4.0.1.tgz";
    if (!std::filesystem::exists(package)) {
        BOOST_TEST_MESSAGE("skip: " << package.filename() << " is absent (scripts/setup fetches it)");
        return;
    }
    std::size_t seen = 0, json_compared = 0, xml_compared = 0;
    const auto wants = [&](std::string_view name) {
        return name.ends_with(".json") && !name.ends_with("package.json") && !name.ends_with(".index.json") && seen++ % 20 == 0;
    };
    const auto outcome = read_package(package.string(), wants, [&](std::string_view name, std::string text) {
        const auto parsed = read_json(text);
        BOOST_TEST(parsed.issues.empty(), name << ": " << rule_of(parsed.issues));
        if (!parsed.issues.empty()) return;
        const auto root = parsed.value->root();
        BOOST_TEST(same_json(text, write_json(root)), name << " differs after the tree");
        ++json_compared;
        if (text.size() > 50'000) return; // the XML leg is for breadth, not for the largest bundles
        const auto again = read_fhir_xml(write_fhir_xml(root, r4_definitions()), r4_definitions());
        BOOST_TEST(again.issues.empty(), name << " through XML: " << rule_of(again.issues));
        if (again.issues.empty()) BOOST_TEST(same_json(text, write_json(again.value->root())), name << " differs after XML");
        ++xml_compared;
    });
    BOOST_TEST(outcome.empty());
    BOOST_TEST(json_compared > 100u);
    BOOST_TEST_MESSAGE(json_compared << " examples through the tree, " << xml_compared << " also through XML");
}

BOOST_AUTO_TEST_SUITE_END()
