// Snapshots from differentials. Source: FHIR R4, StructureDefinition, "Differential & Snapshot"; Profiling FHIR, "Slicing".
#include "fhir/snapshot.hpp"

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace huitong;
using namespace huitong::fhir;
using huitong::tests::r4_definitions;
using huitong::tests::read_vectors;
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

/// A profile of that type; of `base` when one is given.
DocumentPtr profile(const std::string& url, const std::string& type, const std::string& elements, const std::string& base = {}) {
    const auto stands_on = base.empty() ? "http://hl7.org/fhir/StructureDefinition/" + type : base;
    const auto parsed =
        read_json(R"({"resourceType":"StructureDefinition","url":")" + url +
                  R"(","name":"P","status":"draft","kind":"resource","abstract":false,"type":")" + type +
                  R"(","derivation":"constraint","baseDefinition":")" + stands_on + R"(","differential":{"element":[)" + elements + "]}}");
    BOOST_REQUIRE_MESSAGE(!parsed.issues.has_errors(), rule_of(parsed.issues));
    return parsed.value;
}

Made made(const std::string& type, const std::string& elements, DifferentialOrder order = DifferentialOrder::any) {
    auto snapshot = make_snapshot(r4_definitions(), profile("http://ward.example/p", type, elements)->root(), order);
    return {snapshot.value, rule_of(snapshot.issues)};
}

/// As above, on a profile with the elements of `base`.
Made made_on(const std::string& base, const std::string& type, const std::string& elements) {
    if (base.empty()) return made(type, elements);
    auto fresh = Definitions::load_pack(Definitions::default_pack_file());
    BOOST_REQUIRE(fresh);
    const auto below = make_snapshot(**fresh, profile("http://ward.example/base", type, base)->root());
    BOOST_REQUIRE_MESSAGE(!below.issues.has_errors(), rule_of(below.issues));
    BOOST_REQUIRE((*fresh)->add_structure(below.value->root()).empty());
    auto snapshot = make_snapshot(**fresh, profile("http://ward.example/p", type, elements, "http://ward.example/base")->root());
    return {snapshot.value, rule_of(snapshot.issues)};
}

/// Where the element of that id stands; what is not there stands at the end.
std::size_t place_of(const Made& result, std::string_view id) {
    std::size_t place = 0;
    for (auto element : result.document->root()["snapshot"].children("element")) {
        if (element.text("id") == id) break;
        ++place;
    }
    return place;
}

/// One statement of the column `snapshot`.
void check_statement(const Made& result, const std::string& statement) {
    const auto space = statement.find(' ');
    const auto id = statement.substr(0, space);
    const auto claim = statement.substr(space + 1);
    if (id == "refused") {
        BOOST_TEST(result.rule == claim);
        return;
    }
    BOOST_REQUIRE_MESSAGE(result.rule.empty(), result.rule);
    if (claim.starts_with("@")) {
        const auto end = std::min(claim.find(' '), claim.size());
        BOOST_TEST(result.at(id).text(claim.substr(1, end - 1)) == claim.substr(std::min(end + 1, claim.size())));
    } else if (claim.starts_with("after ")) {
        BOOST_TEST(place_of(result, id) == place_of(result, claim.substr(6)) + 1);
    } else if (claim.ends_with("*") && claim.find(' ') != claim.npos) {
        BOOST_TEST(result.says(id).starts_with(claim.substr(0, claim.size() - 1)));
    } else {
        BOOST_TEST(result.says(id) == (claim == "none" ? "" : claim));
    }
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

BOOST_AUTO_TEST_CASE(a_slice_that_must_be_there_leaves_only_its_type) {
    const auto result = made("Observation", R"({"path":"Observation.valueCodeableConcept","min":1})");
    BOOST_TEST(result.says("Observation.value[x]") == "1..1 CodeableConcept");
    BOOST_TEST(result.at("Observation.value[x]").text("slicing.rules") == "closed");
    BOOST_TEST(result.says("Observation.value[x]:valueCodeableConcept") == "1..1 CodeableConcept");
}

BOOST_AUTO_TEST_CASE(a_choice_stays_open_as_long_as_a_type_has_no_slice) {
    const auto result = made("Observation", R"({"path":"Observation.valueQuantity","short":"how much"})");
    BOOST_TEST(result.at("Observation.value[x]").text("slicing.rules") == "open");
    const auto both =
        made("Annotation", R"({"path":"Annotation.authorString","short":"a"},{"path":"Annotation.authorReference","short":"b"})");
    BOOST_TEST(both.at("Annotation.author[x]").text("slicing.rules") == "closed");
}

BOOST_AUTO_TEST_CASE(the_value_of_an_extension_has_only_the_types_that_are_named) {
    const auto result = made("Extension", R"({"path":"Extension.valueString","sliceName":"valueString"})");
    BOOST_TEST(result.says("Extension.value[x]") == "0..1 string");
    BOOST_TEST(result.says("Extension.value[x]:valueString") == "0..1 string");
    BOOST_TEST(result.says("Extension.value[x]:valueString:valueString") == "");
}

BOOST_AUTO_TEST_CASE(below_a_slice_the_short_name_of_a_choice_says_only_its_type) {
    const auto result =
        made("Observation", R"({"path":"Observation.component","slicing":{"discriminator":[{"type":"pattern","path":"code"}],
        "rules":"open"}},{"path":"Observation.component","sliceName":"systolic"},{"path":"Observation.component.valueQuantity"},
        {"path":"Observation.component.valueQuantity.value","min":1})");
    BOOST_TEST(result.says("Observation.component:systolic.value[x]") == "0..1 Quantity");
    BOOST_TEST(result.says("Observation.component:systolic.value[x].value") == "1..1 decimal");
    BOOST_TEST(!result.at("Observation.component:systolic.value[x]").child("slicing"));
    BOOST_TEST(result.says("Observation.component.value[x].value") == "");
}

BOOST_AUTO_TEST_CASE(a_lone_slice_name_where_nothing_is_sliced_only_names_the_element) {
    const auto result = made("Composition", R"({"path":"Composition.date","sliceName":"issued","min":1})");
    BOOST_TEST(result.says("Composition.date:issued") == "1..1 dateTime");
    BOOST_TEST(result.says("Composition.date") == "");
}

BOOST_AUTO_TEST_CASE(what_several_types_have_in_common_can_be_spoken_of) {
    const auto result = made("Observation", R"({"path":"Observation.value[x].extension","max":"0"})");
    BOOST_TEST(result.says("Observation.value[x].extension") == "0..0 Extension");
    BOOST_TEST(made("Observation", R"({"path":"Observation.value[x].coding","max":"0"})").rule == "structure-differential");
}

BOOST_AUTO_TEST_CASE(a_slice_of_an_element_that_was_unfolded_is_unfolded_anew) {
    const auto result = made("Patient", R"({"path":"Patient.identifier","slicing":{"discriminator":[{"type":"value","path":"system"}],
        "rules":"open"}},{"path":"Patient.identifier.system","min":1},{"path":"Patient.identifier","sliceName":"mrn"},
        {"path":"Patient.identifier.extension","sliceName":"day",
        "type":[{"code":"Extension","profile":["http://hl7.org/fhir/StructureDefinition/identifier-validDate"]}]})");
    BOOST_TEST(result.rule == "");
    BOOST_TEST(result.says("Patient.identifier.system") == "1..1 uri");
    BOOST_TEST(result.says("Patient.identifier:mrn.system") == "0..1 uri");
    BOOST_TEST(result.says("Patient.identifier:mrn.extension:day") == "0..* Extension");
}

BOOST_AUTO_TEST_CASE(a_content_reference_gives_what_its_target_has_in_the_base_however_deep_it_goes) {
    const auto result =
        made("PlanDefinition", R"({"path":"PlanDefinition.action.title","min":1},{"path":"PlanDefinition.action.action.title","max":"0"})");
    BOOST_TEST(result.rule == "");
    BOOST_TEST(result.says("PlanDefinition.action.action.title") == "0..0 string");
    BOOST_TEST(!!result.at("PlanDefinition.action.action.action").child("contentReference")); // not gone into
    BOOST_TEST(result.says("PlanDefinition.action.action.action.title") == "");
}

BOOST_AUTO_TEST_CASE(a_profile_of_another_version_is_not_the_one_that_is_known) {
    const auto with = [](const std::string& version) {
        return made("Patient", R"({"path":"Patient.extension","sliceName":"place","type":[{"code":"Extension","profile":[
            "http://hl7.org/fhir/StructureDefinition/patient-birthPlace)" +
                                   version + R"("]}]},
            {"path":"Patient.extension.value[x]","short":"where"})")
            .says("Patient.extension:place.value[x]");
    };
    BOOST_TEST(with("|4.0.1") == "1..1 Address");
    BOOST_TEST(with("|4.0") == "1..1 Address");
    BOOST_TEST(with("|5.2.0").starts_with("0..1 base64Binary,boolean"));
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
    BOOST_TEST(made("Observation", R"({"path":"Observation.value[x]","patternUri":"http://a.example"})").rule == "structure-value-type");
    BOOST_TEST(made("Observation", R"({"path":"Observation.valueQuantity","sliceName":"Quantity"})").rule == "structure-slice-name");
    BOOST_TEST(made("Patient", R"({"path":"Patient.name","type":[{"code":"HumanName",
        "profile":["http://hl7.org/fhir/StructureDefinition/SimpleQuantity"]}]})")
                   .rule == "structure-profile-type");
}

BOOST_AUTO_TEST_CASE(a_differential_that_goes_on_and_on_is_too_costly) {
    std::string elements, path = "PlanDefinition";
    for (int level = 0; level < 1000; ++level) {
        path += ".action";
        elements += (level > 0 ? "," : "") + std::string(R"({"path":")") + path + R"(.title","max":"0"})";
    }
    BOOST_TEST(made("PlanDefinition", elements).rule == "structure-too-large");
}

BOOST_AUTO_TEST_CASE(the_order_of_a_differential_is_that_of_its_base_where_that_is_asked_for) {
    const auto unsorted = R"({"path":"Patient.contact.gender","min":1},{"path":"Patient.contact.telecom","min":1})";
    BOOST_TEST(made("Patient", unsorted).rule == "");
    BOOST_TEST(made("Patient", unsorted, DifferentialOrder::as_base).rule == "structure-order");
}

BOOST_AUTO_TEST_CASE(each_rule_of_profiling_makes_the_snapshot_that_it_says) {
    for (const auto& row : read_vectors("fhir/snapshots.tsv").rows) {
        BOOST_TEST_CONTEXT(row.cells[0]) {
            const auto json = [](std::string text) {
                std::replace(text.begin(), text.end(), '\'', '"');
                return text;
            };
            const auto result = made_on(json(row.cells[2]), row.cells[1], json(row.cells[3]));
            std::string_view rest = row.cells[4];
            while (!rest.empty()) {
                const auto end = std::min(rest.find("; "), rest.size());
                check_statement(result, std::string(rest.substr(0, end)));
                rest.remove_prefix(std::min(end + 2, rest.size()));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_new_model_takes_over_refers_to_itself) {
    auto fresh = Definitions::load_pack(Definitions::default_pack_file());
    BOOST_REQUIRE(fresh);
    const auto model = [](const std::string& name, const std::string& base, const std::string& elements) {
        return read_json(R"({"resourceType":"StructureDefinition","url":"http://ward.example/)" + name +
                         R"(","name":"M","status":"draft",)" + R"("kind":"logical","abstract":false,"type":"http://ward.example/)" + name +
                         R"(","derivation":"specialization","baseDefinition":")" + base + R"(","differential":{"element":[)" + elements +
                         "]}}")
            .value;
    };
    const auto bed = model("bed", "http://hl7.org/fhir/StructureDefinition/Element",
                           R"({"path":"bed"},{"path":"bed.part","type":[{"code":"BackboneElement"}]},
                           {"path":"bed.part.part","contentReference":"#bed.part"})");
    const auto first = make_snapshot(**fresh, bed->root());
    BOOST_REQUIRE((*fresh)->add_structure(first.value->root()).empty());
    const auto cot = make_snapshot(**fresh, model("cot", "http://ward.example/bed", R"({"path":"cot"})")->root());
    const Made result{cot.value, rule_of(cot.issues)};
    BOOST_TEST(result.at("cot.part.part").text("contentReference") == "#cot.part");
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
