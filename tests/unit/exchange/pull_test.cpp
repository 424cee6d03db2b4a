/// What a pull promises: the same content on both sides, whatever happens on the way.
#include "support/files.hpp"
#include "unit/exchange/chaining.hpp"
#include "unit/exchange/cutting_proxy.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong {
namespace {

using exchange::Puller;
using tests::Chain;
using tests::pull_all;
using tests::rule_of;

BOOST_AUTO_TEST_SUITE(pull)

BOOST_AUTO_TEST_CASE(thousands_of_changes_end_in_equal_contents) {
    Chain chain;
    tests::Population population(chain.county.hub, 1);
    const auto made = population.change(2'200);
    BOOST_TEST(population.removed() > 20U);
    auto upstream = chain.upstream();
    upstream.page_count = 150;
    Puller puller(upstream, chain.city.services());
    const auto sum = pull_all(puller);
    BOOST_TEST(sum.entries == made);
    BOOST_TEST(sum.written == made);
    BOOST_TEST(sum.refused == 0U);
    BOOST_TEST(chain.city.contents() == chain.county.hub.contents(), "contents differ");
    BOOST_TEST(chain.city.versions() == chain.county.hub.versions());
    BOOST_TEST(puller.status().newest == puller.status().position);
    BOOST_TEST(puller.status().tokens == 1U);
    // Nothing new: nothing is written, and the position stands.
    const auto again = puller.step();
    BOOST_REQUIRE(again);
    BOOST_TEST(again->entries == 0U);
    BOOST_TEST(again->to == again->from);
}

BOOST_AUTO_TEST_CASE(what_was_pulled_is_found_by_search_and_keeps_its_owner_and_its_source_numbers) {
    Chain chain;
    chain.county.hub.put(
        R"({"resourceType":"Patient","id":"p1","meta":{"security":[{"code":"R"}]},"identifier":[{"system":"urn:s","value":"7"}]})");
    chain.county.hub.put(
        R"({"resourceType":"Patient","id":"p1","meta":{"security":[{"code":"R"}]},"identifier":[{"system":"urn:s","value":"8"}]})");
    Puller puller(chain.upstream(), chain.city.services());
    pull_all(puller);
    auto view = chain.city.store().view();
    const auto matches = search::find_matches(tests::registry(), *view, "Patient", "identifier=urn:s%7C8", 2, Limits{});
    BOOST_TEST(rule_of(matches ? Outcome() : matches.error()) == "");
    BOOST_REQUIRE(matches);
    BOOST_REQUIRE(matches->keys.size() == 1);
    const auto version = view->current({"Patient", "p1"});
    BOOST_REQUIRE((version && *version));
    BOOST_TEST((*version)->owner == "990102H0001");
    BOOST_TEST((*version)->labels.size() == 1U);
    const auto origin = exchange::read_origin(chain.city.store().fact(exchange::kOriginTable, "Patient/p1").value_or(""));
    BOOST_REQUIRE(origin);
    BOOST_TEST(origin->hub == "county");
    BOOST_TEST(origin->version == 2U);
    BOOST_TEST(origin->position == 2U);
}

BOOST_AUTO_TEST_CASE(cut_connections_restarts_and_writes_meanwhile_lose_and_double_nothing) {
    Chain chain;
    tests::Population population(chain.county.hub, 2);
    auto made = population.change(1'200);
    std::mt19937 random(20261120);
    std::deque<std::size_t> budgets;
    for (int count = 0; count < 12; ++count) budgets.push_back(std::uniform_int_distribution<std::size_t>(1'000, 9'000)(random));
    tests::CuttingProxy proxy(chain.county.port(), budgets);
    auto upstream = chain.upstream(proxy.url());
    upstream.page_count = 60;
    auto puller = std::make_unique<Puller>(upstream, chain.city.services());
    std::jthread writer([&] { made += population.change(900); });
    std::size_t applied = 0, failures = 0, steps = 0;
    bool writing = true;
    while (true) {
        const auto report = puller->step();
        ++steps;
        if (report) {
            applied += report->written + report->unchanged;
            if (!writing && !report->more) break;
            if (!report->more) {
                writer.join();
                writing = false;
            }
        } else {
            ++failures;
            // A cut inside of the headers leaves an answer without a media type: an error too, and asked again.
            const auto rule = rule_of(report.error());
            BOOST_TEST((rule == "exchange-cut" || rule == "exchange-media-type"), rule);
        }
        if (steps % 7 == 0) {
            // The hub above is started anew: only what is durable is known.
            puller.reset();
            chain.city.close();
            chain.city.open();
            puller = std::make_unique<Puller>(upstream, chain.city.services());
        }
    }
    BOOST_TEST(proxy.cuts() >= 3U);
    BOOST_TEST(failures >= 3U);
    BOOST_TEST(failures <= proxy.cuts()); // a connection cut behind its last byte has answered
    BOOST_TEST(applied == made);
    BOOST_TEST(chain.city.contents() == chain.county.hub.contents(), "contents differ");
    BOOST_TEST(chain.city.versions() == chain.county.hub.versions());
}

BOOST_AUTO_TEST_CASE(hubs_that_pull_each_other_do_not_echo) {
    Chain chain;
    tests::ServedHub city(chain.folder / "city-served", chain.clock, {tests::city_client()});
    tests::Population below(chain.county.hub, 3, "a-"), above(city.hub, 4, "b-");
    below.change(300);
    above.change(300);
    Puller up(chain.upstream(), city.hub.services());
    auto to_city = chain.upstream(city.url());
    to_city.name = "city";
    to_city.token.token_url = city.token_url();
    Puller down(to_city, chain.county.hub.services());
    for (int round = 0; round < 4; ++round) {
        below.change(20);
        pull_all(up);
        // Changed again before the echo of the round before comes back.
        below.change(20);
        above.change(20);
        BOOST_TEST(pull_all(down).refused == 0U);
    }
    BOOST_TEST(pull_all(up).refused == 0U);
    pull_all(down);
    BOOST_TEST(city.hub.contents() == chain.county.hub.contents(), "contents differ");
    const auto before = city.hub.versions() + chain.county.hub.versions();
    for (int round = 0; round < 3; ++round) {
        BOOST_TEST(pull_all(up).written == 0U);
        BOOST_TEST(pull_all(down).written == 0U);
    }
    BOOST_TEST(city.hub.versions() + chain.county.hub.versions() == before);
}

BOOST_AUTO_TEST_CASE(a_third_level_gets_the_same) {
    Chain chain;
    tests::ServedHub city(chain.folder / "city-served", chain.clock, {tests::city_client()});
    tests::Hub province(chain.folder / "province", chain.clock);
    tests::Population population(chain.county.hub, 5);
    population.change(250);
    Puller to_city(chain.upstream(), city.hub.services());
    pull_all(to_city);
    auto upstream = chain.upstream(city.url());
    upstream.name = "city";
    upstream.token.token_url = city.token_url();
    Puller to_province(upstream, province.services());
    pull_all(to_province);
    BOOST_TEST(province.contents() == chain.county.hub.contents(), "contents differ");
}

BOOST_AUTO_TEST_CASE(a_version_that_never_became_current_stays_so) {
    Chain chain;
    const auto result = [](const std::string& status, const std::string& value) {
        return R"({"resourceType":"Observation","id":"o1","status":")" + status + R"(","code":{"text":"x"},"valueString":")" + value +
               R"("})";
    };
    const auto put = [&](const std::string& json, store::Rank rank, std::int64_t second) {
        store::Commit commit;
        commit.writes.push_back(chain.county.hub.write(json));
        commit.writes.back().precedence = store::Precedence{"lis", "r1", {second * kMicrosecondsPerSecond}, rank};
        return chain.county.hub.apply(std::move(commit)).writes.front();
    };
    put(result("final", "1"), store::Rank::final_, 100);
    BOOST_TEST(put(result("preliminary", "0"), store::Rank::preliminary, 200).superseded);
    Puller puller(chain.upstream(), chain.city.services());
    pull_all(puller);
    auto current = chain.city.store().view()->current({"Observation", "o1"});
    BOOST_REQUIRE((current && *current));
    BOOST_TEST(((*current)->body.find("\"valueString\":\"1\"") != std::string::npos));
    BOOST_TEST(chain.city.versions() == 2U);
    put(result("corrected", "2"), store::Rank::corrected, 300);
    pull_all(puller);
    BOOST_TEST(chain.city.contents() == chain.county.hub.contents(), "contents differ");
}

BOOST_AUTO_TEST_CASE(what_the_caller_may_not_see_does_not_hold_the_position_back) {
    Chain chain;
    for (int number = 0; number < 5; ++number)
        chain.county.hub.put(R"({"resourceType":"Observation","id":"s)" + std::to_string(number) +
                             R"(","meta":{"security":[{"code":"PSY"}]},"status":"final","code":{"text":"x"}})");
    Puller puller(chain.upstream(), chain.city.services());
    const auto sum = pull_all(puller);
    BOOST_TEST(sum.entries == 0U);
    BOOST_TEST(puller.status().position == 5U);
    BOOST_TEST(chain.city.versions() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace huitong
