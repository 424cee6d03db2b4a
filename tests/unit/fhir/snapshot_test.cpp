// Snapshots from differentials. Source: FHIR R4, StructureDefinition, "Differential & Snapshot"; Profiling FHIR, "Slicing".
#include "fhir/snapshot.hpp"

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhir;
using huitong::tests::r4_definitions;
using huitong::tests::rule_of;

namespace {

struct Made {
    DocumentPtr document;
    std::string rule;

    Element at(std::string_view id) const {
        for (auto element : document->root()["snapshot"].children("element")) {
            if (element.text("id") == id) return element;
        }
        return {};
    }
    /// "min..max type,type" of an element; "" when it is not there.
    std::string says(std::string_view id) const {
        const auto element = at(id);
        if (!element) return {};
        auto out = std::string(element.text("min")) + ".." + std::string(element.text("max"));
        std::string types;
        for (auto type : element.children("type")) types += (types.empty() ? " " : ",") + std::string(type.text("code"));
        return out + types;
    }
};

Made made(const std::string& type, const std::string& elements) {
    const auto parsed = read_json(R"({"resourceType":"StructureDefinition","url":"http://ward.example/p","name":"P","status":"draft",)"
                                  R"("kind":"resource","abstract":false,"type":")" +
                                  type + R"(","derivation":"constraint","baseDefinition":"http://hl7.org/fhir/StructureDefinition/)" +
                                  type + R"(","differential":{"element":[)" + elements + "]}}");
    BOOST_REQUIRE_MESSAGE(!parsed.issues.has_errors(), rule_of(parsed.issues));
    auto snapshot = make_snapshot(r4_definitions(), parsed.value->root());
    return {snapshot.value, rule_of(snapshot.issues)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_AUTO_TEST_CASE(what_is_not_said_stays_as_the_base_has_it) {
    const auto result = made("Patient", R"({"id":"Patient.gender","path":"Patient.gender","min":1,"short":"sex"})");
    BOOST_TEST(result.rule == "");
    BOOST_TEST(result.says("Patient.gender") == "1..1 code");
    BOOST_TEST(result.at("Patient.gender").text("short") == "sex");
    BOOST_TEST(result.at("Patient.gender").text("binding.strength") == "required");
    BOOST_TEST(result.at("Patient.gender").text("base.min") == "0");
    BOOST_TEST(result.says("Patient.name") == "0..* HumanName");
}

BOOST_AUTO_TEST_CASE(a_data_type_is_unfolded_where_the_differential_goes_into_it) {
    const auto result = made("Patient", R"({"id":"Patient.name.family","path":"Patient.name.family","min":1})");
    BOOST_TEST(result.says("Patient.name.family") == "1..1 string");
    BOOST_TEST(result.says("Patient.name.given") == "0..* string");
    BOOST_TEST(result.says("Patient.contact.name.family") == "");
}

BOOST_AUTO_TEST_CASE(slices_stand_behind_what_they_slice_with_its_children) {
    const auto result = made(
        "Patient",
        R"({"id":"Patient.identifier","path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
        {"id":"Patient.identifier:mrn","path":"Patient.identifier","sliceName":"mrn","min":1,"max":"1"},
        {"id":"Patient.identifier:mrn.system","path":"Patient.identifier.system","min":1,"fixedUri":"urn:mrn"})");
    BOOST_TEST(result.says("Patient.identifier") == "0..* Identifier");
    BOOST_TEST(result.says("Patient.identifier:mrn") == "1..1 Identifier");
    BOOST_TEST(result.at("Patient.identifier:mrn.system").text("fixedUri") == "urn:mrn");
    BOOST_TEST(result.at("Patient.identifier:mrn").text("sliceName") == "mrn");
    BOOST_TEST(result.says("Patient.identifier.system") == "");
}

BOOST_AUTO_TEST_CASE(a_choice_named_with_its_type_is_a_slice_by_type) {
    const auto result = made("Observation", R"({"id":"Observation.valueQuantity","path":"Observation.valueQuantity","min":1})");
    BOOST_TEST(result.rule == "");
    BOOST_TEST(result.says("Observation.value[x]:valueQuantity") == "1..1 Quantity");
    BOOST_TEST(result.at("Observation.value[x]").text("slicing.discriminator.type") == "type");
}

BOOST_AUTO_TEST_CASE(a_content_reference_gives_its_children_when_they_are_spoken_of) {
    const auto result = made("Bundle", R"({"id":"Bundle.entry.link.relation","path":"Bundle.entry.link.relation","short":"what it is"})");
    BOOST_TEST(result.rule == "");
    BOOST_TEST(result.at("Bundle.entry.link.relation").text("short") == "what it is");
    BOOST_TEST(result.says("Bundle.entry.link.url") == "1..1 uri");
}

BOOST_AUTO_TEST_CASE(an_extension_slice_is_what_its_definition_is) {
    const auto result = made("Patient", R"({"id":"Patient.extension:birthPlace","path":"Patient.extension","sliceName":"birthPlace",
        "type":[{"code":"Extension","profile":["http://hl7.org/fhir/StructureDefinition/patient-birthPlace"]}]})");
    BOOST_TEST(result.rule == "");
    BOOST_TEST(result.says("Patient.extension:birthPlace") == "0..1 Extension");
    BOOST_TEST(result.at("Patient.extension").text("slicing.discriminator.path") == "url");
}

BOOST_AUTO_TEST_CASE(rules_and_mappings_are_added_and_words_go_on_behind_three_dots) {
    const auto result = made(
        "Patient",
        R"({"id":"Patient","path":"Patient","definition":"...Ours.","constraint":[{"key":"w-1","severity":"error","human":"h","expression":"true"}]})");
    std::size_t own = 0;
    std::size_t all = 0;
    for (auto constraint : result.at("Patient").children("constraint")) {
        ++all;
        own += constraint.text("key") == "w-1" ? 1 : 0;
    }
    BOOST_TEST(own == 1u);
    BOOST_TEST(all > 3u);
    BOOST_TEST(result.at("Patient").text("definition").ends_with("\r\nOurs."));
}

BOOST_AUTO_TEST_CASE(a_differential_that_contradicts_its_base_is_refused) {
    BOOST_TEST(made("Patient", R"({"id":"Patient.nothing","path":"Patient.nothing","min":1})").rule == "structure-differential");
    BOOST_TEST(made("Patient", R"({"id":"Patient.gender","path":"Patient.gender","max":"2"})").rule == "structure-cardinality");
    BOOST_TEST(made("Patient", R"({"id":"Patient.gender","path":"Patient.gender","type":[{"code":"Coding"}]})").rule == "structure-type");
}

BOOST_AUTO_TEST_CASE(what_was_added_can_be_the_base_of_more) {
    auto fresh = Definitions::load_pack(Definitions::default_pack_file());
    BOOST_REQUIRE(fresh);
    const auto first = made("Patient", R"({"id":"Patient.name","path":"Patient.name","min":1})");
    BOOST_TEST((*fresh)->add_structure(first.document->root()).empty());
    const auto parsed =
        read_json(R"({"resourceType":"StructureDefinition","url":"http://ward.example/q","name":"Q","status":"draft","kind":"resource",
        "abstract":false,"type":"Patient","derivation":"constraint","baseDefinition":"http://ward.example/p",
        "differential":{"element":[{"id":"Patient.gender","path":"Patient.gender","min":1}]}})");
    const auto second = make_snapshot(**fresh, parsed.value->root());
    const Made result{second.value, rule_of(second.issues)};
    BOOST_TEST(result.says("Patient.name") == "1..* HumanName");
    BOOST_TEST(result.says("Patient.gender") == "1..1 code");
}

BOOST_AUTO_TEST_SUITE_END()
