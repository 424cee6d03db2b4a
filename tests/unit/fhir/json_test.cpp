// FHIR R4, JSON representation; limits of the trust page. What a reader accepts silently is what a ward loses silently.
#include "unit/fhir/trees.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::fhir;
using huitong::fhir::tests::read;
using huitong::tests::rule_of;

namespace {

std::string round_trip(std::string_view text) {
    const auto parsed = read(text);
    BOOST_REQUIRE_MESSAGE(parsed.issues.empty(), text << ": " << rule_of(parsed.issues));
    return write_json(parsed.value->root());
}

std::string nested(int depth) {
    std::string out = R"({"resourceType":"Basic","extension":[{"url":"u")";
    for (int i = 0; i < depth; ++i) out += R"(,"extension":[{"url":"u")";
    for (int i = 0; i < depth; ++i) out += "}]";
    return out + "}]}";
}

} // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(refused_texts_by_vector) {
    const auto table = huitong::tests::read_vectors("fhir/json-refused.tsv");
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line << ": " << table.cell(row, "text")) {
            BOOST_TEST(rule_of(read(table.cell(row, "text")).issues) == table.cell(row, "rule"));
        }
    }
}

BOOST_AUTO_TEST_CASE(kept_texts_by_vector) {
    const auto table = huitong::tests::read_vectors("fhir/json-kept.tsv");
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line) { BOOST_TEST(round_trip(table.cell(row, "text")) == table.cell(row, "text")); }
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_and_nul_are_refused) {
    BOOST_TEST(rule_of(read("{\"resourceType\":\"Basic\",\"id\":\"\xD1\xF1\"}").issues) == "json-utf8");
    BOOST_TEST(rule_of(read("\xEF\xBB\xBF{\"resourceType\":\"Basic\"}").issues) == "json-utf8");
    BOOST_TEST(rule_of(read("{\"resourceType\":\"Basic\",\"id\":\"a\\u0000b\"}").issues) == "json-nul");
    BOOST_TEST(read(std::string_view("{\"resourceType\":\"Basic\",\"id\":\"a\0b\"}", 36)).issues.has_errors());
    BOOST_TEST(read("{\"resourceType\":\"Basic\",\"id\":\"\\uD800\"}").issues.has_errors());
}

BOOST_AUTO_TEST_CASE(depth_is_limited_and_just_below_it_is_read) {
    BOOST_TEST(read(nested(20)).issues.empty());
    BOOST_TEST(rule_of(read(nested(40)).issues) == "json-depth-max");
    BOOST_TEST(rule_of(read(nested(200'000)).issues) == "json-depth-max");
    Limits limits;
    limits.json_depth_max = 3;
    JsonOptions options;
    options.limits = &limits;
    BOOST_TEST(read_json(R"({"resourceType":"Basic","extension":[{"url":"u"}]})", options).issues.empty());
    BOOST_TEST(rule_of(read_json(nested(1), options).issues) == "json-depth-max");
}

BOOST_AUTO_TEST_CASE(members_of_one_object_are_limited) {
    Limits limits;
    limits.members_per_object_max = 3;
    JsonOptions options;
    options.limits = &limits;
    BOOST_TEST(read_json(R"({"resourceType":"Basic","a":1,"b":2})", options).issues.empty());
    BOOST_TEST(rule_of(read_json(R"({"resourceType":"Basic","a":1,"b":2,"c":3})", options).issues) == "json-members-max");
}

BOOST_AUTO_TEST_CASE(an_error_tells_line_and_column_in_characters) {
    const auto parsed = read("{\"resourceType\":\"Basic\",\n \"id\":\"血\" x}");
    BOOST_REQUIRE(parsed.issues.has_errors());
    BOOST_REQUIRE(parsed.issues.leading()->position);
    BOOST_TEST(parsed.issues.leading()->position->line == 2u);
    BOOST_TEST(parsed.issues.leading()->position->column == 11u);
}

BOOST_AUTO_TEST_CASE(spans_are_the_bytes_of_the_value) {
    const std::string text = R"({"resourceType":"Basic","id":"ab","n":-1.50,"b":true,"o":{"x":"血"}})";
    const auto parsed = read(text);
    const auto root = parsed.value->root();
    const auto bytes = [&](std::string_view name) {
        return text.substr(root[name].source().begin, root[name].source().end - root[name].source().begin);
    };
    BOOST_TEST(bytes("id") == "\"ab\"");
    BOOST_TEST(bytes("b") == "true");
    BOOST_TEST(bytes("n") == "-1.50");
    BOOST_TEST(bytes("o") == "{\"x\":\"血\"}");
    BOOST_TEST(bytes("o.x") == "\"血\"");
}

BOOST_AUTO_TEST_CASE(a_companion_gives_id_and_extension_to_its_primitive) {
    const auto parsed =
        read(R"({"resourceType":"Patient","birthDate":"1970","_birthDate":{"id":"b","extension":[{"url":"u","valueCode":"x"}]}})");
    const auto date = parsed.value->root().child("birthDate");
    BOOST_TEST(date.value() == "1970");
    BOOST_TEST(date.text("id") == "b");
    BOOST_TEST(date.text("extension.url") == "u");
    BOOST_TEST(!parsed.value->root().child("_birthDate"));
}

BOOST_AUTO_TEST_CASE(a_copied_subtree_writes_the_same_text) {
    const std::string text =
        R"({"resourceType":"Patient","id":"p","_birthDate":{"extension":[{"url":"u","valueCode":"x"}]},"name":[{"given":["a",null],)"
        R"("_given":[null,{"id":"x"}]}],"multipleBirthInteger":3,"contained":[{"resourceType":"Basic","id":"b"}]})";
    const auto parsed = read(text);
    for (const bool is_borrowed : {false, true}) {
        Document copy;
        copy.set_root("Patient");
        for (const auto child : parsed.value->root().children()) {
            if (is_borrowed) copy.borrow(0, child);
            else copy.graft(0, child.name(), child.node().in_array, child);
        }
        BOOST_TEST(write_json(copy.root()) == text);
    }
    std::string members;
    static constexpr std::string_view kLeftOut[] = {"id", "name", "birthDate", "contained"};
    write_json_members(parsed.value->root(), kLeftOut, members);
    BOOST_TEST(members == R"("multipleBirthInteger":3)");
}

BOOST_AUTO_TEST_CASE(array_companions_pair_by_position) {
    const auto parsed = read(R"({"resourceType":"Patient","name":[{"given":["a",null,"c"],"_given":[null,{"id":"x"},{"id":"y"}]}]})");
    std::vector<std::string> found;
    for (const auto given : parsed.value->root()["name"].children("given"))
        found.push_back(std::string(given.value()) + "/" + std::string(given.text("id")));
    BOOST_TEST((found == std::vector<std::string>{"a/", "/x", "c/y"}));
}

BOOST_AUTO_TEST_CASE(the_resource_type_of_a_scenarios_instance_is_an_element) {
    for (const std::string_view text : {
             R"({"resourceType":"ExampleScenario","status":"draft","instance":[{"resourceId":"p1","resourceType":"Patient","name":"p"}]})",
             R"({"status":"draft","instance":[{"resourceType":"Patient","resourceId":"p1"}],"resourceType":"ExampleScenario"})",
         }) {
        const auto parsed = read(text);
        BOOST_REQUIRE_MESSAGE(parsed.issues.empty(), text << ": " << rule_of(parsed.issues));
        const auto instance = parsed.value->root().child("instance");
        BOOST_TEST(!instance.is_resource());
        BOOST_TEST(instance.text("resourceType") == "Patient");
        BOOST_TEST(parsed.value->root().type() == "ExampleScenario");
    }
    // An `instance` elsewhere is no such place, and what it holds has a type.
    const auto other = read(R"({"resourceType":"Parameters","parameter":[{"instance":{"resourceType":"Patient"}}]})");
    BOOST_REQUIRE(other.issues.empty());
    BOOST_TEST(other.value->root().child("parameter").child("instance").type() == "Patient");
}

BOOST_AUTO_TEST_CASE(a_datatype_fragment_needs_a_root_name) {
    JsonOptions options;
    options.root_name = "HumanName";
    const auto parsed = read_json(R"({"family":"x"})", options);
    BOOST_TEST(parsed.issues.empty());
    BOOST_TEST(parsed.value->root().name() == "HumanName");
    BOOST_TEST(!parsed.value->root().is_resource());
}

// Formats beside FHIR write what FHIR forbids: CDS Hooks sends `null` for a prefetch without data.
BOOST_AUTO_TEST_CASE(plain_json_leaves_out_nulls_and_empty_arrays) {
    JsonOptions options;
    options.root_name = "call";
    const std::string text = R"({"a":null,"b":[],"c":{"d":null},"e":["x"]})";
    BOOST_TEST(read_json(text, options).issues.has_errors());
    options.plain = true;
    const auto parsed = read_json(text, options);
    BOOST_TEST(parsed.issues.empty());
    BOOST_TEST(!parsed.value->root().child("a"));
    BOOST_TEST(!parsed.value->root().child("b"));
    BOOST_TEST(static_cast<bool>(parsed.value->root().child("c")));
    BOOST_TEST(parsed.value->root().text("e") == "x");
}

BOOST_AUTO_TEST_CASE(paths_carry_indexes_where_names_repeat) {
    const auto parsed = read(R"({"resourceType":"Patient","name":[{"given":["a","b"]}],"gender":"male"})");
    auto given = parsed.value->root()["name"].first_child().next_sibling();
    BOOST_TEST(given.path() == "Patient.name[0].given[1]");
    BOOST_TEST(parsed.value->root()["gender"].path() == "Patient.gender");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_as_rfc_8259_asks_and_no_more) {
    std::string out;
    write_json_string("a\"b\\c\n\t\x01/血\x7F", out);
    BOOST_TEST(out == "\"a\\\"b\\\\c\\n\\t\\u0001/血\x7F\"");
}

BOOST_AUTO_TEST_SUITE_END()
