// Running maps: cases in tests/vectors/fml/run.tsv, then what needs more than one row.
#include "maps.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string outcome_of(const mapping::RunResult& result) {
    for (const auto& issue : result.issues.issues()) {
        if (issue.severity == Severity::error || issue.severity == Severity::fatal) return "!" + issue.rule;
    }
    return json_of(result);
}

} // namespace

BOOST_AUTO_TEST_SUITE(run)

BOOST_AUTO_TEST_CASE(rules_over_rows) {
    const auto table = read_vectors("fml/run.tsv");
    BOOST_TEST(table.rows.size() > 70u);
    for (const auto& row : table.rows) {
        const auto cell = [&](const char* name) { return std::string(table.cell(row, name)); };
        BOOST_TEST_CONTEXT("line " << row.line << ", " << cell("section") << ": " << cell("rules")) {
            Maps maps;
            maps.add(framed(cell("rules"), cell("target"), cell("more")));
            BOOST_TEST(outcome_of(maps.run("http://x/m", read_tree(cell("source")))) == cell("expected"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_structure_map_runs_like_its_text) {
    const auto text = framed("src.a as a where a != 'x' -> tgt.name as n, n.text = (a + '!'), n.given = append(a, '-', 1) \"r\";"
                             " src then More('male', '', tgt);",
                             "Patient", "group More(source g, source nothing, target p : Patient) { g -> p.gender = g; }");
    Maps from_text, from_resource;
    from_text.add(text);
    const auto resource = parse_map(text).structure_map();
    auto read = mapping::Map::read(resource->root());
    BOOST_TEST(!from_resource.library.add(std::move(read.value)).has_errors());
    const auto source = read_tree(R"({"a":["x","y"]})");
    BOOST_TEST(json_of(from_text.run("http://x/m", source)) ==
               R"({"resourceType":"Patient","name":[{"text":"y!","given":["y-1"]}],"gender":"male"})");
    BOOST_TEST(json_of(from_resource.run("http://x/m", source)) == json_of(from_text.run("http://x/m", source)));
}

BOOST_AUTO_TEST_CASE(default_groups_serve_copies_of_their_types) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\n"
             "group Main(source src : Patient, target tgt : Patient) { src.name -> tgt.name; src.gender -> tgt.gender; }\n"
             "group Name(source from : HumanName, target to : HumanName) <<types>> { from.family as f -> to.text = f; }");
    const auto source = read_tree(R"({"resourceType":"Patient","name":[{"family":"Li"},{"family":"Wu"}],"gender":"male"})");
    BOOST_TEST(json_of(maps.run("http://x/m", source)) ==
               R"({"resourceType":"Patient","name":[{"text":"Li"},{"text":"Wu"}],"gender":"male"})");
}

BOOST_AUTO_TEST_CASE(imports_with_wildcards_reach_groups_of_other_maps) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\nimports \"http://x/shared-*\"\n"
             "group Main(source src, target tgt : Patient) { src.a as a then Deep(a, tgt); }")
        .add("map \"http://x/shared-a\" = \"a\"\nimports \"http://x/more\"\ngroup Deep(source a, target p : Patient) { a then Deeper(a, "
             "p); }")
        .add("map \"http://x/more\" = \"b\"\ngroup Deeper(source a, target p : Patient) { a -> p.gender = a; }");
    BOOST_TEST(json_of(maps.run("http://x/m", read_tree(R"({"a":"male"})"))) == R"({"resourceType":"Patient","gender":"male"})");
}

BOOST_AUTO_TEST_CASE(choices_are_read_by_their_stem) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\ngroup Main(source src : Observation, target tgt : Observation) {"
             " src.value : Quantity as v -> tgt.value = v;"
             " src.component as c -> tgt.component as k then { c.value : string as s -> k.value = s; }; }");
    const auto source =
        read_tree(R"({"resourceType":"Observation","valueQuantity":{"value":1.50},"component":[{"valueString":"x"},{"valueInteger":1}]})");
    BOOST_TEST(json_of(maps.run("http://x/m", source)) ==
               R"({"resourceType":"Observation","valueQuantity":{"value":1.50},"component":[{"valueString":"x"}]})");
}

BOOST_AUTO_TEST_CASE(a_copied_tree_keeps_its_arrays_and_digits) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\n"
             "group Main(source src : Patient, target tgt : Bundle) { src as s -> tgt.entry as e, e.resource = s; }");
    const std::string patient =
        R"({"resourceType":"Patient","name":[{"given":["a"]}],"extension":[{"url":"http://x/e","valueDecimal":1.10}]})";
    BOOST_TEST(json_of(maps.run("http://x/m", read_tree(patient))) ==
               R"({"resourceType":"Bundle","entry":[{"resource":)" + patient + "}]}");
}

BOOST_AUTO_TEST_CASE(settings_of_the_feed_are_variables) {
    Maps maps;
    maps.add("map \"http://x/m\" = \"m\"\nlet prefix = 'urn:' + %organization;\n"
             "group Main(source src, target tgt : Patient) {"
             " src -> tgt.id = (prefix + ':' + organization + ':' + %ward); organization then Again(tgt); }\n"
             "group Again(target p : Patient) { p -> p.gender = (iif(feed.empty(), 'male', 'female')); }");
    mapping::RunOptions options;
    options.parameters = {{"organization", "H1"}, {"ward", "W"}};
    BOOST_TEST(json_of(maps.run("http://x/m", read_tree("{}"), options)) ==
               R"({"resourceType":"Patient","id":"urn:H1:H1:W","gender":"male"})");
}

BOOST_AUTO_TEST_CASE(ids_follow_from_the_seed) {
    Maps maps;
    maps.add(framed("src -> uuid() as a, tgt.id = a; src -> uuid() as a, tgt.implicitRules = a;"));
    const auto made = [&](const std::string& seed) {
        mapping::RunOptions options;
        options.id_seed = seed;
        return maps.run("http://x/m", read_tree("{}"), options);
    };
    const auto first = made("one");
    BOOST_TEST(json_of(first) == json_of(made("one")));
    BOOST_TEST(json_of(first) != json_of(made("two")));
    const auto id = first.output->root().text("id");
    BOOST_TEST(id.size() == 36u);
    BOOST_TEST(id != first.output->root().text("implicitRules"));
}

BOOST_AUTO_TEST_CASE(now_is_the_time_of_the_run) {
    Maps maps;
    maps.add(framed("src -> tgt.deceased = (today().toString());"));
    mapping::RunOptions options;
    options.now = Instant{1'793'491'200'000'000}; // 2026-11-01T00:00:00Z
    BOOST_TEST(json_of(maps.run("http://x/m", read_tree("{}"), options)) ==
               R"({"resourceType":"Patient","deceasedDateTime":"2026-11-01"})");
}

BOOST_AUTO_TEST_CASE(a_map_ends_within_its_steps) {
    Maps maps;
    maps.add(framed("src.a as a, src.a as b, src.a as c -> tgt.name as n then { src.a as d -> n.given = d; };"));
    std::string row = R"({"a":[)";
    for (int i = 0; i < 40; ++i) row += (i ? ",\"x\"" : "\"x\"");
    mapping::RunOptions options;
    options.steps_max = 1000;
    const auto result = maps.run("http://x/m", read_tree(row + "]}"), options);
    BOOST_TEST(rule_of(result.issues) == "fml-steps");
    BOOST_CHECK(result.issues.leading()->code == IssueCode::too_costly);
    BOOST_TEST(result.issues.issues().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_map_that_is_not_there_is_said) {
    BOOST_TEST(rule_of(Maps().run("http://x/nobody", read_tree("{}")).issues) == "fml-unknown-map");
}

BOOST_AUTO_TEST_CASE(two_files_may_not_share_a_url) {
    Maps maps;
    maps.add(framed("src -> tgt.active = true;"));
    auto other = mapping::Map::parse(framed("src -> tgt.active = false;"), "other.map");
    BOOST_TEST(rule_of(maps.library.add(std::move(other.value))) == "fml-url-twice");
}

BOOST_AUTO_TEST_SUITE_END()
