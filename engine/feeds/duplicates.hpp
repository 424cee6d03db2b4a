/// What was accepted lately, so that the same message is not applied twice.
///
/// A control id names a thing (a message, a row, a study) whose content may change and change back. Only its latest content is a duplicate:
/// the same content again behind another one says that the thing went back, and is applied. Kept in memory, about 64 bytes a message, in
/// one generation a day, so that what is too old goes as a whole. Thread: one at a time.
#pragma once

#include "feeds/message_record.hpp"

#include <map>
#include <unordered_map>

namespace huitong::feeds {

class Duplicates {
public:
    enum class Match : std::uint8_t { unknown, same, other };
    struct Found {
        Match match = Match::unknown;
        std::uint64_t number = 0; ///< of the message that was there before
    };

    /// Messages are known for at least so many days.
    explicit Duplicates(std::uint32_t days) : days_(days) {}

    /// The latest state of the thing: the same content, another one, or none that is known.
    Found find(const MessageKey& key) const;
    /// A message is accepted; the highest number of a thing is its latest state, in whatever order they are told.
    void add(const MessageKey& key, std::uint64_t number, Instant received_at);
    /// It could not be kept: nothing counts as duplicate of it, nor of what stood before it.
    void withdraw(const MessageKey& key, std::uint64_t number);
    std::size_t size() const;

private:
    struct State {
        ShortHash content{};
        std::uint64_t number = 0;
        bool operator==(const State&) const = default;
    };
    struct HashOfHash {
        std::size_t operator()(const ShortHash& hash) const noexcept { return hash[0]; }
    };
    using Generation = std::unordered_map<ShortHash, State, HashOfHash>;

    std::uint32_t days_;
    std::map<std::int64_t, Generation> generations_; ///< day since 1970 → what was accepted on it
};

} // namespace huitong::feeds
