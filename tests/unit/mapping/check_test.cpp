// What is wrong in a map is found before a message comes: cases in tests/vectors/fml/check.tsv.
#include "maps.hpp"

#include "base/catalogue.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string findings(const Outcome& outcome) {
    std::string out;
    for (const auto& issue : outcome.issues())
        out += (out.empty() ? "" : " ") + issue.rule + "@" + std::to_string(issue.position->line) + ":" +
               std::to_string(issue.position->column);
    return out;
}

/// Maps that may translate: by the maps of the definitions alone.
std::shared_ptr<const terminology::Terminology> terminology_of_the_pack() {
    return std::make_shared<terminology::Terminology>(shared_definitions());
}

} // namespace

BOOST_AUTO_TEST_SUITE(check)

BOOST_AUTO_TEST_CASE(findings_of_single_maps) {
    const auto terminology = terminology_of_the_pack();
    const auto table = read_vectors("fml/check.tsv");
    BOOST_TEST(table.rows.size() > 40u);
    for (const auto& row : table.rows) {
        const auto text = replaced(std::string(table.cell(row, "text")), "⏎", "\n");
        BOOST_TEST_CONTEXT("line " << row.line << ", " << table.cell(row, "section") << ":\n" << text) {
            Maps maps(terminology);
            maps.add(text);
            BOOST_TEST(findings(maps.library.check()) == table.cell(row, "findings"));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_offered) {
    Maps maps;
    maps.add(framed("src -> tgt.gendr = 'male';"));
    const auto issues = maps.library.check();
    BOOST_REQUIRE(issues.leading());
    BOOST_TEST(hint_of(*issues.leading(), Language::en) == "The nearest is gender.");
    BOOST_TEST(text_of(*issues.leading(), Language::en) == "Patient has no element gendr.");
}

BOOST_AUTO_TEST_CASE(a_hint_that_has_nothing_to_name_is_not_given) {
    Maps maps;
    maps.add(framed("src -> tgt.zzzzzzzzzzzz = 'male';"));
    const auto issues = maps.library.check();
    BOOST_REQUIRE(issues.leading());
    BOOST_TEST(hint_of(*issues.leading(), Language::en) == "");
}

BOOST_AUTO_TEST_CASE(shared_groups_are_checked_with_what_their_callers_give) {
    Maps maps(terminology_of_the_pack());
    maps.add("map \"http://x/m\" = \"m\"\nimports \"http://x/s\"\n"
             "group Main(source src : Patient, target tgt : Patient) { src.name as n then Shared(n, tgt); }")
        .add("map \"http://x/s\" = \"s\"\ngroup Shared(source any, target p : Patient) {\n  any.famly as f -> p.active = true;\n}");
    BOOST_TEST(findings(maps.library.check("http://x/m")) == "fml-unknown-element@3:3");
    BOOST_TEST(findings(maps.library.check("http://x/s")) == "");
    BOOST_TEST(rule_of(maps.library.check("http://x/none")) == "fml-unknown-map");
}

BOOST_AUTO_TEST_CASE(a_source_model_is_checked_when_it_is_known) {
    const auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    BOOST_REQUIRE(definitions);
    const auto model = read_tree(R"({"resourceType":"StructureDefinition","url":"http://x/Row","name":"Row","status":"draft",)"
                                 R"("kind":"logical","abstract":false,"type":"LabRow",)"
                                 R"("baseDefinition":"http://hl7.org/fhir/StructureDefinition/Element","derivation":"specialization",)"
                                 R"("differential":{"element":[{"id":"LabRow","path":"LabRow"},)"
                                 R"({"id":"LabRow.result","path":"LabRow.result","min":0,"max":"*","type":[{"code":"string"}]}]}})");
    BOOST_REQUIRE(!(*definitions)->add_structure(model->root()).has_errors());
    mapping::MapLibrary library(*definitions, nullptr);
    auto map = parse_map("map \"http://x/m\" = \"m\"\nuses \"http://x/Row\" alias Row as source\n"
                         "group Main(source row : Row, target tgt : Patient) {\n  row.result as r -> tgt.active = true;\n"
                         "  row.resalt as r -> tgt.active = true;\n}");
    BOOST_REQUIRE(!library.add(std::move(map)).has_errors());
    BOOST_TEST(findings(library.check()) == "fml-unknown-element@5:3");
}

BOOST_AUTO_TEST_SUITE_END()
