// The durable inbox: durable before anybody is told, applied exactly once in effect, duplicates known, nothing lost over a restart.
#include "feeds/durable_inbox.hpp"
#include "support/awaited.hpp"
#include "support/folder.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

using namespace huitong;
using namespace huitong::feeds;
using tests::awaited;
using tests::Folder;

namespace {

constexpr int kEnded = 70; ///< exit code of a process that a message ended

/// Applies by writing the status fact alone, as told.
class FactApplier final : public Applier {
public:
    explicit FactApplier(store::Store& store) : store_(store) {}
    bool refuses = false; ///< messages become dead letters
    bool forgets = false; ///< a crash before the commit
    std::atomic<int> calls{0};
    std::atomic<int> throws{0};          ///< so many runs end with an exception
    std::shared_future<void> waits_for;  ///< a run that stands still until then
    static inline bool ends_hub = false; ///< "ENDS" in a message ends the process, as a defect of a decoder does; set in child processes

    boost::asio::awaitable<Receipt> apply(StoredMessage message) override {
        ++calls;
        if (ends_hub && message.message.bytes.find("ENDS") != std::string::npos) std::_Exit(kEnded);
        if (throws > 0 && throws-- > 0) throw store::ReadFailure("the disk");
        if (waits_for.valid()) waits_for.wait();
        co_return co_await write(std::move(message));
    }

    boost::asio::awaitable<Receipt> give_up(StoredMessage message, Outcome why) override {
        Receipt receipt;
        receipt.id = message.id;
        receipt.disposition = Disposition::dead_letter;
        receipt.issues = std::move(why);
        co_return co_await keep(std::move(receipt));
    }

private:
    boost::asio::awaitable<Receipt> write(StoredMessage message) {
        Receipt receipt;
        receipt.id = message.id;
        if (refuses) {
            receipt.disposition = Disposition::dead_letter;
            receipt.issues = error(IssueCode::processing, "", "feed-no-resources");
        }
        if (forgets) co_return receipt;
        co_return co_await keep(std::move(receipt));
    }

    boost::asio::awaitable<Receipt> keep(Receipt receipt) {
        store::Commit commit;
        store::FactWrite fact{std::string(kMessageFacts), receipt.id, write_status(receipt, {}, {}), false};
        commit.facts.push_back(std::move(fact));
        auto done = co_await store_.commit(std::move(commit));
        BOOST_TEST(done.has_value());
        co_return receipt;
    }

    store::Store& store_;
};

/// A hub's inbox on a folder; making a second one after the first is a restart.
struct Desk {
    explicit Desk(const Folder& folder, bool forgets = false, bool refuses = false, std::set<SourceId> refusing_reuse = {}) {
        JournalOptions options;
        options.directory = folder.file("inbox");
        journal = std::move(*Journal::open(options));
        store::StoreOptions place;
        place.directory = folder.file("data");
        store = std::move(*store::open_store(place));
        applier = std::make_unique<FactApplier>(*store);
        applier->forgets = forgets;
        applier->refuses = refuses;
        inbox = std::make_unique<DurableInbox>(*journal, *store, *applier, workers, limits, clock);
        inbox->refuse_control_id_reuse(std::move(refusing_reuse));
        BOOST_REQUIRE(inbox->recover().empty());
    }
    ~Desk() { workers.join(); }

    Receipt take(RawMessage message, bool waits = true) { return awaited(take_and_wait(std::move(message), waits)); }

    Limits limits;
    SystemClock clock;
    std::unique_ptr<Journal> journal;
    std::shared_ptr<store::Store> store;
    std::unique_ptr<FactApplier> applier;
    boost::asio::thread_pool workers{2};
    std::unique_ptr<DurableInbox> inbox;

private:
    boost::asio::awaitable<Receipt> take_and_wait(RawMessage message, bool waits) {
        auto ticket = co_await inbox->take(std::move(message));
        if (!waits || ticket.stored.disposition == Disposition::throttled) co_return ticket.stored;
        auto receipt = co_await std::move(ticket.applied);
        if (ticket.stored.disposition == Disposition::duplicate) receipt.disposition = Disposition::duplicate;
        co_return receipt;
    }
};

RawMessage message(const std::string& control_id, const std::string& body = "PID|1", const std::string& time = "20261120") {
    RawMessage out;
    out.source = "lis";
    out.media_type = "x-application/hl7-v2+er7";
    out.control_id = control_id;
    out.sender = "LIS|A";
    out.bytes = "MSH|^~\\&|LIS|A|HIP|CITY|" + time + "||ORU^R01|" + control_id + "|P|2.4\r" + body;
    out.order_keys = {"patient-1"};
    out.received_at = SystemClock().now();
    return out;
}

/// A start of the hub in a process of its own, up to the end of all that it finds; its exit code.
int start_in_a_child(const Folder& folder) {
    const auto child = fork();
    if (child == 0) {
        FactApplier::ends_hub = true;
        { const Desk desk(folder); } // waits for all runs
        std::_Exit(0);
    }
    int status = 0;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

RawMessage of_patient(RawMessage message, const std::string& key) {
    message.order_keys = {key};
    return message;
}

} // namespace

BOOST_AUTO_TEST_SUITE(durable_inbox)

BOOST_AUTO_TEST_CASE(a_message_is_applied_and_its_bytes_are_kept_as_they_came) {
    const Folder folder;
    Desk desk(folder);
    const auto sent = message("C1");
    const auto receipt = desk.take(sent);
    BOOST_CHECK(receipt.disposition == Disposition::accepted);
    const auto kept = desk.inbox->find(receipt.id);
    BOOST_REQUIRE(kept);
    BOOST_TEST(kept->message.bytes == sent.bytes);
    BOOST_TEST(kept->message.control_id == "C1");
}

BOOST_AUTO_TEST_CASE(the_same_message_once_more_gets_the_same_answer_and_does_nothing) {
    const Folder folder;
    Desk desk(folder);
    const auto first = desk.take(message("C1"));
    const auto second = desk.take(message("C1"));
    BOOST_CHECK(second.disposition == Disposition::duplicate);
    BOOST_TEST(second.id == first.id);
    BOOST_TEST(desk.applier->calls == 1);
}

BOOST_AUTO_TEST_CASE(a_repetition_with_a_new_sending_time_is_a_duplicate_too) {
    const Folder folder;
    Desk desk(folder);
    desk.take(message("C1", "PID|1", "20261120"));
    BOOST_CHECK(desk.take(message("C1", "PID|1", "20261121")).disposition == Disposition::duplicate);
}

BOOST_AUTO_TEST_CASE(a_row_that_goes_back_to_what_it_was_is_applied_again) {
    const Folder folder;
    Desk desk(folder);
    desk.take(message("T:1", "state A"));
    desk.take(message("T:1", "state B"));
    BOOST_CHECK(desk.take(message("T:1", "state A")).disposition == Disposition::accepted);
    BOOST_CHECK(desk.take(message("T:1", "state A")).disposition == Disposition::duplicate);
    BOOST_CHECK(desk.take(message("T:2", "state A")).disposition == Disposition::accepted);
    BOOST_TEST(desk.applier->calls == 4);
}

BOOST_AUTO_TEST_CASE(a_row_that_goes_back_is_applied_again_also_when_the_hub_was_started_in_between) {
    const Folder folder;
    { Desk(folder).take(message("T:1", "state A")); }
    { Desk(folder).take(message("T:1", "state B")); }
    { BOOST_CHECK(Desk(folder).take(message("T:1", "state A")).disposition == Disposition::accepted); }
    Desk desk(folder);
    BOOST_CHECK(desk.take(message("T:1", "state A")).disposition == Disposition::duplicate);
    BOOST_CHECK(desk.take(message("T:1", "state B")).disposition == Disposition::accepted);
}

BOOST_AUTO_TEST_CASE(without_a_control_id_the_content_alone_says_what_was_there) {
    const Folder folder;
    Desk desk(folder);
    desk.take(message("", "row A"));
    desk.take(message("", "row B"));
    BOOST_CHECK(desk.take(message("", "row A")).disposition == Disposition::duplicate);
}

BOOST_AUTO_TEST_CASE(a_message_that_ends_the_hub_is_a_dead_letter_at_the_fourth_start_and_takes_no_other_with_it) {
    const Folder folder;
    MessageId ending;
    {
        Desk crashed(folder, true);
        ending = crashed.take(of_patient(message("C1", "ENDS"), "patient-1")).id;
        for (int number = 2; number < 6; ++number) {
            const auto n = std::to_string(number);
            crashed.take(of_patient(message("C" + n, "PID|1"), "patient-" + n));
        }
        crashed.take(of_patient(message("C6", "PID|1"), "patient-1"));
    }
    for (std::uint32_t start = 0; start < kBeginningsMax; ++start) BOOST_TEST(start_in_a_child(folder) == kEnded);
    Desk again(folder);
    again.workers.join();
    const auto status = again.store->fact(std::string(kMessageFacts), ending);
    BOOST_REQUIRE(status);
    const auto receipt = read_status(ending, *status);
    BOOST_CHECK(receipt.disposition == Disposition::dead_letter);
    BOOST_TEST(receipt.issues.leading()->rule == "inbox-ends-hub");
    for (std::uint64_t number = 2; number < 7; ++number) {
        const auto other = again.store->fact(std::string(kMessageFacts), message_id(number));
        BOOST_REQUIRE(other);
        BOOST_CHECK(read_status(message_id(number), *other).disposition == Disposition::accepted);
    }
    BOOST_TEST(again.store->facts(std::string(kBegunFacts), "", "~", 10).empty());
}

BOOST_AUTO_TEST_CASE(a_message_that_could_not_be_applied_at_many_starts_did_not_end_the_hub) {
    const Folder folder;
    MessageId id;
    {
        Desk crashed(folder, true);
        id = crashed.take(message("C1")).id;
    }
    for (int start = 0; start < 5; ++start) {
        const Desk desk(folder, true);
    }
    Desk again(folder);
    again.workers.join();
    BOOST_TEST(again.applier->calls == 1);
}

BOOST_AUTO_TEST_CASE(a_feed_that_refuses_reuse_takes_a_control_id_once_also_after_a_restart) {
    const Folder folder;
    {
        Desk desk(folder, false, false, {"lis"});
        BOOST_CHECK(desk.take(message("C1", "PID|1"), false).disposition == Disposition::accepted);
        BOOST_CHECK(desk.take(message("C1", "PID|1"), false).disposition == Disposition::duplicate);
        const auto again = desk.take(message("C1", "PID|2"), false);
        BOOST_CHECK(again.disposition == Disposition::dead_letter);
        BOOST_TEST(again.issues.leading()->rule == "inbox-control-id-reused");
    }
    Desk desk(folder, false, false, {"lis"});
    BOOST_CHECK(desk.take(message("C1", "PID|3"), false).disposition == Disposition::dead_letter);
    BOOST_CHECK(desk.take(message("C2", "PID|3"), false).disposition == Disposition::accepted);
}

BOOST_AUTO_TEST_CASE(a_restarted_counter_with_other_content_is_another_message) {
    const Folder folder;
    Desk desk(folder);
    desk.take(message("C1", "PID|1||A"));
    BOOST_CHECK(desk.take(message("C1", "PID|1||B")).disposition == Disposition::accepted);
    BOOST_TEST(desk.applier->calls == 2);
}

BOOST_AUTO_TEST_CASE(duplicates_are_known_after_a_restart) {
    const Folder folder;
    { Desk(folder).take(message("C1")); }
    Desk again(folder);
    BOOST_CHECK(again.take(message("C1")).disposition == Disposition::duplicate);
    BOOST_TEST(again.applier->calls == 0);
}

BOOST_AUTO_TEST_CASE(what_was_stored_but_not_applied_is_applied_at_the_next_start) {
    const Folder folder;
    MessageId id;
    {
        Desk crashed(folder, true);
        id = crashed.take(message("C1")).id;
        BOOST_TEST(!crashed.store->fact(std::string(kMessageFacts), id));
    }
    Desk again(folder);
    again.workers.join();
    BOOST_TEST(again.applier->calls == 1);
    BOOST_TEST(again.store->fact(std::string(kMessageFacts), id).has_value());
}

BOOST_AUTO_TEST_CASE(a_dead_letter_can_be_replayed) {
    const Folder folder;
    Desk desk(folder, false, true);
    const auto receipt = desk.take(message("C1"));
    BOOST_CHECK(receipt.disposition == Disposition::dead_letter);
    desk.applier->refuses = false;
    const auto replayed = awaited(desk.inbox->replay(receipt.id));
    BOOST_CHECK(replayed.disposition == Disposition::accepted);
}

BOOST_AUTO_TEST_CASE(a_full_backlog_throttles_instead_of_growing) {
    const Folder folder;
    Desk desk(folder);
    desk.limits.pipeline_backlog_max = 0;
    const auto receipt = desk.take(message("C1"), false);
    BOOST_CHECK(receipt.disposition == Disposition::throttled);
    BOOST_TEST(receipt.id.empty());
    desk.limits.pipeline_backlog_max = 100;
    BOOST_CHECK(desk.take(message("C1")).disposition == Disposition::accepted); // it was not remembered as seen
}

BOOST_AUTO_TEST_CASE(a_feed_may_have_as_much_unapplied_as_is_still_free) {
    const Folder folder;
    Desk desk(folder);
    desk.limits.pipeline_backlog_max = 8;
    std::promise<void> open;
    desk.applier->waits_for = open.get_future().share();
    const auto taken = [&](const std::string& feed, const std::string& control) {
        auto one = message(control, "PID|1||" + control);
        one.source = feed;
        return desk.take(std::move(one), false).disposition == Disposition::accepted;
    };
    int flood = 0;
    while (flood < 8 && taken("flood", "F" + std::to_string(flood))) ++flood;
    BOOST_TEST(flood == 4);
    BOOST_TEST(taken("lis", "L1"));
    BOOST_TEST(!taken("flood", "F9"));
    open.set_value();
}

BOOST_AUTO_TEST_CASE(a_flood_of_the_same_message_from_many_connections_is_applied_once) {
    const Folder folder;
    Desk desk(folder);
    std::vector<std::future<Receipt>> answers;
    for (int sender = 0; sender < 16; ++sender) answers.push_back(std::async(std::launch::async, [&] { return desk.take(message("C1")); }));
    MessageId id;
    for (auto& answer : answers) {
        const auto receipt = answer.get();
        BOOST_TEST((id.empty() || receipt.id == id));
        id = receipt.id;
    }
    BOOST_TEST(desk.applier->calls == 1);
}

BOOST_AUTO_TEST_CASE(a_run_that_ends_with_an_exception_is_tried_again_and_the_patients_next_message_waits_for_it) {
    const Folder folder;
    Desk desk(folder);
    desk.applier->throws = 2;
    const auto first = desk.take(message("C1", "PID|1||A"), false);
    const auto second = desk.take(message("C2", "PID|1||B"));
    BOOST_CHECK(second.disposition == Disposition::accepted);
    BOOST_TEST(desk.store->fact(std::string(kMessageFacts), first.id).has_value());
    BOOST_TEST(desk.inbox->failures() == 2U);
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_be_applied_now_is_left_to_the_next_start_and_holds_nobody_up) {
    const Folder folder;
    MessageId id;
    {
        Desk desk(folder);
        desk.applier->throws = 4;
        id = desk.take(message("C1", "PID|1||A"), false).id;
        BOOST_CHECK(desk.take(message("C2", "PID|1||B")).disposition == Disposition::accepted);
        BOOST_TEST(!desk.store->fact(std::string(kMessageFacts), id));
    }
    Desk again(folder);
    again.workers.join();
    BOOST_TEST(again.store->fact(std::string(kMessageFacts), id).has_value());
}

BOOST_AUTO_TEST_CASE(a_message_that_is_replayed_twice_at_once_runs_once_more_and_its_patients_later_messages_go_on) {
    const Folder folder;
    Desk desk(folder);
    const auto first = desk.take(message("C1", "PID|1||A"));
    std::promise<void> gate;
    desk.applier->waits_for = gate.get_future().share();
    BOOST_TEST(desk.inbox->start_replay(first.id).empty());
    BOOST_TEST(desk.inbox->start_replay(first.id).empty());
    auto asked = std::async(std::launch::async, [&] { return awaited(desk.inbox->replay(first.id)); });
    auto later = std::async(std::launch::async, [&] { return desk.take(message("C2", "PID|1||B")); });
    while (desk.inbox->received() < 2) std::this_thread::yield();
    gate.set_value();
    BOOST_CHECK(asked.get().disposition == Disposition::accepted);
    BOOST_CHECK(later.get().disposition == Disposition::accepted);
    BOOST_TEST(desk.inbox->backlog() == 0U);
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_record_can_give_up_while_the_applier_stands_still) {
    using namespace boost::asio::experimental::awaitable_operators;
    const Folder folder;
    Desk desk(folder);
    std::promise<void> gate;
    desk.applier->waits_for = gate.get_future().share();
    auto impatient = [](Inbox& inbox) -> boost::asio::awaitable<bool> {
        auto ticket = co_await inbox.take(message("C1"));
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::chrono::milliseconds(20));
        auto first = co_await (std::move(ticket.applied) || timer.async_wait(boost::asio::use_awaitable));
        co_return first.index() == 1; // the timer; the applier has not moved yet
    };
    BOOST_TEST(awaited(impatient(*desk.inbox)));
    gate.set_value();
    BOOST_CHECK(desk.take(message("C2")).disposition == Disposition::accepted);
    BOOST_TEST(desk.applier->calls == 2);
}

BOOST_AUTO_TEST_CASE(an_unknown_message_cannot_be_replayed) {
    const Folder folder;
    Desk desk(folder);
    const auto receipt = awaited(desk.inbox->replay("M000000000099"));
    BOOST_CHECK(receipt.disposition == Disposition::refused);
    BOOST_TEST(receipt.issues.leading()->rule == "inbox-unknown-message");
}

BOOST_AUTO_TEST_SUITE_END()
