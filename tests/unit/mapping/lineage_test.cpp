// What a run remembers: which rule wrote from which bytes, which codes had no translation, what was never read.
#include "maps.hpp"

#include "mapping/written.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kRow =
    R"({"name":"Li","born":{"day":"20260101","place":"X"},"extra":"E","item":[{"code":"A1","text":"T"},{"code":"B2"}]})";

std::string bytes(const std::string& text, Span span) { return text.substr(span.begin, span.end - span.begin); }

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : " ") + one;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(lineage)

BOOST_AUTO_TEST_CASE(each_value_knows_its_rule_and_its_bytes) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\ngroup Main(source src, target tgt : Patient) {\n"
             "  src.name as n -> tgt.name as h, h.text = n \"name\";\n"
             "  src.born as b then Born(b, tgt);\n}\n"
             "group Born(source b, target p : Patient) {\n  b.day as d -> p.birthDate = (d.readDate()) \"day\";\n}");
    const auto result = maps.run("http://x/m", read_tree(kRow));
    const auto record = [&](fhir::Element element) { return result.lineage.records.at(element.node().lineage - 1); };
    const auto text = result.output->root()["name.text"];
    BOOST_TEST(record(text).group == "Main");
    BOOST_TEST(record(text).rule == "name");
    BOOST_TEST(record(text).line == 3u);
    BOOST_TEST(bytes(kRow, record(text).source) == "\"Li\"");
    const auto day = result.output->root()["birthDate"];
    BOOST_TEST(day.value() == "2026-01-01");
    BOOST_TEST(record(day).rule == "day");
    BOOST_TEST(record(day).map == "http://x/m");
    BOOST_TEST(bytes(kRow, record(day).source) == "\"20260101\"");
    BOOST_TEST(bytes(kRow, day.source()) == "\"20260101\"");
}

BOOST_AUTO_TEST_CASE(what_was_written_is_told_by_path_in_the_order_of_the_outcome) {
    Maps maps;
    maps.add(framed("src.item as i -> tgt.name as n then { i.code as c -> n.given = c \"given\"; } \"name\";"
                    " src.extra -> tgt.active = true \"active\";"));
    const auto result = maps.run("http://x/m", read_tree(kRow));
    std::string told;
    mapping::visit_written(result.lineage, result.output->root(), "Patient", [&](const auto& written) {
        told += written.path + "=" + std::string(written.element.value()) + " by " + written.record.rule + ";";
    });
    BOOST_TEST(told == "Patient.name[0].given[0]=A1 by given;Patient.name[1].given[0]=B2 by given;Patient.active=true by active;");
}

BOOST_AUTO_TEST_CASE(only_rules_that_write_leave_a_record) {
    Maps maps;
    maps.add(framed("src.name as n then { src.born as b then { b.day as d -> tgt.birthDate = (d.readDate()); }; };"
                    " src.item as i -> (i.code) as c;"));
    BOOST_TEST(maps.run("http://x/m", read_tree(kRow)).lineage.records.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_code_without_translation_is_a_gap_and_no_failure) {
    const auto terminology = std::make_shared<terminology::Terminology>(shared_definitions());
    const auto map = read_tree(R"({"resourceType":"ConceptMap","url":"http://x/cm","status":"active","group":[)"
                               R"({"source":"http://local","target":"http://loinc.org","element":[)"
                               R"({"code":"A1","target":[{"code":"1-8","display":"one","equivalence":"equivalent"}]},)"
                               R"({"code":"C3","target":[{"equivalence":"unmatched"}]}]}]})");
    BOOST_REQUIRE(!terminology->add(map->root()).has_errors());
    Maps maps(terminology);
    maps.add(framed("src.item as i -> tgt.category as c, c.coding = c('http://local', (i.code), (i.text)) as local,"
                    " c.coding = translate(local, 'http://x/cm', 'Coding');",
                    "Observation"));
    const auto result = maps.run("http://x/m", read_tree(R"({"item":[{"code":"A1"},{"code":"B2","text":"T"},{"code":"C3"}]})"));
    BOOST_TEST(result.issues.empty());
    BOOST_TEST(json_of(result) ==
               R"({"resourceType":"Observation","category":[)"
               R"({"coding":[{"system":"http://local","code":"A1"},{"system":"http://loinc.org","code":"1-8","display":"one"}]},)"
               R"({"coding":[{"system":"http://local","code":"B2","display":"T"}]},{"coding":[{"system":"http://local","code":"C3"}]}]})");
    BOOST_REQUIRE(result.gaps.size() == 1u); // C3 is confirmed to have none
    BOOST_TEST(result.gaps[0].code == "B2");
    BOOST_TEST(result.gaps[0].system == "http://local");
    BOOST_TEST(result.gaps[0].display == "T");
    BOOST_TEST(result.gaps[0].map_url == "http://x/cm");
}

BOOST_AUTO_TEST_CASE(a_gap_of_a_source_element_says_where_it_stands) {
    Maps maps(std::make_shared<terminology::Terminology>(shared_definitions()));
    maps.add(framed("src.item as i then { i.code as c -> tgt.status = translate(c, 'http://x/none', 'code'); };", "Observation"));
    const auto result = maps.run("http://x/m", read_tree(kRow));
    BOOST_REQUIRE(result.gaps.size() == 2u);
    BOOST_TEST(result.gaps[1].where == "Row.item[1].code");
}

BOOST_AUTO_TEST_CASE(concept_maps_inside_a_map_translate_too) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\nconceptmap \"sex\" { prefix s = \"http://s\""
             " prefix t = \"http://hl7.org/fhir/administrative-gender\" s:\"男\" == t:male s:\"女\" == t:female }\n"
             "group Main(source src, target tgt : Patient) { src.sex as s -> tgt.gender = translate(s, '#sex', 'code'); }");
    BOOST_TEST(json_of(maps.run("http://x/m", read_tree(R"({"sex":"女"})"))) == R"({"resourceType":"Patient","gender":"female"})");
    const auto result = maps.run("http://x/m", read_tree(R"({"sex":"?"})"));
    BOOST_REQUIRE(result.gaps.size() == 1u);
    BOOST_TEST(result.gaps[0].map_url == "#sex");
}

BOOST_AUTO_TEST_CASE(coverage_names_what_no_rule_read) {
    Maps maps;
    maps.add(framed("src.name as n -> tgt.name as h, h.text = n \"name\";"
                    " src.born as b then { b.day as d -> tgt.birthDate = (d.readDate()) \"day\"; } \"born\";"
                    " src.item as i where code = 'A1' -> tgt.active = true \"item\";"
                    " src.item as i where code = 'Z9' -> tgt.active = false \"never\";"));
    mapping::RunOptions options;
    BOOST_TEST(maps.run("http://x/m", read_tree(kRow), options).unread_paths.empty()); // not asked for
    options.coverage = true;
    const auto result = maps.run("http://x/m", read_tree(kRow), options);
    BOOST_TEST(joined(result.unread_paths) == "born.place extra item.text");
    std::vector<std::string> fired, all;
    for (const auto& rule : result.fired) fired.push_back(rule.rule);
    for (const auto& rule : maps.library.rules("http://x/m")) all.push_back(rule.rule);
    BOOST_TEST(joined(fired) == "name born day item");
    BOOST_TEST(joined(all) == "name born day item never");
}

BOOST_AUTO_TEST_CASE(a_date_that_cannot_be_read_is_a_warning_with_its_bytes) {
    Maps maps;
    maps.add(framed("src.d as d -> tgt.birthDate = (d.readDate());"));
    const std::string row = R"({"d":"2026-13-45"})";
    const auto result = maps.run("http://x/m", read_tree(row));
    BOOST_TEST(json_of(result) == R"({"resourceType":"Patient"})");
    BOOST_REQUIRE(result.issues.issues().size() == 1u);
    const auto& issue = result.issues.issues()[0];
    BOOST_TEST(issue.rule == "fhirpath-date-unreadable");
    BOOST_CHECK(issue.severity == Severity::warning);
    BOOST_TEST(bytes(row, issue.source) == "\"2026-13-45\"");
    BOOST_TEST(issue.arguments.empty()); // never a patient's value
}

BOOST_AUTO_TEST_CASE(a_failing_expression_says_its_place_in_the_map) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\ngroup Main(source src, target tgt : Patient) {\n  src -> tgt.gender = (src.item.code + 'x') "
             "\"r\";\n}");
    const auto result = maps.run("http://x/m", read_tree(kRow));
    BOOST_REQUIRE(result.issues.has_errors());
    const auto& issue = *result.issues.leading();
    BOOST_TEST(issue.rule == "fhirpath-singleton");
    BOOST_TEST(issue.where == "Main.r");
    BOOST_TEST(issue.position->line == 3u);
    BOOST_TEST(issue.position->column == 24u);
}

BOOST_AUTO_TEST_SUITE_END()
