// The region's own definitions: every file loads, and the source models know what the adapters' trees hold.
#include "support/files.hpp"
#include "unit/fhir/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhir;

namespace {

/// R4 with everything under fhir-profiles/models and extensions.
const Definitions& region_definitions() {
    static const auto definitions = [] {
        auto out = *Definitions::load_pack(Definitions::default_pack_file());
        for (const auto* folder : {"fhir-profiles/models", "fhir-profiles/extensions"}) {
            for (const auto& file : std::filesystem::directory_iterator(huitong::tests::source_folder() / folder)) {
                const auto read = read_json(huitong::tests::read_file(file.path()));
                if (!read.issues.empty()) throw std::runtime_error(file.path().string() + ": " + read.issues.leading()->rule);
                const auto issues = out->add_structure(read.value->root());
                if (!issues.empty()) throw std::runtime_error(file.path().string() + ": " + issues.leading()->rule);
            }
        }
        return out;
    }();
    return *definitions;
}

TypedName walk(std::string_view type, std::initializer_list<std::string_view> names) {
    auto at = region_definitions().type_root(type);
    for (const auto name : names) at = region_definitions().child(at, name);
    return at;
}

} // namespace

BOOST_AUTO_TEST_SUITE(region)

BOOST_AUTO_TEST_CASE(a_v2_message_is_known_down_to_the_sub_component) {
    BOOST_TEST(walk("V2Message", {"PID", "PID-3"}).type == "CX");
    BOOST_TEST(walk("V2Message", {"PID", "PID-3"}).is_array);
    BOOST_TEST(walk("V2Message", {"PID", "PID-3", "c4", "s1"}).type == "string");
    BOOST_TEST(walk("V2Message", {"PATIENT_RESULT", "ORDER_OBSERVATION", "OBSERVATION", "OBX", "OBX-3", "c1", "s2"}).type == "string");
    BOOST_TEST(walk("V2Message", {"ORDER", "ORC", "ORC-2"}).type == "EI");
}

BOOST_AUTO_TEST_CASE(a_field_that_does_not_exist_is_unknown) {
    BOOST_TEST(walk("V2Message", {"PID", "PID-99"}).declared == nullptr);
    BOOST_TEST(walk("V2Message", {"PID", "PID-3", "c11"}).declared == nullptr);
    BOOST_TEST(walk("V2Message", {"PATIENT_RESULT", "OBX"}).declared == nullptr);
}

BOOST_AUTO_TEST_CASE(rows_and_studies_are_known_by_their_names) {
    BOOST_TEST(walk("HospitalBResult", {"报告单号"}).type == "string");
    BOOST_TEST(walk("HospitalBResult", {"报告单号"}).declared->min == 1u);
    BOOST_TEST(walk("DicomStudy", {"Series", "Instance", "SliceThickness"}).type == "string");
    BOOST_TEST(walk("DicomStudy", {"Series"}).is_array);
}

BOOST_AUTO_TEST_CASE(an_extension_knows_the_type_of_its_value) {
    const auto* report = region_definitions().find_structure("https://huitong.example/fhir/StructureDefinition/report");
    BOOST_REQUIRE(report);
    const auto value =
        std::find_if(report->elements.begin(), report->elements.end(), [](const auto& one) { return one.name == "value[x]"; });
    BOOST_REQUIRE(value != report->elements.end());
    BOOST_TEST(value->types.front().code == "Reference");
}

BOOST_AUTO_TEST_SUITE_END()
