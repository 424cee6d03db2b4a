/// How much of the processors a thread gets while others want them too: whoever answers somebody comes first, then what was acknowledged
/// and is to be applied, then what is derived from durable logs. Linux: the nice level is a thread's own, and a weight: no share falls to
/// nothing, so nobody starves.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include <memory>

namespace huitong::app {

enum class Share : int {
    answering = 0, ///< requests, and what they wait for
    applying = 5,  ///< a third of it: messages on their way into the record, notices
    deriving = 10, ///< a tenth: AuditEvents, the text index
};

/// Of the calling thread; a share is not given back.
void take_share(Share share);

/// A pool whose threads have that share.
std::unique_ptr<boost::asio::thread_pool> make_pool(std::size_t threads, Share share);

} // namespace huitong::app
