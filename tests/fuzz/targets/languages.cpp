// Languages that callers and integrators write: FHIRPath, FML, ECL, GraphQL, search criteria.
#include "fhir/json.hpp"
#include "fhirpath/fhirpath.hpp"
#include "fuzz/target.hpp"
#include "interaction/graphql/document.hpp"
#include "mapping/mapping.hpp"
#include "search/query_syntax.hpp"
#include "support/definitions.hpp"
#include "terminology/ecl/ecl.hpp"

namespace huitong::fuzz {

namespace {

constexpr std::string_view kPatient = R"({"resourceType":"Patient","id":"p","active":true,"birthDate":"1974-12-25",
"name":[{"use":"official","family":"Example","given":["A","B"]},{"use":"usual","given":["C"]}],
"multipleBirthInteger":2,"contact":[{"name":{"family":"x"},"period":{"start":"2012"}}]})";

/// Parsed, checked and evaluated within its budget.
void fhirpath(std::string_view text) {
    const auto expression = fhirpath::Expression::parse(text);
    if (!expression) return;
    static const auto patient = fhir::read_json(std::string(kPatient)).value;
    expression->check(tests::r4_definitions(), "Patient");
    fhirpath::EvaluationContext context;
    context.definitions = &tests::r4_definitions();
    context.steps_max = 20'000;
    context.now = Instant{1'700'000'000'000'000};
    const auto result = expression->evaluate(context, patient->root());
    if (!result) return;
    for (const auto& item : *result) fhirpath::value_text(item);
}

/// FML → StructureMap → FML is exact, and so is the text in one layout.
void fml(std::string_view text) {
    const auto map = mapping::Map::parse(text, "fuzz.map");
    if (map.issues.has_errors()) return;
    const auto written = map.value.text();
    const auto again = mapping::Map::parse(written, "fuzz.map");
    hold(!again.issues.has_errors(), "what we write can be parsed");
    hold(again.value.text() == written, "writing what was parsed changes nothing");
    // What R4 has no element for (properties of other names) is left out once; from then on nothing is.
    const auto back = mapping::Map::read(map.value.structure_map()->root());
    hold(!back.issues.has_errors(), "our StructureMap can be read");
    const auto second = mapping::Map::read(back.value.structure_map()->root());
    hold(second.value.text() == back.value.text(), "FML and StructureMap go there and back");
}

void ecl(std::string_view text) {
    const auto read = terminology::read_ecl(text);
    if (!read) return;
    const auto written = terminology::write_ecl(*read);
    const auto again = terminology::read_ecl(written);
    hold(again.has_value(), "what we write can be parsed");
    hold(terminology::write_ecl(*again) == written, "writing what was parsed changes nothing");
}

void graphql(std::string_view text) { (void)interaction::graphql::read_document(text); }

void criteria(std::string_view text) {
    for (const auto& [name, value] : search::read_criteria(text)) {
        for (const auto& piece : search::split_unescaped(value, ',')) search::unescape(piece);
        auto rest = std::string_view(value);
        search::take_prefix(rest);
        hold(rest.size() <= value.size(), "a prefix is taken off the value");
    }
}

constexpr Target kTargets[] = {{"fhirpath", fhirpath, "tests/fuzz/seeds/fhirpath tests/vectors/fhirpath/expressions.tsv"},
                               {"fml", fml, "mappings"},
                               {"ecl", ecl, "tests/fuzz/seeds/ecl"},
                               {"graphql", graphql, "tests/fuzz/seeds/graphql"},
                               {"criteria", criteria, "tests/fuzz/seeds/criteria"}};

} // namespace

std::span<const Target> language_targets() { return kTargets; }

} // namespace huitong::fuzz
