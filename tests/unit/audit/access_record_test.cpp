// Records of the access log are read back as they were written.
#include "unit/audit/hub.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

using namespace huitong;
using namespace huitong::audit;

namespace {

AccessRecord sample() {
    AccessRecord out;
    out.at = {1'795'224'000'000'001};
    out.client = "his-b";
    out.organization = "341004H0009";
    out.practitioner = "1023";
    out.purpose = "TREAT";
    out.address = "192.0.2.7";
    out.request_id = "r \"1\"";
    out.interaction = "cds-hook";
    out.type = "order-sign";
    out.id = "d1577c69";
    out.status = 403;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(access_record_suite)

BOOST_AUTO_TEST_CASE(a_record_comes_back_whole) {
    auto record = sample();
    record.resources = {"Observation/1", "DiagnosticReport/2"};
    const auto read = read_record(write_record(record));
    BOOST_REQUIRE(read);
    BOOST_TEST(read->at.microseconds == record.at.microseconds);
    BOOST_TEST(read->organization == record.organization);
    BOOST_TEST(read->request_id == record.request_id);
    BOOST_TEST(read->status == 403);
    BOOST_TEST(read->resources == record.resources, boost::test_tools::per_element());
}

// A refusal, or a search that found nothing.
BOOST_AUTO_TEST_CASE(a_record_without_resources_comes_back_too) {
    const auto read = read_record(write_record(sample()));
    BOOST_REQUIRE(read);
    BOOST_TEST(read->interaction == "cds-hook");
    BOOST_TEST(read->resources.empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_left_out_of_an_answer_with_thousands_of_resources) {
    const audit::tests::Folder folder;
    const auto log = std::move(AccessLog::open(folder.path.string()).value());
    auto record = sample();
    for (int number = 0; number < 2'500; ++number) record.resources.push_back("Observation/" + std::to_string(number));
    BOOST_REQUIRE(log->append_and_wait(record));
    boost::asio::io_context io;
    auto done = boost::asio::co_spawn(io, log->append(record), boost::asio::use_future);
    std::thread running([&] { io.run(); });
    BOOST_REQUIRE(done.get());
    running.join();
    std::vector<std::string> parts, named;
    const auto walked = log->journal().walk(0, [&](const JournalRecord& stored) {
        const auto read = read_record(stored.payload).value();
        BOOST_TEST(read.request_id == record.request_id);
        parts.push_back(read.part + ' ' + std::to_string(read.resources.size()));
        named.insert(named.end(), read.resources.begin(), read.resources.end());
        return true;
    });
    BOOST_REQUIRE(walked);
    const std::vector<std::string> thrice = {"1/3 1000", "2/3 1000", "3/3 500", "1/3 1000", "2/3 1000", "3/3 500"};
    BOOST_TEST(parts == thrice, boost::test_tools::per_element());
    auto twice = record.resources;
    twice.insert(twice.end(), record.resources.begin(), record.resources.end());
    BOOST_TEST(named == twice, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_none) { BOOST_TEST(!read_record("{\"at\"")); }

BOOST_AUTO_TEST_SUITE_END()
