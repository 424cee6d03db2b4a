// Records of the access log are read back as they were written.
#include "audit/access_log.hpp"

#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_CASE(what_is_no_record_is_none) { BOOST_TEST(!read_record("{\"at\"")); }

BOOST_AUTO_TEST_SUITE_END()
