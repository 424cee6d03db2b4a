// Threads that leave the processors to others.
#include "app/thread_share.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <latch>
#include <mutex>
#include <set>
#include <sys/resource.h>
#include <unistd.h>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(thread_share_suite)

BOOST_AUTO_TEST_CASE(every_thread_of_a_pool_has_its_share) {
    constexpr std::size_t kThreads = 3;
    const auto pool = app::make_pool(kThreads, app::Share::applying);
    std::latch all(kThreads); // so that each thread runs one
    std::mutex mutex;
    std::set<pid_t> threads;
    for (std::size_t count = 0; count < kThreads; ++count) {
        boost::asio::post(*pool, [&] {
            all.arrive_and_wait();
            const std::lock_guard lock(mutex);
            threads.insert(gettid());
            BOOST_TEST(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())) >= static_cast<int>(app::Share::applying));
        });
    }
    pool->join();
    BOOST_TEST(threads.size() == kThreads);
}

BOOST_AUTO_TEST_SUITE_END()
