// Plain paths of search parameters: their forms, and that they select what FHIRPath selects over the published examples.
#include "search/path.hpp"

#include "fhir/json.hpp"
#include "fhir/package_reader.hpp"
#include "search/branches.hpp"
#include "search/compiled.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace huitong;
using namespace huitong::search;
using huitong::tests::r4_definitions;
using huitong::tests::rule_of;

namespace {

std::string joined(const std::vector<std::string_view>& pieces) {
    std::string out;
    for (const auto piece : pieces) out += (out.empty() ? "" : " ; ") + std::string(piece);
    return out;
}

constexpr const char* kObservation = R"({"resourceType":"Observation","status":"final","code":{"text":"x"},
    "contained":[{"resourceType":"Patient","id":"p"},{"resourceType":"Group","id":"g"}],
    "subject":{"reference":"#p"},"focus":[{"reference":"#g"},{"reference":"Device/1"},{"reference":"urn:uuid:9","type":"Patient"}],
    "performer":[{"reference":"http://peer.example/fhir/Practitioner/7/_history/2"}],
    "valueQuantity":{"value":5.4,"unit":"mmol/L"},
    "component":[{"code":{"text":"a"},"valueString":"one"},{"code":{"text":"b"},"valueQuantity":{"value":2}}]})";

/// Paths of what is selected, "-" for nothing, "no path" for another form.
std::string selected(std::string_view text) {
    const auto path = Path::compile(text);
    if (!path) return "no path";
    const auto parsed = fhir::read_json(kObservation);
    fhirpath::Collection found;
    path->select(r4_definitions(), fhirpath::item_of(&r4_definitions(), parsed.value->root()), found);
    std::string out;
    for (const auto& item : found) out += (out.empty() ? "" : " ; ") + item.element().path();
    return out.empty() ? "-" : out;
}

/// Types and values, without order: a union drops what is equal, so repetitions do not count.
std::set<std::string> values_of(const fhirpath::Collection& items) {
    std::set<std::string> out;
    for (const auto& item : items) out.insert(fhirpath::type_text(item) + ' ' + fhirpath::value_text(item));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(branches)

BOOST_AUTO_TEST_CASE(only_the_branches_of_the_type_are_kept) {
    BOOST_TEST(joined(branches_of("AllergyIntolerance.code | Condition.code | (DeviceRequest.code as CodeableConcept)", "Condition")) ==
               "Condition.code");
    BOOST_TEST(joined(branches_of("(DeviceRequest.code as CodeableConcept) | Condition.code", "DeviceRequest")) ==
               "(DeviceRequest.code as CodeableConcept)");
    BOOST_TEST(joined(branches_of("Resource.meta.tag", "Patient")) == "Resource.meta.tag");
    BOOST_TEST(joined(branches_of("Patient.name", "Person")).empty());
}

BOOST_AUTO_TEST_CASE(a_longer_type_name_is_another_type) {
    BOOST_TEST(joined(branches_of("MedicationRequest.code", "Medication")).empty());
}

BOOST_AUTO_TEST_CASE(bars_inside_strings_and_parentheses_part_nothing) {
    BOOST_TEST(joined(branches_of("Patient.name.where(use='a|b') | Person.name", "Patient")) == "Patient.name.where(use='a|b')");
    BOOST_TEST(joined(branches_of("(Person.name | Patient.name).family", "Patient")) == "(Person.name | Patient.name).family");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(path)

BOOST_AUTO_TEST_CASE(forms) {
    const std::pair<const char*, const char*> cases[] = {
        {"Observation", "Observation"},
        {"Observation.code", "Observation.code"},
        {"code", "Observation.code"},
        {"Resource.code", "Observation.code"},
        {"Patient.code", "-"},
        {"Observation.value", "Observation.valueQuantity"},
        {"Observation.valueQuantity", "-"},
        {"(Observation.value as Quantity)", "Observation.valueQuantity"},
        {"Observation.value as string", "-"},
        {"(Observation.value as Quantity).unit", "Observation.valueQuantity.unit"},
        {"Observation.value.as(Quantity)", "Observation.valueQuantity"},
        {"Observation.component.value.ofType(string)", "Observation.component[0].valueString"},
        {"Observation.component[1].code", "Observation.component[1].code"},
        {"Observation.component[2].code", "-"},
        {"Observation.component.where(valueString='one')", "Observation.component[0]"},
        {"Observation.subject.where(resolve() is Patient)", "Observation.subject"},
        {"Observation.focus.where(resolve() is Group)", "Observation.focus[0]"},
        {"Observation.focus.where(resolve() is Patient)", "Observation.focus[2]"},
        {"Observation.focus.where(resolve() is Resource)", "Observation.focus[0] ; Observation.focus[1] ; Observation.focus[2]"},
        {"Observation.performer.where(resolve() is Practitioner)", "Observation.performer[0]"},
        {"Observation.code.exists()", "no path"},
        {"Patient.deceased.exists() and Patient.deceased != false", "no path"},
        {"Observation.component.where(code.exists())", "no path"},
        {"(Observation.code | Observation.value)", "no path"},
        {"Observation.", "no path"},
        {"", "no path"},
    };
    for (const auto& [text, expected] : cases) BOOST_TEST(selected(text) == expected, text << " selects " << selected(text));
}

BOOST_AUTO_TEST_CASE(every_parameter_selects_what_fhirpath_selects) {
    const auto package = huitong::tests::source_folder() / ".cache/hl7.fhir.r4.examples-4.0.1.tgz";
    if (!std::filesystem::exists(package)) {
        BOOST_TEST_MESSAGE("skip: " << package.filename() << " is absent (scripts/setup fetches it)");
        return;
    }
    const auto& definitions = r4_definitions();
    struct Both {
        Selection selection;
        fhirpath::Expression whole;
        std::string code;
    };
    std::map<std::string, std::vector<Both>> by_type;
    for (const auto type : definitions.resource_types()) {
        for (const auto* parameter : definitions.search_parameters_of(type)) {
            auto whole = fhirpath::Expression::parse(parameter->expression);
            if (parameter->expression.empty()) continue;
            BOOST_REQUIRE_MESSAGE(whole, parameter->url);
            by_type[std::string(type)].push_back({Selection(parameter->expression, type), *whole, std::string(parameter->code)});
        }
    }
    fhirpath::EvaluationContext context;
    context.definitions = &definitions;
    context.lenient_as = true;
    context.reference_by_type = true;
    std::size_t seen = 0, compared = 0;
    const auto wants = [&](std::string_view name) {
        const bool definition = name.find("StructureDefinition-") != name.npos || name.find("SearchParameter-") != name.npos;
        return name.ends_with(".json") && !name.ends_with("package.json") && !name.ends_with(".index.json") && !definition &&
               seen++ % 3 == 0;
    };
    const auto outcome = fhir::read_package(package.string(), wants, [&](std::string_view name, std::string text) {
        const auto parsed = fhir::read_json(std::move(text));
        if (!parsed.issues.empty()) return;
        const auto root = parsed.value->root();
        const auto item = fhirpath::item_of(&definitions, root);
        for (const auto& [selection, whole, code] : by_type[std::string(root.type())]) {
            auto with_resource = context;
            with_resource.resource = item;
            with_resource.root_resource = item;
            fhirpath::Collection found;
            selection.select(with_resource, item, found);
            const auto expected = whole.evaluate(with_resource, fhirpath::Collection{item});
            BOOST_REQUIRE_MESSAGE(expected, name << " " << code << ": " << rule_of(expected.error()));
            BOOST_TEST(values_of(found) == values_of(*expected), name << " " << code);
            ++compared;
        }
    });
    BOOST_TEST(outcome.empty());
    BOOST_TEST(compared > 10'000u);
    BOOST_TEST_MESSAGE(compared << " selections compared");
}

BOOST_AUTO_TEST_SUITE_END()
