// Patches of three kinds by vectors: RFC 6902, FHIRPath Patch of FHIR R4, RFC 5261; and that a patch cannot be used to fill the memory.
#include "fhir/json.hpp"
#include "patch/patch.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

/// The changed text, or the rule of the failure.
std::string told(const Result<std::string>& done) { return done ? *done : rule_of(done.error()); }

std::string patched_tree(const std::string& document, const std::string& patch) {
    auto resource = fhir::read_json(document);
    const auto parameters = fhir::read_json(patch);
    if (parameters.issues.has_errors()) return rule_of(parameters.issues);
    const auto issues = patch::patch_tree(*resource.value, r4_definitions(), parameters.value->root());
    return issues.has_errors() ? rule_of(issues) : fhir::write_json(resource.value->root());
}

template <class Apply>
void follow_vectors(const std::string& file, Apply&& apply) {
    const auto table = read_vectors(file);
    BOOST_TEST(table.rows.size() > 20u);
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT(table.cell(row, "case")) {
            BOOST_TEST(apply(std::string(table.cell(row, "document")), std::string(table.cell(row, "patch"))) == table.cell(row, "result"));
        }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(patches)

BOOST_AUTO_TEST_CASE(json_patch_by_vector) {
    follow_vectors("patch/json.tsv", [](const auto& document, const auto& patch) { return told(patch::patch_json(document, patch)); });
}

BOOST_AUTO_TEST_CASE(fhirpath_patch_by_vector) { follow_vectors("patch/fhirpath.tsv", patched_tree); }

BOOST_AUTO_TEST_CASE(xml_patch_by_vector) {
    follow_vectors("patch/xml.tsv", [](const auto& document, const auto& patch) { return told(patch::patch_xml(document, patch)); });
}

BOOST_AUTO_TEST_CASE(copies_of_copies_end_at_a_limit) {
    std::string patch = "[";
    for (int i = 0; i < 80; ++i) patch += (i ? "," : "") + std::string(R"({"op":"copy","from":"","path":"/c"})");
    BOOST_TEST(told(patch::patch_json(R"({"a":[1,2,3]})", patch + "]")) == "patch-size-max");
    std::string wide = "[";
    for (int i = 0; i < 60; ++i)
        wide += (i ? "," : "") + std::string(R"({"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/b"})");
    BOOST_TEST(told(patch::patch_json(R"({"a":[1]})", wide + "]")) == "patch-size-max");
}

BOOST_AUTO_TEST_CASE(copies_of_long_texts_end_at_a_limit_too) {
    const std::string text(1'000'000, 'x');
    std::string patch = "[";
    for (int i = 0; i < 60; ++i) patch += (i ? "," : "") + std::string(R"({"op":"copy","from":"/a/0","path":"/a/-"})");
    BOOST_TEST(told(patch::patch_json("{\"a\":[\"" + text + "\"]}", patch + "]")) == "patch-size-max");
}

BOOST_AUTO_TEST_CASE(operations_build_no_tree_that_is_too_deep) {
    std::string patch = R"({"resourceType":"Parameters","parameter":[)";
    for (int i = 0; i < 100; ++i) {
        const auto path = i == 0 ? std::string("Patient") : "Patient.descendants().where(id='e" + std::to_string(i - 1) + "')";
        patch += std::string(i ? "," : "") +
                 R"({"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":")" + path +
                 R"("},{"name":"name","valueString":"extension"},{"name":"value","part":[{"name":"id","valueString":"e)" +
                 std::to_string(i) + R"("},{"name":"url","valueUri":"urn:x"}]}]})";
    }
    BOOST_TEST(patched_tree(R"({"resourceType":"Patient","id":"a"})", patch + "]}") == "patch-size-max");
    std::string levels, ends, diff = "<d>";
    for (int i = 0; i < 100; ++i) levels += i == 99 ? "<a id='e'>" : "<a>", ends += "</a>";
    diff += "<add sel='r'>" + levels + ends + "</add><add sel=\"id('e')\">" + levels + ends + "</add></d>";
    BOOST_TEST(told(patch::patch_xml("<r/>", diff)) == "patch-size-max");
}

BOOST_AUTO_TEST_CASE(a_patch_has_so_many_operations_and_an_object_so_many_members) {
    std::string operations = "[";
    for (int i = 0; i <= 2'000; ++i) operations += (i ? "," : "") + std::string(R"({"op":"test","path":"/a","value":1})");
    BOOST_TEST(told(patch::patch_json(R"({"a":1})", operations + "]")) == "patch-size-max");
    std::string members = "{";
    for (int i = 0; i <= 20'000; ++i) members += (i ? ",\"m" : "\"m") + std::to_string(i) + "\":1";
    BOOST_TEST(told(patch::patch_json(members + "}", "[]")) == "json-members-max");
}

BOOST_AUTO_TEST_CASE(operations_have_one_time_together) {
    const auto document = fhir::read_json(R"({"resourceType":"Patient","active":true})").value;
    const auto patch = fhir::read_json(
        R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.active"}]}]})");
    Limits limits;
    limits.search_ms_max = 0;
    BOOST_TEST(rule_of(patch::patch_tree(*document, r4_definitions(), patch.value->root(), limits)) == "patch-time-max");
    BOOST_TEST(patch::patch_tree(*document, r4_definitions(), patch.value->root(), Limits()).empty());
}

BOOST_AUTO_TEST_CASE(deep_texts_are_refused) {
    const std::string deep = std::string(1'000, '[') + std::string(1'000, ']');
    BOOST_TEST(told(patch::patch_json(deep, "[]")) == "json-depth-max");
    BOOST_TEST(told(patch::patch_json("{}", deep)) == "json-depth-max");
    std::string xml;
    for (int i = 0; i < 1'000; ++i) xml += "<a>";
    for (int i = 0; i < 1'000; ++i) xml += "</a>";
    BOOST_TEST(told(patch::patch_xml(xml, "<d><remove sel='a'/></d>")) == "xml-depth-max");
    std::string selector = "a";
    for (int i = 0; i < 1'000; ++i) selector += "[a";
    BOOST_TEST(told(patch::patch_xml("<a/>", "<d><remove sel='" + selector + "'/></d>")) == "patch-selector");
}

BOOST_AUTO_TEST_SUITE_END()
