#include "store/sqlite/sealing.hpp"

#include "store/sqlite/body_codec.hpp"
#include "store/sqlite/packed_fact.hpp"

#include <set>

namespace huitong::store {
namespace {

std::string place_of(const std::string& table, const std::string& key) { return "fact\n" + table + '\n' + key; }

Outcome missing(KeyNumber number) { return fatal(IssueCode::security, "", "keys-missing", {std::to_string(number)}); }
Outcome wrong(KeyNumber number) { return fatal(IssueCode::security, "", "keys-wrong", {std::to_string(number)}); }

constexpr std::string_view kKnownText = "huitong";

/// Stores that were sealed before there were proofs: the newest bodies of the key tell, if there are any. One that opens is enough, since
/// others may be damaged.
bool opens_bodies(Connection& connection, const KeyRing& keys, KeyNumber number) {
    const auto key = std::to_string(number);
    {
        auto proof = connection.prepare("SELECT 1 FROM fact WHERE name = ? AND key = ?");
        proof.bind(kKeyCheck, key);
        if (proof.step()) return true;
    }
    bool found = false;
    auto bodies = connection.prepare("SELECT body FROM version WHERE codec >> 16 = ? AND length(body) > 0 ORDER BY vid DESC LIMIT 16");
    bodies.bind(number);
    while (bodies.step()) {
        if (keys.unseal(number, bodies.text(0), kSealedBody)) return true;
        found = true;
    }
    return !found;
}

Outcome check_proofs(Connection& connection, const KeyRing* keys) {
    const std::string table(kKeyCheck);
    auto rows = connection.prepare("SELECT key, value, CAST(key AS INTEGER) FROM fact WHERE name = ? ORDER BY 3");
    rows.bind(table);
    while (rows.step()) {
        const std::string key(rows.text(0));
        const auto number = static_cast<KeyNumber>(rows.integer(2));
        if (!keys || !keys->has(number)) return missing(number);
        if (keys->unwrap(rows.text(1), place_of(table, key)) != kKnownText) return wrong(number);
    }
    return {};
}

} // namespace

std::optional<std::string> seal_fact(const KeyRing* keys, const std::string& table, const std::string& key, const std::string& packed) {
    if (!keys) return std::nullopt;
    return keys->wrap(packed, place_of(table, key));
}

std::string unseal_fact(const KeyRing* keys, const std::string& table, const std::string& key, std::string_view stored) {
    if (!KeyRing::key_of(stored)) return std::string(stored);
    auto opened = open_wrapped(keys, stored, place_of(table, key));
    if (!opened) throw StoreFailure(SQLITE_AUTH, "a fact does not open with the keys at hand");
    return std::move(*opened);
}

std::string open_fact(const KeyRing* keys, const std::string& table, const std::string& key, std::string_view stored) {
    return unpack_fact(unseal_fact(keys, table, key, stored));
}

Result<std::shared_ptr<const KeyRing>> keys_of(const std::string& directory) {
    auto ring = KeyRing::of_directory(directory);
    if (!ring) return ring.error();
    return std::shared_ptr<const KeyRing>(std::move(*ring));
}

Outcome check_keys(Connection& writer, const KeyRing* keys) {
    std::set<KeyNumber> used;
    if (keys) used.insert(keys->current());
    {
        auto rows = writer.prepare("SELECT value FROM counter WHERE name IN ('sealed', 'sealing') AND value > 0");
        while (rows.step()) used.insert(static_cast<KeyNumber>(rows.integer(0)));
    }
    for (const auto number : used) {
        if (!keys || !keys->has(number)) return missing(number);
        if (!opens_bodies(writer, *keys, number)) return wrong(number);
    }
    if (auto issues = check_proofs(writer, keys); issues.has_errors() || !keys) return issues;
    note_key(writer, *keys);
    return {};
}

KeyNumber note_key(Connection& writer, const KeyRing& keys) {
    const std::string table(kKeyCheck);
    // A rotation may come in between: the number is that of the key which sealed the proof.
    const auto number = keys.current();
    const auto key = std::to_string(number);
    const auto proof = keys.wrap(kKnownText, place_of(table, key));
    if (KeyRing::key_of(proof) != number) return note_key(writer, keys);
    auto insert = writer.prepare("INSERT OR IGNORE INTO fact VALUES(?, ?, ?)");
    insert.bind(table, key);
    insert.bind_blob(3, proof);
    insert.run();
    writer.prepare("INSERT OR REPLACE INTO counter VALUES('sealing', ?)").bind(number).run();
    return number;
}

} // namespace huitong::store
