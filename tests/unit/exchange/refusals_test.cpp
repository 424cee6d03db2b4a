/// What a pull does when the other side refuses, errs or lies: a clear Outcome, nothing changed, and a later step goes on.
#include "exchange/backoff.hpp"
#include "support/files.hpp"
#include "unit/exchange/chaining.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/test/unit_test.hpp>

#include <future>

namespace huitong {
namespace {

using exchange::Puller;
using tests::Chain;
using tests::pull_all;
using tests::rule_of;

/// Answers every request with the same words, and holds `stall` back until it is told.
class FixedDoor final : public rest::Door {
public:
    boost::asio::awaitable<rest::HttpResponse> answer(rest::HttpRequest request) override {
        ++requests;
        if (stall.valid()) stall.wait();
        rest::HttpResponse response;
        response.status = status;
        response.set("Content-Type", content_type);
        if (!retry_after.empty()) response.set("Retry-After", retry_after);
        response.body = body;
        (void)request;
        co_return response;
    }
    int status = 200;
    std::string content_type = "application/fhir+json; charset=utf-8", body, retry_after;
    std::shared_future<void> stall;
    std::atomic<int> requests{0};
};

/// A server that is no hub, and a hub above that asks it.
struct Liar {
    Liar() : server(io, workers, limits), city(folder / "city", clock) {
        if (!server.bind("127.0.0.1:0")) throw std::runtime_error("cannot bind");
        server.set_routes({{"/fhir", &door}});
        server.start();
        thread = std::thread([this] { io.run(); });
    }
    ~Liar() {
        server.stop();
        workers.join();
        io.stop();
        thread.join();
    }
    exchange::Upstream upstream() const {
        exchange::Upstream out;
        out.name = "liar";
        out.url = "http://" + server.address() + "/fhir";
        return out;
    }

    tests::Folder folder;
    SystemClock clock;
    Limits limits;
    FixedDoor door;
    boost::asio::io_context io;
    boost::asio::thread_pool workers{2};
    rest::Server server;
    std::thread thread;
    tests::Hub city;
};

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_AUTO_TEST_CASE(an_answer_that_is_no_page_is_refused_whole) {
    const auto table = tests::read_vectors("exchange/pages.tsv");
    Liar liar;
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line << " " << table.cell(row, "name")) {
            liar.door.status = std::stoi(std::string(table.cell(row, "status")));
            liar.door.content_type = table.cell(row, "content type");
            liar.door.body = table.cell(row, "body");
            auto upstream = liar.upstream();
            upstream.name = "liar-" + std::to_string(row.line);
            Puller puller(upstream, liar.city.services());
            const auto report = puller.step();
            BOOST_TEST(rule_of(report ? Outcome() : report.error()) == table.cell(row, "rule"));
            BOOST_TEST(puller.position() == (report ? "seq-9-00000000" : "seq-0"));
            BOOST_TEST(puller.status().failures_in_a_row == (report ? 0U : 1U));
            BOOST_TEST(liar.city.versions() == 1U); // the first row is the good page
        }
    }
}

BOOST_AUTO_TEST_CASE(a_silent_hub_times_out_and_a_stop_does_not_wait_for_it) {
    Liar liar;
    std::promise<void> go_on;
    liar.door.stall = go_on.get_future().share();
    auto upstream = liar.upstream();
    upstream.http.answer_timeout_ms = 300;
    Puller impatient(upstream, liar.city.services());
    const auto report = impatient.step();
    BOOST_REQUIRE(!report);
    BOOST_TEST(rule_of(report.error()) == "exchange-timeout");
    Puller patient(liar.upstream(), liar.city.services());
    std::jthread running([&](const std::stop_token& stop) { patient.run(stop); });
    while (liar.door.requests < 2) std::this_thread::yield();
    running.request_stop();
    running.join(); // ends though the answer never came
    BOOST_TEST(rule_of(patient.status().last_failure) == "exchange-cancelled");
    go_on.set_value();
}

BOOST_AUTO_TEST_CASE(a_hub_that_is_down_is_unreachable_and_found_again) {
    Chain chain;
    chain.county.hub.put(R"({"resourceType":"Patient","id":"p1"})");
    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor unused(io, {boost::asio::ip::address_v4::loopback(), 0});
    const auto port = unused.local_endpoint().port();
    unused.close();
    Puller puller(chain.upstream("http://127.0.0.1:" + std::to_string(port) + "/fhir"), chain.city.services());
    const auto report = puller.step();
    BOOST_REQUIRE(!report);
    BOOST_TEST(rule_of(report.error()) == "exchange-unreachable");
    Puller again(chain.upstream(), chain.city.services());
    BOOST_TEST(pull_all(again).written == 1U);
}

BOOST_AUTO_TEST_CASE(plain_http_leaves_this_machine_only_when_allowed) {
    Chain chain;
    auto upstream = chain.upstream("http://hub.invalid/fhir");
    upstream.token.token_url.clear();
    Puller puller(upstream, chain.city.services());
    BOOST_TEST(rule_of(puller.step().error()) == "exchange-plain-http");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_too_long_is_asked_for_in_smaller_pages) {
    Chain chain;
    tests::Population population(chain.county.hub, 9);
    population.change(300);
    auto upstream = chain.upstream();
    upstream.http.answer_bytes_max = 20'000;
    Puller puller(upstream, chain.city.services());
    std::size_t failures = 0;
    for (bool more = true; more && failures < 100;) {
        const auto report = puller.step();
        if (!report) {
            ++failures;
            BOOST_TEST(rule_of(report.error()) == "exchange-answer-bytes");
        }
        more = !report || report->more;
    }
    BOOST_TEST(failures > 0U);
    BOOST_TEST(chain.city.contents() == chain.county.hub.contents(), "contents differ");
}

BOOST_AUTO_TEST_CASE(a_token_that_ends_on_the_way_is_renewed_once) {
    Chain chain;
    SetClock below({1'800'000'000LL * kMicrosecondsPerSecond}), above({1'800'000'000LL * kMicrosecondsPerSecond});
    tests::ServedHub county(chain.folder / "county-set", below, {tests::city_client()});
    tests::Hub city(chain.folder / "city-set", above);
    tests::Population population(county.hub, 6);
    population.change(120);
    auto upstream = chain.upstream(county.url());
    upstream.token.token_url = county.token_url();
    upstream.page_count = 50;
    Puller puller(upstream, city.services());
    BOOST_REQUIRE(puller.step());
    // Only the clock below goes on: the token still looks good from above.
    below.set({below.now().microseconds + 301 * kMicrosecondsPerSecond});
    while (true) {
        const auto report = puller.step();
        BOOST_REQUIRE(report);
        if (!report->more) break;
    }
    BOOST_TEST(puller.status().tokens == 2U);
    BOOST_TEST(puller.status().failures == 0U);
    BOOST_TEST(city.contents() == county.hub.contents(), "contents differ");
}

BOOST_AUTO_TEST_CASE(clocks_that_differ_by_an_hour_are_reconciled_by_the_refusals_date) {
    for (const std::int64_t seconds : {-3'600, -170, 170, 3'600}) {
        Chain chain;
        SetClock below({1'800'000'000LL * kMicrosecondsPerSecond}), above({(1'800'000'000LL + seconds) * kMicrosecondsPerSecond});
        tests::ServedHub county(chain.folder / "county-set", below, {tests::city_client()});
        tests::Hub city(chain.folder / "city-set", above);
        county.hub.put(R"({"resourceType":"Patient","id":"p1"})");
        auto upstream = chain.upstream(county.url());
        upstream.token.token_url = county.token_url();
        Puller puller(upstream, city.services());
        BOOST_TEST(pull_all(puller).written == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_key_gets_no_token_and_the_right_one_goes_on) {
    Chain chain;
    chain.county.hub.put(R"({"resourceType":"Patient","id":"p1"})");
    chain.write_key(tests::make_key_pair("city-1").private_pem);
    Puller puller(chain.upstream(), chain.city.services());
    const auto refused = puller.step();
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "exchange-token");
    chain.write_key("no key at all");
    BOOST_TEST(rule_of(puller.step().error()) == "exchange-key");
    chain.write_key(tests::city_key().private_pem);
    BOOST_TEST(pull_all(puller).written == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_without_the_scope_is_told_so) {
    Chain chain;
    auto narrow = tests::city_client();
    narrow.scopes = {"system/Patient.rs"};
    tests::ServedHub county(chain.folder / "narrow", chain.clock, {narrow});
    auto upstream = chain.upstream(county.url());
    upstream.token.token_url = county.token_url();
    upstream.token.scope.clear();
    Puller puller(upstream, chain.city.services());
    const auto refused = puller.step();
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "exchange-unauthorized");
    BOOST_TEST(puller.status().tokens == 2U);
}

BOOST_AUTO_TEST_CASE(a_source_that_was_restored_from_a_backup_is_noticed_and_pulled_anew) {
    Chain chain;
    {
        tests::ServedHub county(chain.folder / "before", chain.clock, {tests::city_client()});
        for (int number = 0; number < 6; ++number)
            county.hub.put(R"({"resourceType":"Patient","id":"p)" + std::to_string(number) + R"(","birthDate":"1956-03-14"})");
        auto upstream = chain.upstream(county.url());
        upstream.token.token_url = county.token_url();
        Puller puller(upstream, chain.city.services());
        pull_all(puller);
    }
    // Another log under the same address: shorter, then as long.
    for (const int count : {3, 9}) {
        tests::ServedHub county(chain.folder / ("after" + std::to_string(count)), chain.clock, {tests::city_client()});
        for (int number = 0; number < count; ++number)
            county.hub.put(R"({"resourceType":"Patient","id":"p)" + std::to_string(number) + R"(","birthDate":"1957-03-14"})");
        auto upstream = chain.upstream(county.url());
        upstream.token.token_url = county.token_url();
        Puller puller(upstream, chain.city.services());
        BOOST_TEST(rule_of(puller.step().error()) == "exchange-position");
        BOOST_REQUIRE(puller.start_anew());
        const auto sum = pull_all(puller);
        BOOST_TEST(sum.refused == 0U);
        BOOST_TEST(sum.written == (count == 3 ? 3U : 6U));
        for (const auto& [reference, digest] : county.hub.contents()) BOOST_TEST(chain.city.contents()[reference] == digest);
    }
}

BOOST_AUTO_TEST_CASE(waits_double_up_to_a_maximum_and_are_spread) {
    BOOST_TEST(exchange::backoff_ms(1, 1'000, 300'000, 0.0) == 500U);
    BOOST_TEST(exchange::backoff_ms(1, 1'000, 300'000, 0.999) == 999U);
    BOOST_TEST(exchange::backoff_ms(4, 1'000, 300'000, 0.0) == 4'000U);
    BOOST_TEST(exchange::backoff_ms(40, 1'000, 300'000, 0.0) == 150'000U);
    BOOST_TEST(exchange::backoff_ms(4'000'000'000U, 1'000, 300'000, 0.5) == 225'000U);
    Liar liar;
    liar.door.status = 503;
    liar.door.retry_after = "7";
    Puller puller(liar.upstream(), liar.city.services(), [] { return 0.0; });
    const auto report = puller.step();
    BOOST_TEST(rule_of(report.error()) == "exchange-busy");
    BOOST_TEST(puller.wait_ms(report) == 7'000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace huitong
