// The life of code-map rows: draft → reviewed (four eyes) → active → retired.
#include "terminology/map_states.hpp"

#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;

namespace {

const std::string kHead = "# url: urn:t:map\r\n# title: 对照\r\ncode,name,target_code,relationship,state,drafted_by,reviewed_by,note\r\n";
const std::string kDrafts = kHead + "A,甲,1,equivalent,draft,王芳,,\"a, b\"\r\nB,乙,2,equivalent,draft,李雷,,\r\n";

/// The text after the change, or the rule that stopped it.
std::string changed(const std::string& csv, const std::string& to, const std::string& by, const std::vector<std::string>& codes = {}) {
    const auto out = change_states(csv, {to, by, codes});
    if (out.issues.has_errors()) {
        BOOST_TEST(out.value.text == csv);
        return huitong::tests::rule_of(out.issues);
    }
    return out.value.text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(map_states)

BOOST_AUTO_TEST_CASE(a_second_person_reviews_and_the_rest_of_the_text_stays) {
    BOOST_TEST(changed(kDrafts, "reviewed", "李雷", {"A"}) ==
               kHead + "A,甲,1,equivalent,reviewed,王芳,李雷,\"a, b\"\r\nB,乙,2,equivalent,draft,李雷,,\r\n");
    BOOST_TEST(changed(kDrafts, "reviewed", "李雷", {"A", "B"}) == "code-map-four-eyes");
    BOOST_TEST(person_of("检验科 李明 2026-01-08") == "检验科 李明");
    const auto signed_rows = kHead + "A,甲,1,equivalent,draft,李雷 2026-01-08,,\r\n";
    BOOST_TEST(changed(signed_rows, "reviewed", "李雷 2026-01-09", {"A"}) == "code-map-four-eyes"); // the same person on another day
    // Without codes those rows change that may.
    BOOST_TEST(change_states(kDrafts, {"reviewed", "李雷", {}}).value.count == 1u);
}

BOOST_AUTO_TEST_CASE(the_order_of_the_states_is_kept) {
    BOOST_TEST(changed(kDrafts, "active", "赵明", {"A"}) == "map-state-order");
    const auto reviewed = changed(kDrafts, "reviewed", "赵明");
    BOOST_TEST(changed(reviewed, "reviewed", "赵明", {"A"}) == "map-state-order");
    const auto active = changed(reviewed, "active", "赵明");
    BOOST_TEST(active.find("A,甲,1,equivalent,active,王芳,赵明,") != std::string::npos);
    const auto retired = changed(active, "retired", "赵明", {"A"});
    BOOST_TEST(retired.find("A,甲,1,equivalent,retired,王芳,赵明,") != std::string::npos);
    BOOST_TEST(changed(retired, "retired", "赵明", {"A"}) == "map-state-order");
    // A row that is done again is drafted by who does it, and has no reviewer.
    BOOST_TEST(changed(active, "draft", "周敏", {"A"}).find("A,甲,1,equivalent,draft,周敏,,") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(unknown_states_codes_and_columns_are_told) {
    BOOST_TEST(changed(kDrafts, "done", "赵明") == "code-map-state");
    BOOST_TEST(changed(kDrafts, "reviewed", "赵明", {"C"}) == "map-state-code");
    BOOST_TEST(changed("code,name,reviewed_by\nA,甲,\n", "reviewed", "赵明") == "map-state-column");
}

BOOST_AUTO_TEST_SUITE_END()
