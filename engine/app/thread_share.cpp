#include "app/thread_share.hpp"

#include <boost/asio/post.hpp>

#include <latch>
#include <sys/resource.h>
#include <unistd.h>

namespace huitong::app {

void take_share(Share share) {
    // Refused (it never is, downwards): then the thread is only less polite.
    if (share != Share::answering) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), static_cast<int>(share));
}

std::unique_ptr<boost::asio::thread_pool> make_pool(std::size_t threads, Share share) {
    auto pool = std::make_unique<boost::asio::thread_pool>(threads);
    // Each waits for all, so that every thread of the pool has run one.
    auto all = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(threads));
    for (std::size_t count = 0; count < threads; ++count) {
        boost::asio::post(*pool, [all, share] {
            take_share(share);
            all->arrive_and_wait();
        });
    }
    return pool;
}

} // namespace huitong::app
