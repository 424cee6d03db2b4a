// SQL on FHIR 2.0: views over three patients; cases in tests/vectors/views/cases.tsv.
#include "views/views.hpp"

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using huitong::tests::rule_of;

namespace {

constexpr const char* kPatients[] = {
    R"({"resourceType":"Patient","id":"a","gender":"female","birthDate":"1980-02-29","active":true,
        "extension":[{"url":"e1","extension":[{"url":"e1.1","valueString":"x"}]},{"url":"e2","valueString":"y"}],
        "name":[{"family":"Zhao","given":["Yi","Er"]},{"family":"Qian","given":["San"]}],
        "managingOrganization":{"reference":"Organization/o9"}})",
    R"({"resourceType":"Patient","id":"b","gender":"male","active":false,"name":[{"family":"Sun","given":["Si"]}]})",
    R"({"resourceType":"Patient","id":"c"})",
};

fhir::DocumentPtr tree(const std::string& json) {
    auto parsed = fhir::read_plain_json(json);
    BOOST_REQUIRE_MESSAGE(!parsed.issues.has_errors(), json << ": " << rule_of(parsed.issues));
    return parsed.value;
}

std::shared_ptr<const fhir::Definitions> definitions() { return {std::shared_ptr<void>(), &huitong::tests::r4_definitions()}; }

/// Rows of the three patients joined by a blank, or "!rule".
std::string answer(const std::string& text) {
    const auto definition = tree(text);
    const auto view = views::View::read(definitions(), definition->root());
    if (!view) return "!" + rule_of(view.error());
    std::string out;
    for (const auto* patient : kPatients) {
        const auto document = fhir::read_json(patient);
        const auto rows = view->rows(document.value->root());
        if (!rows) return "!" + rule_of(rows.error());
        for (const auto& row : *rows) {
            if (!out.empty()) out += ' ';
            views::write_json(*view, row, out);
        }
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(view_definitions)

BOOST_AUTO_TEST_CASE(cases_of_the_table) {
    const auto table = huitong::tests::read_vectors("views/cases.tsv");
    BOOST_TEST(table.rows.size() > 15u);
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line << ": " << table.cell(row, "name")) {
            BOOST_TEST(answer(std::string(table.cell(row, "view"))) == table.cell(row, "rows"));
        }
    }
}

BOOST_AUTO_TEST_CASE(resources_of_other_types_give_no_rows) {
    const auto definition = tree(R"({"resource":"Observation","select":[{"column":[{"name":"id","path":"id"}]}]})");
    const auto view = views::View::read(definitions(), definition->root());
    BOOST_REQUIRE(view);
    const auto patient = fhir::read_json(kPatients[0]);
    const auto rows = view->rows(patient.value->root());
    BOOST_REQUIRE(rows);
    BOOST_TEST(rows->empty());
}

BOOST_AUTO_TEST_CASE(csv_quotes_what_needs_it) {
    const auto definition = tree(
        R"({"resource":"Patient","select":[{"column":[{"name":"id","path":"id"},{"name":"t","path":"'a,\"b\"'"},{"name":"n","path":"{}"},)"
        R"({"name":"g","path":"name.given","collection":true}]}]})");
    const auto view = views::View::read(definitions(), definition->root());
    BOOST_REQUIRE_MESSAGE(view, rule_of(view.error()));
    const auto patient = fhir::read_json(kPatients[1]);
    const auto rows = view->rows(patient.value->root());
    BOOST_REQUIRE(rows && rows->size() == 1);
    std::string out;
    views::write_csv_head(*view, out);
    out += '\n';
    views::write_csv(*view, rows->front(), out);
    BOOST_TEST(out == "id,t,n,g\nb,\"a,\"\"b\"\"\",,\"[\"\"Si\"\"]\"");
}

BOOST_AUTO_TEST_SUITE_END()
