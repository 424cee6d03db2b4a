// What a commit does: versions, conflicts, guards, facts, precedence.
#include "unit/store/fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <future>
#include <sstream>
#include <thread>

using namespace huitong;
using namespace huitong::tests;
using store::Rank;

namespace {

struct Fixture {
    ScratchFolder folder;
    SetClock clock{kNewYear};
    std::shared_ptr<store::Store> store = open_in(folder.path(), &clock);

    std::string current(const std::string& id, const std::string& type = "Patient") { return brief(store->view()->current({type, id})); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(commit, Fixture)

BOOST_AUTO_TEST_CASE(a_created_resource_is_read_with_its_version_and_time) {
    const auto receipt = put(*store, write_of("Patient", "a", R"(,"active":true)"));
    BOOST_TEST(receipt.t == 1u);
    BOOST_TEST(receipt.writes[0].created);
    const auto version = store->view()->current({"Patient", "a"});
    BOOST_REQUIRE(version && *version);
    BOOST_TEST((*version)->body ==
               R"({"resourceType":"Patient","id":"a","meta":{"versionId":"1","lastUpdated":"2026-12-31T16:00:00.000Z"},"active":true})");
    BOOST_TEST((*version)->t_from == 1u);
    BOOST_TEST((*version)->actor == "test");
}

BOOST_AUTO_TEST_CASE(meta_that_is_there_stays_behind_what_the_store_adds) {
    store::Write write;
    write.key = {"Patient", "a"};
    write.body = R"({"resourceType":"Patient","id":"a","meta":{"source":"urn:x"}})";
    write.meta_at = write.body.find("\"source\"");
    put(*store, write);
    BOOST_TEST((*store->view()->current({"Patient", "a"}))->body ==
               R"({"resourceType":"Patient","id":"a","meta":{"versionId":"1","lastUpdated":"2026-12-31T16:00:00.000Z","source":"urn:x"}})");
}

BOOST_AUTO_TEST_CASE(an_update_makes_a_second_version_and_the_first_can_still_be_read) {
    put(*store, write_of("Patient", "a", R"(,"active":true)"));
    const auto receipt = put(*store, write_of("Patient", "a", R"(,"active":false)"));
    BOOST_TEST(!receipt.writes[0].created);
    BOOST_TEST(receipt.writes[0].version == 2u);
    BOOST_TEST(current("a") == R"(2:,"active":false)");
    BOOST_TEST(brief(store->view()->version({"Patient", "a"}, 1)) == R"(1:,"active":true)");
    BOOST_TEST(brief(store->view()->version({"Patient", "a"}, 3)) == "-");
}

BOOST_AUTO_TEST_CASE(the_same_body_again_writes_nothing) {
    put(*store, write_of("Patient", "a"));
    const auto receipt = put(*store, write_of("Patient", "a"));
    BOOST_TEST(receipt.writes[0].unchanged);
    BOOST_TEST(receipt.t == 1u);
    BOOST_TEST(store->now() == 1u);
}

BOOST_AUTO_TEST_CASE(a_deletion_leaves_a_marker_and_a_later_write_creates_anew) {
    put(*store, write_of("Patient", "a"));
    put(*store, removal_of("Patient", "a"));
    BOOST_TEST(current("a") == "2:deleted");
    BOOST_TEST(store->view()->current_key({"Patient", "a"}) == 0u);
    BOOST_TEST(store->view()->all("Patient").empty());
    BOOST_TEST(put(*store, removal_of("Patient", "a")).writes[0].unchanged);
    const auto receipt = put(*store, write_of("Patient", "a"));
    BOOST_TEST(receipt.writes[0].created);
    BOOST_TEST(current("a") == "3:");
}

BOOST_AUTO_TEST_CASE(deleting_what_never_was_writes_nothing) {
    BOOST_TEST(put(*store, removal_of("Patient", "nobody")).writes[0].unchanged);
    BOOST_TEST(current("nobody") == "-");
}

BOOST_AUTO_TEST_CASE(an_expected_version_that_is_not_current_refuses_the_whole_commit) {
    put(*store, write_of("Patient", "a"));
    auto late = write_of("Patient", "a", R"(,"active":true)");
    late.if_version = 2;
    const auto refused = store->commit_and_wait(commit_of({write_of("Patient", "b"), late}));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "store-conflict");
    BOOST_TEST(current("a") == "1:");
    BOOST_TEST(current("b") == "-");
    BOOST_TEST(store->now() == 1u);
    late.if_version = 1;
    BOOST_TEST(must(store->commit_and_wait(commit_of({late}))).writes[0].version == 2u);
}

BOOST_AUTO_TEST_CASE(expecting_nothing_fits_what_never_was_and_what_is_deleted) {
    auto fresh = write_of("Patient", "a");
    fresh.if_version = 0;
    put(*store, fresh);
    BOOST_TEST(rule_of(store->commit_and_wait(commit_of({fresh})).error()) == "store-conflict");
    put(*store, removal_of("Patient", "a"));
    put(*store, fresh);
    BOOST_TEST(current("a") == "3:");
}

BOOST_AUTO_TEST_CASE(facts_stand_or_fall_with_the_commit) {
    auto commit = commit_of({write_of("Patient", "a")});
    commit.facts = {{"links", "p1", "a"}, {"links", "p2", "b"}, {"links", "p3", "c"}, {"other", "p1", "x"}};
    must(store->commit_and_wait(commit));
    BOOST_TEST(store->fact("links", "p1").value_or("") == "a");
    BOOST_TEST(!store->fact("links", "p9"));
    const auto range = store->facts("links", "p1", "p3", 10);
    BOOST_REQUIRE(range.size() == 2u);
    BOOST_TEST(range[1].second == "b");
    auto refused = commit_of({write_of("Patient", "a", ",\"x\":1")});
    refused.writes[0].if_version = 7;
    refused.facts = {{"links", "p1", "lost"}};
    BOOST_TEST(!store->commit_and_wait(refused));
    BOOST_TEST(store->fact("links", "p1").value_or("") == "a");
    BOOST_TEST(store->write_facts({{"links", "p1", "", true}, {"links", "p4", "d"}}).has_value());
    BOOST_TEST(!store->fact("links", "p1"));
    BOOST_TEST(store->fact("links", "p4").value_or("") == "d");
}

BOOST_AUTO_TEST_CASE(facts_without_writes_leave_no_entry_in_the_log) {
    BOOST_TEST(store->write_facts({{"t", "k", "v"}}).has_value());
    BOOST_TEST(store->now() == 0u);
}

BOOST_AUTO_TEST_CASE(instants_of_the_log_never_go_back) {
    put(*store, write_of("Patient", "a"));
    clock.set({kNewYear.microseconds - kMicrosecondsPerDay});
    BOOST_TEST(put(*store, write_of("Patient", "b")).instant.microseconds == kNewYear.microseconds);
    clock.set({kNewYear.microseconds + 5});
    BOOST_TEST(put(*store, write_of("Patient", "c")).instant.microseconds == kNewYear.microseconds + 5);
}

BOOST_AUTO_TEST_CASE(ids_are_new_and_in_order_of_time) {
    std::string last = store->new_id();
    BOOST_TEST(last.size() == 26u);
    for (int step = 0; step < 1'000; ++step) {
        if (step % 100 == 0) clock.set({kNewYear.microseconds + step * 1'000});
        const auto next = store->new_id();
        BOOST_REQUIRE(last < next);
        last = next;
    }
}

BOOST_AUTO_TEST_CASE(facts_alone_go_before_writes_that_wait) {
    // While the writer's thread is held, three commits gather behind it.
    std::promise<void> release;
    store->on_commit([held = release.get_future().share()](store::LogTime) { held.wait(); });
    must(store->commit_and_wait(commit_of({write_of("Patient", "held")})));
    boost::asio::io_context context;
    std::string order;
    auto commit = [&](store::Commit one, char name) -> boost::asio::awaitable<void> {
        must(co_await store->commit(std::move(one)));
        order += name;
    };
    store::Commit facts;
    facts.facts.push_back({"t", "k", "v", false});
    boost::asio::co_spawn(context, commit(commit_of({write_of("Patient", "a")}), 'a'), boost::asio::detached);
    boost::asio::co_spawn(context, commit(commit_of({write_of("Patient", "b")}), 'b'), boost::asio::detached);
    boost::asio::co_spawn(context, commit(std::move(facts), 'f'), boost::asio::detached);
    context.poll();
    release.set_value();
    context.restart();
    context.run();
    BOOST_TEST(order == "fab");
}

BOOST_AUTO_TEST_CASE(facts_without_end_keep_no_write_waiting) {
    boost::asio::io_context context;
    std::string order;
    auto commit = [&](store::Commit one, char name) -> boost::asio::awaitable<void> {
        must(co_await store->commit(std::move(one)));
        order += name;
    };
    std::promise<void> ended;
    int groups = 0;
    // On the writer's thread, after each group: before it looks again there is a new fact, and from the first time on a write.
    store->on_commit([&](store::LogTime) {
        constexpr int kGroups = 20;
        if (groups == 0) boost::asio::co_spawn(context, commit(commit_of({write_of("Patient", "a")}), 'w'), boost::asio::detached);
        store::Commit facts;
        facts.facts.push_back({"t", "k", std::to_string(groups), false});
        if (groups < kGroups) boost::asio::co_spawn(context, commit(std::move(facts), 'f'), boost::asio::detached);
        context.restart();
        context.poll();
        if (++groups == kGroups) ended.set_value();
    });
    must(store->commit_and_wait(commit_of({write_of("Patient", "first")})));
    ended.get_future().wait();
    store.reset();
    BOOST_TEST(order.find('w') <= 2u, order);
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_instead_of_growing) {
    Limits limits;
    limits.writer_queue_max = 0;
    ScratchFolder other;
    const auto small = open_in(other.path(), &clock, &limits);
    const auto refused = small->commit_and_wait(commit_of({write_of("Patient", "a")}));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "store-queue-full");
    BOOST_TEST((refused.error().leading()->code == IssueCode::throttled));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(guards, Fixture)

namespace {

store::Write with_identifier(const std::string& id, const std::string& value, const std::string& system = "urn:s") {
    auto write = write_of("Patient", id, R"(,"x":")" + id + value + '"');
    write.rows.tokens.push_back({"identifier", system, value});
    return write;
}

store::Commit guarded(store::Write write, store::Guard guard, store::LogTime t) {
    auto commit = commit_of({std::move(write)});
    commit.guards.push_back(std::move(guard));
    commit.resolved_at = t;
    return commit;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_key_that_was_written_meanwhile_refuses_the_commit) {
    put(*store, with_identifier("a", "1"));
    const auto t = store->now();
    put(*store, with_identifier("b", "2"));
    const store::Guard guard{"Patient", "identifier", "urn:s", "2"};
    const auto refused = store->commit_and_wait(guarded(with_identifier("c", "2"), guard, t));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "store-guard");
    BOOST_TEST(store->commit_and_wait(guarded(with_identifier("c", "2"), guard, store->now())).has_value());
}

BOOST_AUTO_TEST_CASE(other_keys_do_not_matter) {
    const auto t = store->now();
    put(*store, with_identifier("a", "1"));
    for (const auto& guard : {store::Guard{"Patient", "identifier", "urn:s", "2"}, store::Guard{"Patient", "identifier", "urn:other", "1"},
                              store::Guard{"Patient", "name", "urn:s", "1"}, store::Guard{"Person", "identifier", "urn:s", "1"}})
        BOOST_TEST(store->commit_and_wait(guarded(with_identifier("b", guard.code + guard.param), guard, t)).has_value());
}

BOOST_AUTO_TEST_CASE(a_guard_without_system_holds_for_every_system) {
    const auto t = store->now();
    put(*store, with_identifier("a", "1", "urn:x"));
    BOOST_TEST(!store->commit_and_wait(guarded(with_identifier("b", "1"), {"Patient", "identifier", "*", "1"}, t)));
}

BOOST_AUTO_TEST_CASE(references_are_keys_too) {
    const auto t = store->now();
    auto write = write_of("Observation", "o");
    write.rows.references.push_back({"subject", "Patient", "a", "", ""});
    put(*store, write);
    BOOST_TEST(!store->commit_and_wait(guarded(write_of("Observation", "o2"), {"Observation", "subject", "Patient", "a"}, t)));
    BOOST_TEST(!store->commit_and_wait(guarded(write_of("Observation", "o2"), {"Observation", "subject", "*", "a"}, t)));
    BOOST_TEST(store->commit_and_wait(guarded(write_of("Observation", "o2"), {"Observation", "subject", "Group", "a"}, t)).has_value());
}

BOOST_AUTO_TEST_CASE(of_many_that_create_the_same_only_one_does) {
    constexpr int kThreads = 16;
    std::atomic<int> created{0}, refused{0};
    std::vector<std::thread> threads;
    for (int index = 0; index < kThreads; ++index) {
        threads.emplace_back([&, index] {
            const auto done = store->commit_and_wait(
                guarded(with_identifier("p" + std::to_string(index), "same"), {"Patient", "identifier", "urn:s", "same"}, 0));
            ++(done ? created : refused);
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(created == 1);
    BOOST_TEST(refused == kThreads - 1);
    BOOST_TEST(store->view()->tokens("Patient", "identifier", "urn:s", "same").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(precedence)

BOOST_AUTO_TEST_CASE(the_higher_rank_then_the_later_source_time_stays_current) {
    // writes in order of arrival: rank, source time, body; then the body that is current.
    const auto table = read_vectors("store/precedence.tsv");
    BOOST_REQUIRE(table.rows.size() > 8u);
    const std::map<char, Rank> ranks = {{'P', Rank::preliminary}, {'F', Rank::final_}, {'C', Rank::corrected}, {'V', Rank::voided}};
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT(table.cell(row, "name")) {
            ScratchFolder folder;
            const auto store = open_in(folder.path());
            std::string superseded;
            std::istringstream writes{std::string(table.cell(row, "writes"))};
            for (std::string one; writes >> one;) { // "F10a": rank F, time 10, body a
                auto write = write_of("Observation", "o", R"(,"b":")" + one.substr(one.size() - 1) + '"');
                store::Precedence precedence;
                precedence.source = "lis";
                precedence.business_key = "r1.K";
                precedence.source_time = {std::stoll(one.substr(1))};
                precedence.rank = ranks.at(one[0]);
                write.precedence = precedence;
                const auto receipt = put(*store, write).writes[0];
                superseded += receipt.unchanged ? '=' : receipt.superseded ? '-' : '+';
            }
            const auto now = brief(store->view()->current({"Observation", "o"}));
            BOOST_TEST(now.substr(now.size() - 2, 1) == table.cell(row, "current"));
            BOOST_TEST(superseded == table.cell(row, "outcome"));
        }
    }
}

BOOST_AUTO_TEST_CASE(of_two_messages_of_one_time_the_later_one_stays_also_when_the_other_is_applied_again) {
    ScratchFolder folder;
    const auto store = open_in(folder.path());
    auto apply = [&](const std::string& message, const std::string& body) {
        auto write = write_of("Observation", "o", R"(,"b":")" + body + '"');
        store::Precedence precedence;
        precedence.source = "lis";
        precedence.business_key = "k";
        precedence.source_time = {10};
        write.precedence = precedence;
        auto commit = commit_of({std::move(write)});
        commit.message_id = message;
        return must(store->commit_and_wait(std::move(commit))).writes[0].superseded;
    };
    BOOST_TEST(!apply("M000000000009", "nine"));
    BOOST_TEST(!apply("M000000000010", "ten"));
    BOOST_TEST(apply("M000000000009", "nine by another map"));
    BOOST_TEST(!apply("M000000000010", "ten by another map"));
    BOOST_TEST(brief(store->view()->current({"Observation", "o"})) == R"(4:,"b":"ten by another map")");
}

BOOST_AUTO_TEST_CASE(a_superseded_version_is_in_the_history_and_in_no_search) {
    ScratchFolder folder;
    const auto store = open_in(folder.path());
    auto send = [&](std::int64_t time, const std::string& code) {
        auto write = write_of("Observation", "o", R"(,"c":")" + code + '"');
        write.rows.tokens.push_back({"code", "s", code});
        store::Precedence precedence;
        precedence.source = "lis";
        precedence.business_key = "k";
        precedence.source_time = {time};
        write.precedence = precedence;
        return put(*store, write);
    };
    send(20, "new");
    BOOST_TEST(send(10, "old").writes[0].superseded);
    const auto view = store->view();
    BOOST_TEST(view->tokens("Observation", "code", "s", "old").empty());
    BOOST_TEST(view->tokens("Observation", "code", "s", "new").size() == 1u);
    BOOST_TEST(brief(view->version({"Observation", "o"}, 2)) == R"(2:,"c":"old")");
    BOOST_TEST(view->history("Observation", "o", {})->size() == 2u);
    BOOST_TEST(store->verify_log().empty());
    send(30, "newest");
    BOOST_TEST(brief(store->view()->current({"Observation", "o"})) == R"(3:,"c":"newest")");
}

BOOST_AUTO_TEST_CASE(keys_of_other_sources_and_writes_without_precedence_do_not_compete) {
    ScratchFolder folder;
    const auto store = open_in(folder.path());
    auto send = [&](const std::string& source, std::int64_t time, const std::string& body) {
        auto write = write_of("Observation", "o", body);
        store::Precedence precedence;
        precedence.source = source;
        precedence.business_key = "k";
        precedence.source_time = {time};
        write.precedence = precedence;
        return put(*store, write).writes[0].superseded;
    };
    BOOST_TEST(!send("a", 20, ",\"x\":1"));
    BOOST_TEST(!send("b", 10, ",\"x\":2"));
    BOOST_TEST(!put(*store, write_of("Observation", "o", ",\"x\":3")).writes[0].superseded);
    BOOST_TEST(send("a", 15, ",\"x\":4"));
}

BOOST_AUTO_TEST_SUITE_END()
