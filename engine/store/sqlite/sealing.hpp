/// What of a store is sealed beside bodies (body_codec.hpp): values of facts, each for its own place, so that none can be moved to another.
/// Index rows are not sealed: they are what searches walk. Internal to the room. Thread: any.
#pragma once

#include "base/key_ring.hpp"
#include "store/sqlite/connection.hpp"

namespace huitong::store {

/// Seals a value as pack_fact made it. nullopt: there are no keys, it goes to disk as it is.
std::optional<std::string> seal_fact(const KeyRing* keys, const std::string& table, const std::string& key, const std::string& packed);
/// The other way round. Throws StoreFailure when it does not open.
std::string unseal_fact(const KeyRing* keys, const std::string& table, const std::string& key, std::string_view stored);
/// The value itself: unsealed and unpacked.
std::string open_fact(const KeyRing* keys, const std::string& table, const std::string& key, std::string_view stored);

/// The keys that a directory names; nullptr: none.
Result<std::shared_ptr<const KeyRing>> keys_of(const std::string& directory);
/// Facts of this name prove which key a number is: a known text, each sealed with the key of the number that is its key. They cover the
/// inbox too, whose key file is the same, and are never sealed anew.
constexpr std::string_view kKeyCheck = "key-check";

/// Refuses a database that was sealed with a key that is not there (keys-missing) or is another one (keys-wrong), and notes the key that
/// seals from now on.
Outcome check_keys(Connection& writer, const KeyRing* keys);
/// The newest key of the ring seals from now on. Gives its number.
KeyNumber note_key(Connection& writer, const KeyRing& keys);

} // namespace huitong::store
