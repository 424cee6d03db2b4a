// A tree's fingerprint: the same for the same content, another for any other.
#include "feeds/fingerprint.hpp"

#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace huitong;

namespace {

std::string of(const char* json) { return feeds::fingerprint_of(fhir::read_plain_json(json).value->root()); }

} // namespace

BOOST_AUTO_TEST_SUITE(fingerprint)

BOOST_AUTO_TEST_CASE(it_is_kept_in_stores_and_must_not_change_with_the_program) {
    BOOST_TEST(of(R"({"a":"1","b":[{"c":"第二"},{"c":true}]})") == "35bb463f88926ebf");
}

BOOST_AUTO_TEST_CASE(blanks_of_the_text_do_not_count) {
    BOOST_TEST(of(R"({"a":"1","b":["2"]})") == of("{ \"a\" : \"1\",\n \"b\" : [ \"2\" ] }"));
}

BOOST_AUTO_TEST_CASE(names_values_kinds_order_and_depth_count) {
    const auto texts = {R"({"a":"1","b":"2"})", R"({"a":"1","b":"3"})", R"({"a":"1","c":"2"})", R"({"b":"2","a":"1"})",
                        R"({"a":1,"b":"2"})",   R"({"a":"12"})",        R"({"a":{"b":"2"}})",   R"({"a":{},"b":"2"})",
                        R"({"a":["1","2"]})",   R"({"a":["12"]})"};
    std::set<std::string> seen;
    for (const auto* text : texts) seen.insert(of(text));
    BOOST_TEST(seen.size() == texts.size());
    BOOST_TEST(feeds::fingerprint_of({}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
