/// A dead letter that is sent again, corrected: as another message, checked as its sender's would be. Thread: any.
#pragma once

#include "feeds/durable_inbox.hpp"

namespace huitong::feeds {

/// These bytes as if the sender of `first` had sent them now on that feed; the feed's own check of what comes in is in its `front_check`.
using CorrectedOf = std::function<RawMessage(const FeedSettings& feed, const RawMessage& first, std::string bytes)>;

/// The message is no dead letter any more, and its status says what it became. Issues: those of the store.
Outcome close_dead_letter(store::Store& store, const MessageId& id, const MessageId& corrected_as, Instant now);

} // namespace huitong::feeds
