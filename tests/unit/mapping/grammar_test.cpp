// FML text to maps and back: cases in tests/vectors/fml/grammar.tsv; StructureMap and text keep every map as it is.
#include "maps.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>

using namespace huitong;
using namespace huitong::tests;
using mapping::Map;

namespace {

constexpr std::string_view kGroup = "group G(source a, target t) { a -> t; }";

std::string text_of_case(std::string_view text) {
    auto out = replaced(std::string(text), "⏎", "\n");
    if (out.starts_with("RULE")) out = "group G(source a, target t) {" + out.substr(4) + " }";
    return replaced(std::move(out), "GROUP", kGroup);
}

std::string where_of(const Outcome& issues) {
    const auto* issue = issues.leading();
    if (!issue) return {};
    return issue->rule + "@" + std::to_string(issue->position->line) + ":" + std::to_string(issue->position->column);
}

std::string structure_map_text(const Map& map) { return fhir::write_json(map.structure_map()->root()); }

} // namespace

BOOST_AUTO_TEST_SUITE(grammar)

BOOST_AUTO_TEST_CASE(texts_parse_or_say_where_not) {
    const auto table = read_vectors("fml/grammar.tsv");
    BOOST_TEST(table.rows.size() > 40u);
    for (const auto& row : table.rows) {
        const auto text = text_of_case(table.cell(row, "text"));
        BOOST_TEST_CONTEXT("line " << row.line << ": " << text) {
            BOOST_TEST(where_of(Map::parse(text, "t.map").issues) == table.cell(row, "expected"));
        }
    }
}

BOOST_AUTO_TEST_CASE(text_and_structure_map_keep_the_map) {
    const auto table = read_vectors("fml/grammar.tsv");
    for (const auto& row : table.rows) {
        if (!table.cell(row, "expected").empty()) continue;
        BOOST_TEST_CONTEXT("line " << row.line << ": " << table.cell(row, "text")) {
            const auto map = parse_map(text_of_case(table.cell(row, "text")));
            const auto text = map.text();
            const auto again = Map::parse(text, "again.map");
            BOOST_TEST_REQUIRE(where_of(again.issues) == "", text);
            BOOST_TEST(again.value.text() == text);
            const auto resource = map.structure_map();
            const auto back = Map::read(resource->root());
            BOOST_TEST(back.issues.empty());
            BOOST_TEST(structure_map_text(back.value) == structure_map_text(map));
            BOOST_TEST(structure_map_text(again.value) == structure_map_text(map));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_shipped_maps_stay_the_same_as_text_and_as_resource) {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(source_folder() / "mappings")) {
        if (file.path().extension() != ".map") continue;
        BOOST_TEST_CONTEXT(file.path().filename()) {
            const auto map = parse_map(read_file(file.path()));
            const auto resource = map.structure_map();
            auto back = Map::read(resource->root());
            const auto again = parse_map(back.value.text());
            BOOST_TEST(structure_map_text(again) == structure_map_text(map));
            ++count;
        }
    }
    BOOST_TEST(count > 10u);
}

/// Maps that others wrote, where they are: those that parse come back from the resource and from the text as they were, and a second
/// writing changes nothing.
BOOST_AUTO_TEST_CASE(maps_of_others_stay_the_same_as_text_and_as_resource) {
    const char* shared = std::getenv("HUITONG_SHARED");
    const auto root = (shared ? std::filesystem::path(shared) : source_folder() / "../shared");
    std::size_t count = 0;
    for (const auto* folder : {"corpora/fml", "conformance/fml-parse", "conformance/fml-run"}) {
        if (!std::filesystem::exists(root / folder)) continue;
        for (const auto& file : std::filesystem::recursive_directory_iterator(root / folder)) {
            if (file.path().extension() != ".map" && file.path().extension() != ".fml") continue;
            const auto parsed = Map::parse(read_file(file.path()), "other.map");
            if (parsed.issues.has_errors()) continue;
            BOOST_TEST_CONTEXT(file.path()) {
                const auto first = structure_map_text(parsed.value);
                const auto resource = parsed.value.structure_map();
                const auto back = Map::read(resource->root());
                BOOST_TEST(where_of(back.issues) == "");
                const auto text = back.value.text();
                const auto again = Map::parse(text, "again.map");
                BOOST_TEST(where_of(again.issues) == "", text);
                BOOST_TEST(structure_map_text(again.value) == first);
                BOOST_TEST(again.value.text() == text);
                ++count;
            }
        }
    }
    if (count == 0) BOOST_TEST_MESSAGE("skipped: no maps of others below " << root);
    else BOOST_TEST(count > 500u);
}

BOOST_AUTO_TEST_CASE(comments_belong_to_what_follows_them) {
    const auto map = parse_map(
        "// of the group\ngroup G(source a, target t) {\n  // of the rule\n  a.b -> t.c;\n}\n// of another\ngroup H(source a) {}");
    BOOST_TEST(
        map.text() ==
        "\n// of the group\ngroup G(source a, target t) {\n  // of the rule\n  a.b -> t.c;\n}\n\n// of another\ngroup H(source a) {\n}\n");
}

BOOST_AUTO_TEST_CASE(a_resource_of_another_type_is_no_map) {
    const auto patient = read_tree(R"({"resourceType":"Patient"})");
    BOOST_TEST(rule_of(Map::read(patient->root()).issues) == "fml-no-structure-map");
}

BOOST_AUTO_TEST_CASE(the_structure_map_has_what_r4_requires) {
    const auto document = parse_map(framed("src.a as a -> tgt.gender = a;")).structure_map();
    const auto resource = document->root();
    BOOST_TEST(resource.text("status") == "draft");
    BOOST_TEST(resource["group.rule"].text("name") == "rule1");
    BOOST_TEST(resource["group"].text("typeMode") == "none");
    BOOST_TEST(resource["group.rule.target"].text("contextType") == "variable");
}

BOOST_AUTO_TEST_CASE(rules_inside_each_other_are_bounded) {
    std::string rules, ends;
    for (int level = 0; level < 50'000; ++level) rules += "a -> t then { ", ends += '}';
    const auto parsed = Map::parse("map \"urn:m\" = \"M\"\ngroup G(source a, target t) {" + rules + ends + "}", "m.map");
    BOOST_REQUIRE(parsed.issues.leading());
    BOOST_TEST(parsed.issues.leading()->rule == "fml-depth");
}

BOOST_AUTO_TEST_SUITE_END()
