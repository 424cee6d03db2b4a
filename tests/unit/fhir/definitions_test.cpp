// The definitions every engine walks: children, choices, kinship of types, search parameters; and packs that cannot be trusted.
#include "unit/fhir/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhir;
using huitong::tests::r4_definitions;
using huitong::tests::rule_of;

namespace {

TypedName child(std::string_view type, std::string_view name) { return r4_definitions().child(r4_definitions().type_root(type), name); }

std::filesystem::path scratch(const std::string& name, const std::string& bytes) {
    const auto file = std::filesystem::temp_directory_path() / (name + "-" + std::to_string(std::random_device{}()));
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
}

std::string rule_of_pack(const std::string& bytes) {
    const auto file = scratch("huitong-pack-test", bytes);
    const auto loaded = Definitions::load_pack(file.string());
    std::filesystem::remove(file);
    return loaded ? "" : rule_of(loaded.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(definitions)

BOOST_AUTO_TEST_CASE(children_have_their_type_and_cardinality) {
    BOOST_TEST(child("Patient", "birthDate").type == "date");
    BOOST_TEST(!child("Patient", "birthDate").is_array);
    BOOST_TEST(child("Patient", "name").type == "HumanName");
    BOOST_TEST(child("Patient", "name").is_array);
    BOOST_TEST(child("Patient", "id").declared != nullptr);
    BOOST_TEST(child("Patient", "contained").type == "Resource");
    BOOST_TEST(child("Patient", "nosuch").declared == nullptr);
    BOOST_TEST(child("Patient", "name.given").declared == nullptr);
}

BOOST_AUTO_TEST_CASE(a_choice_is_found_with_and_without_its_suffix) {
    BOOST_TEST(child("Observation", "valueQuantity").type == "Quantity");
    BOOST_TEST(child("Observation", "valueDateTime").type == "dateTime");
    BOOST_REQUIRE(child("Observation", "value").declared);
    BOOST_TEST(child("Observation", "value").declared->is_choice);
    BOOST_TEST(child("Observation", "valueAddress").declared == nullptr);
    BOOST_TEST(child("Extension", "valueAddress").type == "Address");
}

BOOST_AUTO_TEST_CASE(backbones_and_content_references_lead_on) {
    const auto& known = r4_definitions();
    BOOST_TEST(known.child(child("Patient", "contact"), "relationship").type == "CodeableConcept");
    const auto component = child("Observation", "component");
    BOOST_TEST(known.child(known.child(component, "referenceRange"), "low").type == "Quantity");
}

BOOST_AUTO_TEST_CASE(types_know_their_ancestors) {
    const auto& known = r4_definitions();
    BOOST_TEST(known.is_a("Patient", "DomainResource"));
    BOOST_TEST(known.is_a("Patient", "Resource"));
    BOOST_TEST(known.is_a("Patient", "Patient"));
    BOOST_TEST(known.is_a("Age", "Quantity"));
    BOOST_TEST(known.is_a("code", "string"));
    BOOST_TEST(!known.is_a("Bundle", "DomainResource"));
    BOOST_TEST(!known.is_a("string", "code"));
    BOOST_TEST(!known.is_a("Nosuch", "Resource"));
}

BOOST_AUTO_TEST_CASE(resource_types_are_concrete_and_sorted) {
    const auto types = r4_definitions().resource_types();
    BOOST_TEST(types.size() > 140u);
    BOOST_TEST(std::is_sorted(types.begin(), types.end()));
    BOOST_TEST(r4_definitions().is_resource_type("Patient"));
    BOOST_TEST(!r4_definitions().is_resource_type("DomainResource"));
    BOOST_TEST(!r4_definitions().is_resource_type("HumanName"));
}

BOOST_AUTO_TEST_CASE(search_parameters_by_type_and_code) {
    const auto* birth = r4_definitions().find_search_parameter("Patient", "birthdate");
    BOOST_REQUIRE(birth);
    BOOST_TEST((birth->type == SearchType::date));
    BOOST_TEST(r4_definitions().find_search_parameter("Patient", "_id") != nullptr);
    BOOST_TEST(r4_definitions().find_search_parameter("Patient", "nosuch") == nullptr);
    const auto all = r4_definitions().search_parameters_of("Patient");
    BOOST_TEST(std::is_sorted(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->code < b->code; }));
}

BOOST_AUTO_TEST_CASE(a_structure_without_snapshot_is_refused) {
    const auto fresh = Definitions::load_pack(Definitions::default_pack_file());
    BOOST_REQUIRE(fresh);
    const auto bare = fhir::tests::read(
        R"({"resourceType":"StructureDefinition","url":"http://example.test/s","name":"S","status":"draft","kind":"complex-type","abstract":false,"type":"S"})");
    BOOST_TEST(rule_of((*fresh)->add_structure(bare.value->root())) == "structure-no-snapshot");
}

BOOST_AUTO_TEST_CASE(a_missing_pack_is_told) {
    const auto loaded = Definitions::load_pack("/nonexistent/r4.pack");
    BOOST_REQUIRE(!loaded);
    BOOST_TEST(rule_of(loaded.error()) == "pack-missing");
}

BOOST_AUTO_TEST_CASE(a_damaged_pack_is_refused) {
    const auto good = huitong::tests::read_file(Definitions::default_pack_file());
    BOOST_TEST(rule_of_pack("no pack at all") == "pack-damaged");
    BOOST_TEST(!rule_of_pack(good.substr(0, good.size() / 2)).empty());
    BOOST_TEST(!rule_of_pack(good.substr(0, 40)).empty());
}

BOOST_AUTO_TEST_SUITE_END()
