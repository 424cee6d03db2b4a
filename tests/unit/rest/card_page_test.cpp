// The card as a page: what is on it, and that nothing from outside becomes markup.
#include "rest/card/card_page.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::recognition;

namespace {

constexpr auto kHostile = "<script>alert('x')</script>\"&";
constexpr auto kHarmless = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;";

rest::CardPage page_with(const std::string& text, const std::string& state = "viewed") {
    Judged judged;
    judged.candidate.value_text = text;
    judged.candidate.reference_range = text;
    judged.candidate.interpretation = text;
    judged.decision.verdict = Verdict::recognise;
    judged.decision.mark = text;
    judged.decision.circumstances_zh = judged.decision.circumstances_en = text;
    judged.decision.answers.push_back({"R24", Answer::refuse, "MARK-CONFLICT", {{"claimed", text}}});
    Member member;
    member.item = text;
    member.name_zh = member.name_en = text;
    member.kind = "laboratory";
    member.judged.push_back(judged);
    member.best = 0;
    rest::PageMatch one;
    one.held.match.id = text;
    one.held.match.name_zh = one.held.match.name_en = text;
    one.held.match.verdict = Verdict::recognise;
    one.held.match.mark = text;
    one.held.match.members.push_back(member);
    one.held.match.recognised = {text};
    one.held.state = state;
    one.images = text;
    rest::CardPage page;
    page.session = text;
    page.message = text;
    page.matches.push_back(std::move(one));
    return page;
}

RulePack pack_with(const std::string& text) {
    RulePack pack;
    pack.decline_reasons_zh = {{text, text}};
    pack.decline_reasons_en = {{text, text}};
    return pack;
}

std::size_t count(const std::string& text, std::string_view piece) {
    std::size_t out = 0;
    for (auto at = text.find(piece); at != text.npos; at = text.find(piece, at + piece.size())) ++out;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(card_page_suite)

BOOST_AUTO_TEST_CASE(the_five_characters_of_markup_are_escaped_and_nothing_else) {
    BOOST_TEST(rest::escape_html("a<b>&\"'c 血红蛋白 3.5|9") == "a&lt;b&gt;&amp;&quot;&#39;c 血红蛋白 3.5|9");
}

BOOST_AUTO_TEST_CASE(nothing_that_came_from_outside_becomes_markup) {
    const auto pack = pack_with(kHostile);
    for (const auto language : {Language::zh, Language::en}) {
        for (const auto* state : {"viewed", "adopted", "declined", "cited", "withdrawn"}) {
            auto page = page_with(kHostile, state);
            page.language = language;
            page.pack = &pack;
            const auto html = rest::write_card_page(page);
            BOOST_TEST(count(html, "<script") == 0U);
            BOOST_TEST(count(html, "alert('") == 0U);
            BOOST_TEST(count(html, kHarmless) >= 6U);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_page_works_without_a_script_and_asks_for_nothing_from_elsewhere) {
    const auto pack = pack_with("1");
    auto page = page_with("x");
    page.pack = &pack;
    const auto html = rest::write_card_page(page);
    BOOST_TEST(count(html, "<form method=\"post\" action=\"/recognition/card\">") == 2U); // adopt, decline
    BOOST_TEST(count(html, " src=") == 0U);
    BOOST_TEST(count(html, "<link") == 0U);
    BOOST_TEST(count(html, " on") == 0U);
    BOOST_TEST(count(html, "lang=\"zh-CN\"") == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_decided_already_offers_only_what_may_follow) {
    const auto pack = pack_with("1");
    for (const auto& [state, forms] : std::vector<std::pair<std::string, std::size_t>>{
             {"offered", 2}, {"ignored", 2}, {"adopted", 2}, {"cited", 1}, {"declined", 0}, {"withdrawn", 0}}) {
        auto page = page_with("x", state);
        page.pack = &pack;
        BOOST_TEST(count(rest::write_card_page(page), "<form") == forms, state);
    }
}

BOOST_AUTO_TEST_CASE(without_recognition_there_is_nothing_to_adopt) {
    auto page = page_with("x");
    page.matches[0].held.match.recognised.clear();
    page.matches[0].held.match.verdict = Verdict::reference_only;
    BOOST_TEST(count(rest::write_card_page(page), "<form") == 0U);
}

BOOST_AUTO_TEST_CASE(listed_origins_may_frame_the_page_and_nobody_else) {
    BOOST_TEST(count(rest::page_policy({}), "frame-ancestors 'none'") == 1U);
    const auto policy = rest::page_policy({"https://his-b.example", "https://his-c.example:8443"});
    BOOST_TEST(count(policy, "frame-ancestors https://his-b.example https://his-c.example:8443") == 1U);
    BOOST_TEST(count(policy, "script-src") == 0U); // nothing: default-src is 'none'
    BOOST_TEST(count(policy, "default-src 'none'") == 1U);
    BOOST_TEST(count(policy, "unsafe-inline") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
