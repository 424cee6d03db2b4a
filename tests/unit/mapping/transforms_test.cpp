// Transforms that keep a bundle sound: numbers that stay apart, values that fit into a search URL, variables named twice.
#include "mapping/mapping.hpp"

#include "fhir/json.hpp"
#include "support/definitions.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::mapping;

namespace {

/// Runs rules over a row {"a": "…", "b": "…"}; they write a Basic.
std::string run(const std::string& rules, const std::string& row) {
    const auto definitions = std::shared_ptr<const fhir::Definitions>(&huitong::tests::r4_definitions(), [](const auto*) {});
    MapLibrary library(definitions, nullptr);
    const auto text = "/// url = 'http://example.org/t'\ngroup Main(source row, target out : Basic) {\n" + rules + "\n}\n";
    auto parsed = Map::parse(text, "t.map");
    BOOST_REQUIRE(!parsed.issues.has_errors());
    BOOST_REQUIRE(!library.add(std::move(parsed.value)).has_errors());
    fhir::JsonOptions options;
    options.root_name = "Row";
    const auto source = fhir::read_json(row, options);
    const auto result = library.run("http://example.org/t", source.value->root(), {});
    BOOST_TEST(!result.issues.has_errors());
    return fhir::write_json(result.output->root());
}

} // namespace

BOOST_AUTO_TEST_SUITE(transforms)

BOOST_AUTO_TEST_CASE(unique_counts_what_repeats_within_its_kind) {
    const auto out = run("row.a as a -> unique(a, 'result') as n, out.identifier as i, i.value = n;\n"
                         "row.b as b -> unique(b, 'specimen') as n, out.identifier as i, i.value = n;",
                         R"({"a":["L1","L1","L2","L1"],"b":"L1"})");
    BOOST_TEST(out ==
               R"({"resourceType":"Basic","identifier":[{"value":"L1"},{"value":"L1.2"},{"value":"L2"},{"value":"L1.3"},{"value":"L1"}]})");
}

BOOST_AUTO_TEST_CASE(a_url_escaped_value_ends_nowhere_early) {
    const auto out =
        run("row.a as a -> escape(a, 'url') as n, out.identifier as i, i.value = n;", R"({"a":["A 1&b+2#3","50%","x|y,z","JY/1:2","王"]})");
    BOOST_TEST(
        out ==
        R"({"resourceType":"Basic","identifier":[{"value":"A%201%26b%2B2%233"},{"value":"50%25"},{"value":"x%5C%7Cy%5C,z"},{"value":"JY/1:2"},{"value":"王"}]})");
}

BOOST_AUTO_TEST_CASE(a_variable_named_twice_in_an_expression_is_one_item) {
    const auto out = run("row -> out.identifier as i, i.value = (row.a.combine(row.b).join('+'));", R"({"a":"1"})");
    BOOST_TEST(out == R"({"resourceType":"Basic","identifier":[{"value":"1"}]})");
}

BOOST_AUTO_TEST_SUITE_END()
