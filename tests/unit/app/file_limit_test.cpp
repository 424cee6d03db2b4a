// The limit of open files follows the connections that the hub is to serve.
#include "app/file_limit.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/resource.h>

using namespace huitong;

namespace {

/// The limit of this process, put back at the end.
struct Fixture {
    Fixture() { BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0); }
    ~Fixture() { ::setrlimit(RLIMIT_NOFILE, &before); }
    static rlim_t present() {
        rlimit now{};
        BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
        return now.rlim_cur;
    }
    void lower(rlim_t files) const {
        rlimit low = before;
        low.rlim_cur = files;
        BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    }
    rlimit before{};
    Limits limits;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_limit, Fixture)

BOOST_AUTO_TEST_CASE(it_is_raised_to_what_the_connections_need) {
    lower(256);
    limits.connections_max = 100;
    BOOST_TEST(app::raise_file_limit(limits).empty());
    BOOST_TEST(present() == 1'100u);
}

BOOST_AUTO_TEST_CASE(what_is_high_enough_stays) {
    lower(2'000);
    limits.connections_max = 100;
    BOOST_TEST(app::raise_file_limit(limits).empty());
    BOOST_TEST(present() == 2'000u);
}

BOOST_AUTO_TEST_CASE(what_the_system_does_not_give_is_told) {
    limits.connections_max = 4'000'000'000;
    const auto issues = app::raise_file_limit(limits);
    BOOST_REQUIRE(!issues.empty());
    BOOST_TEST(issues.issues().front().rule == "files-limit");
    BOOST_TEST(issues.issues().front().arguments.back() == "4000001000");
}

BOOST_AUTO_TEST_SUITE_END()
