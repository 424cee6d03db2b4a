#include "store/sqlite/sealing.hpp"

namespace huitong::store {
namespace {

std::string place_of(const std::string& table, const std::string& key) { return "fact\n" + table + '\n' + key; }

Outcome missing(KeyNumber number) { return fatal(IssueCode::security, "", "keys-missing", {std::to_string(number)}); }

} // namespace

std::optional<std::string> seal_fact(const KeyRing* keys, const std::string& table, const std::string& key, const std::string& value) {
    if (!keys) return std::nullopt;
    return keys->wrap(value, place_of(table, key));
}

std::string open_fact(const KeyRing* keys, const std::string& table, const std::string& key, std::string_view stored) {
    if (!KeyRing::key_of(stored)) return std::string(stored);
    auto opened = open_wrapped(keys, stored, place_of(table, key));
    if (!opened) throw StoreFailure(SQLITE_AUTH, "a fact does not open with the keys at hand");
    return std::move(*opened);
}

Result<std::shared_ptr<const KeyRing>> keys_of(const std::string& directory) {
    auto ring = KeyRing::of_directory(directory);
    if (!ring) return ring.error();
    return std::shared_ptr<const KeyRing>(std::move(*ring));
}

Outcome check_keys(Connection& writer, const KeyRing* keys) {
    {
        auto rows = writer.prepare("SELECT value FROM counter WHERE name IN ('sealed', 'sealing')");
        while (rows.step()) {
            const auto number = static_cast<KeyNumber>(rows.integer(0));
            if (number != 0 && (!keys || !keys->has(number))) return missing(number);
        }
    }
    if (keys) writer.prepare("INSERT OR REPLACE INTO counter VALUES('sealing', ?)").bind(keys->current()).run();
    return {};
}

} // namespace huitong::store
