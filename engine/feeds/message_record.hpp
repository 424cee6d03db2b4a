/// A message as the inbox keeps it: a JSON line with what its frame and header said, then the bytes as they came.
#pragma once

#include "feeds/adapter.hpp"

#include <array>

namespace huitong::feeds {

/// "M" and twelve digits, counting in the order of the inbox.
MessageId message_id(std::uint64_t number);
std::uint64_t message_number(std::string_view id);

std::string write_message(const MessageId& id, const RawMessage& message);
struct StoredMessage {
    MessageId id;
    RawMessage message;
    StoredMessage() {}
};
/// nullopt: not a record of an inbox.
std::optional<StoredMessage> read_message(std::string_view payload);

using ShortHash = std::array<std::uint64_t, 2>; ///< the first 16 bytes of a SHA-256

/// What a message is a state of, and which state. A sender's control id names a message, a row, a study or a document, whose content may
/// change and change back.
struct MessageKey {
    ShortHash subject{}; ///< feed, sender and control id; without a control id the content is its own subject
    ShortHash content{}; ///< the same and the bytes without the sending time and control id (MSH-7, MSH-10)
};
MessageKey message_key(const RawMessage& message);

/// Issues as JSON array and back, for records and status facts.
std::string write_issues(const Outcome& issues);
Outcome read_issues(fhir::Element parent, std::string_view name);

} // namespace huitong::feeds
