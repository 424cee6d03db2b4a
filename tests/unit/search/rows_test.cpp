// Values to index rows, by type of parameter; what is written once for many; compartment and timeline.
#include "unit/search/ward.hpp"

#include "search/fold.hpp"

#include <fmt/format.h>

#include <set>

using namespace huitong;
using namespace huitong::tests;

namespace {

search::Registry& registry() {
    static search::Registry made(shared_r4());
    made.set_base_url("http://hub.example/fhir");
    return made;
}

std::string number_text(double value) {
    if (value >= store::kUnboundedNumber) return "inf";
    if (value <= -store::kUnboundedNumber) return "-inf";
    return fmt::format("{}", value);
}

std::string unit_text(const std::string& system, const std::string& unit) { return unit.empty() ? "" : " " + system + '|' + unit; }

/// Rows as the vectors write them; `param` is left out of names.
std::string text_of(const store::IndexRows& rows, const std::string& param) {
    std::string out;
    auto add = [&](const std::string& name, const std::string& text) {
        const auto rest = name.substr(param.size());
        out += (out.empty() ? "" : " ; ") + (rest.empty() ? "" : rest + ' ') + text;
    };
    for (const auto& row : rows.tokens) add(row.param, "token " + row.system + '|' + row.code);
    for (const auto& row : rows.references) {
        std::string text;
        if (!row.target_id.empty()) text = "ref " + row.target_type + '/' + row.target_id;
        if (!row.identifier_value.empty())
            text += (text.empty() ? "" : " ") + ("identifier " + row.identifier_system + '|' + row.identifier_value);
        add(row.param, text);
    }
    for (const auto& row : rows.dates) add(row.param, "date " + instant_text(row.low) + ".." + instant_text(row.high));
    for (const auto& row : rows.quantities) {
        auto text = "number " + number_text(row.low) + ".." + number_text(row.high) + unit_text(row.system, row.unit);
        if (!row.canonical_unit.empty())
            text += " = " + number_text(row.canonical_low) + ".." + number_text(row.canonical_high) + ' ' + row.canonical_unit;
        add(row.param, text);
    }
    for (const auto& row : rows.strings) add(row.param, "string " + row.folded + (row.exact == row.folded ? "" : " (" + row.exact + ')'));
    for (const auto& row : rows.uris) add(row.param, "uri " + row.uri);
    return out;
}

store::IndexRows rows_of(const std::string& json) {
    const auto parsed = fhir::read_json(json);
    return registry().index_rows(parsed.value->root()).value;
}

std::string params_of(const store::IndexRows& rows) {
    std::set<std::string> names;
    for (const auto& row : rows.tokens) names.insert(row.param);
    for (const auto& row : rows.references) names.insert(row.param);
    for (const auto& row : rows.quantities) names.insert(row.param);
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : " ") + name;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rows)

BOOST_AUTO_TEST_CASE(values_by_type) {
    const auto table = read_vectors("search/rows.tsv");
    BOOST_REQUIRE(table.rows.size() > 40u);
    for (const auto& row : table.rows) {
        const std::string param(table.cell(row, "param"));
        const auto parsed = fhir::read_json(std::string(table.cell(row, "resource")));
        BOOST_REQUIRE_MESSAGE(!parsed.issues.has_errors(), "line " << row.line << ": " << rule_of(parsed.issues));
        const auto root = parsed.value->root();
        const auto* definition = registry().find(root.type(), param);
        BOOST_REQUIRE_MESSAGE(definition, "line " << row.line << ": no parameter " << param);
        BOOST_TEST(text_of(registry().rows_of(root, *definition), param) == table.cell(row, "rows"),
                   "rows.tsv line " << row.line << ", " << table.cell(row, "name") << ": "
                                    << text_of(registry().rows_of(root, *definition), param));
    }
}

BOOST_AUTO_TEST_CASE(what_other_rows_say_is_not_written_again) {
    const auto rows = rows_of(R"({"resourceType":"Observation","id":"o","status":"final","code":{"coding":[{"system":"s","code":"c"}]},
        "subject":{"reference":"Patient/p"},"valueQuantity":{"value":1},
        "component":[{"code":{"coding":[{"system":"s","code":"d"}]},"valueQuantity":{"value":2}}]})");
    BOOST_TEST(params_of(rows) ==
               "code component-code component-code-value-quantity$s|d component-value-quantity status subject value-quantity");
}

BOOST_AUTO_TEST_CASE(sources_of_parameters) {
    auto sources = [](const char* type, const char* code) {
        const auto found = registry().sources(type, code);
        std::string out = found.joint ? "joint" : "";
        for (const auto& source : found.any_of)
            out += (out.empty() ? "" : " ") + source.param + (source.target_type.empty() ? "" : ":" + source.target_type);
        return out;
    };
    BOOST_TEST(sources("Observation", "code") == "code");
    BOOST_TEST(sources("Observation", "patient") == "subject:Patient");
    BOOST_TEST(sources("Observation", "combo-code") == "code component-code");
    BOOST_TEST(sources("Observation", "combo-value-quantity") == "component-value-quantity value-quantity");
    BOOST_TEST(sources("Observation", "code-value-quantity") == "joint");
    BOOST_TEST(sources("Observation", "component-code-value-quantity") == "component-code-value-quantity");
    BOOST_TEST(sources("Observation", "combo-code-value-quantity") == "code-value-quantity component-code-value-quantity");
    BOOST_TEST(sources("Patient", "phonetic") == "name");
    BOOST_TEST(sources("Patient", "phone") == "phone");
    BOOST_TEST(sources("AllergyIntolerance", "patient") == "patient");
    BOOST_TEST(sources("Observation", "nothing") == "nothing");
}

BOOST_AUTO_TEST_CASE(identifiers_of_a_narrowed_reference_keep_their_own_rows) {
    auto identifiers = [](const std::string& subject) {
        std::string out;
        for (const auto& row : rows_of(R"({"resourceType":"Observation","id":"o","subject":)" + subject + '}').references) {
            if (!row.identifier_value.empty()) out += (out.empty() ? "" : " ") + row.param;
        }
        return out;
    };
    BOOST_TEST(identifiers(R"({"type":"Patient","identifier":{"value":"7"}})") == "subject patient");
    BOOST_TEST(identifiers(R"({"type":"Group","identifier":{"value":"7"}})") == "subject");
}

BOOST_AUTO_TEST_CASE(the_compartment_is_of_one_patient) {
    BOOST_TEST(rows_of(R"({"resourceType":"Patient","id":"p"})").patient_id == "p");
    BOOST_TEST(rows_of(R"({"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"}})").patient_id == "p");
    BOOST_TEST(rows_of(R"({"resourceType":"Observation","id":"o","subject":{"reference":"Group/p"}})").patient_id.empty());
    BOOST_TEST(rows_of(R"({"resourceType":"Coverage","id":"c","beneficiary":{"reference":"Patient/p"}})").patient_id == "p");
    BOOST_TEST(rows_of(R"({"resourceType":"AllergyIntolerance","id":"a","patient":{"reference":"Patient/p"}})").patient_id == "p");
    BOOST_TEST(rows_of(R"({"resourceType":"Appointment","id":"a","participant":[{"actor":{"reference":"Patient/p"}},
        {"actor":{"reference":"Patient/q"}}]})")
                   .patient_id.empty());
    BOOST_TEST(rows_of(R"({"resourceType":"Medication","id":"m"})").patient_id.empty());
}

BOOST_AUTO_TEST_CASE(the_timeline_has_a_row_for_each_code) {
    auto timeline = [](const std::string& json) {
        std::string out;
        for (const auto& row : rows_of(json).timeline)
            out += (out.empty() ? "" : " ; ") + row.patient_id + ' ' + row.system + '|' + row.code + ' ' + instant_text(row.low);
        return out;
    };
    BOOST_TEST(
        timeline(R"({"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-11-20T00:00:00Z",
        "code":{"coding":[{"system":"a","code":"1"},{"system":"b","code":"2"}]}})") ==
        "p a|1 2026-11-20T00:00:00.000Z ; p b|2 2026-11-20T00:00:00.000Z");
    BOOST_TEST(timeline(R"({"resourceType":"Observation","id":"o","subject":{"reference":"Patient/p"},"code":{"text":"x"}})") ==
               "p | 0001-01-01T00:00:00.000Z");
    BOOST_TEST(timeline(R"({"resourceType":"Observation","id":"o","code":{"coding":[{"code":"1"}]}})").empty());
    BOOST_TEST(
        timeline(
            R"({"resourceType":"Observation","id":"o","code":{"coding":[{"code":"1"}]},"effectiveDateTime":"2026-11-20T00:00:00Z"})") ==
        " |1 2026-11-20T00:00:00.000Z");
    BOOST_TEST(timeline(R"({"resourceType":"Specimen","id":"s","subject":{"reference":"Patient/p"},"type":{"coding":[{"code":"B"}]},
        "collection":{"collectedDateTime":"2026-11-20T00:00:00Z"}})") == "p |B 2026-11-20T00:00:00.000Z");
    BOOST_TEST(timeline(R"({"resourceType":"Coverage","id":"c","beneficiary":{"reference":"Patient/p"}})").empty());
}

BOOST_AUTO_TEST_CASE(text_is_folded_for_comparison) {
    const std::pair<const char*, const char*> cases[] = {
        {"Müller", "muller"},
        {"ＡＢＣ１２", "abc12"},
        {"  two \t blanks\n", "two blanks"},
        {"Straße", "strasse"},
        {"张三", "张三"},
        {"ﬁsh", "fish"},
        {"", ""},
        {"Ǻ", "a"},
        {"ΑΒΓ", "αβγ"},
        {"plain ascii", "plain ascii"},
    };
    for (const auto& [text, folded] : cases) BOOST_TEST(search::fold(text) == folded);
}

BOOST_AUTO_TEST_CASE(a_body_is_made_ready_for_versions) {
    auto prepared = [](const std::string& json, const std::string& id) {
        const auto parsed = fhir::read_json(json);
        auto out = search::prepare_body(parsed.value->root(), id);
        return out.body.insert(out.meta_at, "^");
    };
    BOOST_TEST(prepared(R"({"resourceType":"Patient","active":true})", "7") ==
               R"({"resourceType":"Patient","id":"7","meta":{^},"active":true})");
    BOOST_TEST(
        prepared(R"({"resourceType":"Patient","id":"old","meta":{"versionId":"3","lastUpdated":"2026-01-01T00:00:00Z","source":"urn:x"}})",
                 "7") == R"({"resourceType":"Patient","id":"7","meta":{^"source":"urn:x"}})");
    BOOST_TEST(prepared(R"({"resourceType":"Patient","active":true,"meta":{"versionId":"3"},"id":"7"})", "7") ==
               R"({"resourceType":"Patient","id":"7","meta":{^},"active":true})");
    BOOST_TEST(prepared(R"({"resourceType":"Patient"})", "7") == R"({"resourceType":"Patient","id":"7","meta":{^}})");
    BOOST_TEST(prepared(R"({"resourceType":"Observation","valueQuantity":{"value":1.50}})", "7") ==
               R"({"resourceType":"Observation","id":"7","meta":{^},"valueQuantity":{"value":1.50}})");
}

BOOST_AUTO_TEST_SUITE_END()
