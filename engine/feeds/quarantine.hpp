/// Dead letters whose only fault is an institution that nobody knows: they wait here and are applied by themselves once it is known,
/// however it became so (register, REST, a hub below). Thread: any. Source: design "Feeds", quarantine.
#pragma once

#include "feeds/durable_inbox.hpp"

#include <set>

namespace huitong::feeds {

class Quarantine {
public:
    /// Whether the institution with this code is in the record now.
    using IsKnown = std::function<bool(const std::string& code)>;
    /// Has the message applied again; it may come back here.
    using Release = std::function<void(const MessageId& id)>;

    Quarantine(IsKnown is_known, Release release) : is_known_(std::move(is_known)), release_(std::move(release)) {}

    /// A message became a dead letter: it waits here when its reasons name unknown institutions and no other error stands beside them.
    void note(const MessageId& id, const Outcome& reasons);
    /// Reads the dead letters of earlier runs.
    void recover(store::Store& store);
    /// Releases, in the order of the inbox, what waits for institutions that are known by now; how many that were.
    std::size_t step();
    std::size_t waiting() const;

private:
    const IsKnown is_known_;
    const Release release_;
    mutable std::mutex mutex_;
    std::map<MessageId, std::vector<std::string>> waiting_; ///< message → codes it waits for; all must be known
};

} // namespace huitong::feeds
