// Jobs that wait: how many of one client, how many of all; the file of one goes out whole although the job is taken away.
#include "exchange/bulk/job_queue.hpp"
#include "unit/interaction/desk.hpp"

#include <fstream>

using namespace huitong;
using namespace huitong::tests;

namespace {

/// Jobs that do nothing until the gate opens.
struct Gated final : exchange::JobKind {
    Outcome run(exchange::BulkJob& job) override {
        std::unique_lock lock(mutex);
        opened.wait(lock, [&] { return is_open || job.stop.stop_requested(); });
        std::ofstream(job.folder + "/text.ndjson") << "whole";
        return {};
    }
    std::string manifest_of(const exchange::BulkJob&) const override { return "{}"; }
    bool has_file(const exchange::BulkJob&, std::string_view name) const override { return name == "text.ndjson"; }
    void write_record(const exchange::BulkJob&, JsonWriter&) const override {}
    std::shared_ptr<exchange::BulkJob> read_record(fhir::Element) const override { return std::make_shared<exchange::BulkJob>(); }
    void open() {
        const std::lock_guard lock(mutex);
        is_open = true;
        opened.notify_all();
    }
    std::mutex mutex;
    std::condition_variable opened;
    bool is_open = false;
};

struct Office : Desk {
    ~Office() { kind.open(); }
    std::string order(const std::string& client) {
        interaction::BulkOrder asked;
        asked.caller.client_id = client;
        const auto job = queue.add(std::make_shared<exchange::BulkJob>(), std::move(asked));
        return job ? *job : "!" + rule_of(job.error());
    }
    Gated kind;
    ScratchFolder jobs;
    exchange::JobQueue queue{services, kind, jobs.path().string(), 3'600};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_jobs, Office)

BOOST_AUTO_TEST_CASE(a_client_has_so_many_under_way_and_all_together_so_many) {
    using exchange::JobQueue;
    for (std::size_t count = 0; count < JobQueue::kJobsPerClientMax; ++count) BOOST_TEST(order("one").front() != '!');
    BOOST_TEST(order("one") == "!bulk-jobs-max");
    std::size_t all = JobQueue::kJobsPerClientMax;
    for (int client = 0; all < JobQueue::kJobsMax; ++client) {
        for (std::size_t count = 0; count < JobQueue::kJobsPerClientMax && all < JobQueue::kJobsMax; ++count, ++all)
            BOOST_TEST(order("client " + std::to_string(client)).front() != '!');
    }
    BOOST_TEST(order("late") == "!bulk-jobs-max");
    BOOST_TEST(interaction::status_of(error(IssueCode::throttled, "", "bulk-jobs-max")) == 429);
}

BOOST_AUTO_TEST_CASE(a_file_that_goes_out_stays_whole_when_its_job_is_taken_away) {
    kind.open();
    const auto job = order("one");
    access::Caller caller;
    caller.client_id = "one";
    for (int attempt = 0; attempt < 2'000 && !queue.status(job, caller)->done; ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    const auto file = queue.file(job, "text.ndjson", caller);
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(queue.file(job, "job.json", caller).has_error());
    BOOST_TEST(queue.cancel(job, caller).empty());
    BOOST_TEST(!std::filesystem::exists(jobs.path() / job));
    std::string piece;
    BOOST_TEST((*file)->read(piece, 3));
    BOOST_TEST(piece == "who");
    BOOST_TEST((*file)->read(piece, 100));
    BOOST_TEST(piece == "le");
    BOOST_TEST((*file)->read(piece, 100));
    BOOST_TEST(piece.empty());
}

BOOST_AUTO_TEST_SUITE_END()
