/// Who may connect: so many at once, and of one address not so many that others find no room.
/// Source: trust page, goal S8. Thread: the caller's lock.
#pragma once

#include "base/limits.hpp"

#include <map>
#include <string>

namespace huitong::rest {

/// Who is at the other end.
struct Peer {
    std::string address;
    bool is_loopback = false; ///< a proxy of this machine may bring everybody: it is not counted by its address
    bool is_local = false;    ///< over the control socket, which only the directory's owner may open: always let in
};

class Admission {
public:
    /// `limits` outlives it.
    explicit Admission(const Limits& limits) : limits_(limits) {}
    /// False: there is no room for the peer now. Whoever is let in leaves once.
    bool enter(const Peer& peer) {
        if (!peer.is_local && count_ >= limits_.connections_max) return false;
        const auto known = by_address_.find(peer.address);
        if (!peer.is_loopback && known != by_address_.end() && known->second >= limits_.connections_per_address_max) return false;
        ++by_address_[peer.address];
        ++count_;
        return true;
    }
    void leave(const Peer& peer) {
        --count_;
        if (const auto found = by_address_.find(peer.address); --found->second == 0) by_address_.erase(found);
    }

private:
    const Limits& limits_;
    std::size_t count_ = 0;
    std::map<std::string, std::uint32_t> by_address_; ///< none is 0
};

} // namespace huitong::rest
