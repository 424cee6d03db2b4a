#include "store/sqlite/log_reads.hpp"

#include "store/sqlite/log_chain.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>

namespace huitong::store {
namespace {

Outcome broken_at(LogTime t) { return huitong::error(IssueCode::security, "", "audit-chain-broken", {std::to_string(t)}); }

VersionKey last_key_before(Connection& connection, LogTime t) {
    auto row = connection.prepare("SELECT last_version_key FROM log WHERE t < ? ORDER BY t DESC LIMIT 1");
    row.bind(t);
    return row.step() ? row.key(0) : 0;
}

/// Whether searches find the version under each of its labels: they go by that table.
bool has_labels(Connection& connection, const Shared& shared, VersionKey version, std::string_view labels) {
    const auto list = split_labels(labels);
    return std::all_of(list.begin(), list.end(), [&](const std::string& label) {
        const auto symbol = shared.symbols.find(label);
        if (!symbol) return false;
        auto row = connection.prepare("SELECT 1 FROM label WHERE label = ? AND vid = ?");
        row.bind(*symbol, version);
        return row.step();
    });
}

/// Adds the versions after `from` up to `last` to the hash; false when one is not of entry `t`, or its body cannot be read.
bool hash_versions(Connection& connection, const Shared& shared, LogTime t, VersionKey from, VersionKey last, LogHash& hash) {
    auto rows = connection.prepare(
        "SELECT v.type, r.id, v.version, v.action, v.codec, v.size, v.body, v.t_from, "
        "v.owner, v.labels, v.vid FROM version v LEFT JOIN resource r ON r.rid = v.rid WHERE v.vid > ? AND v.vid <= ? ORDER BY v.vid");
    rows.bind(from, last);
    try {
        while (rows.step()) {
            if (rows.key(7) != t) return false;
            const auto codec = static_cast<int>(rows.integer(4));
            // Of an expunged body its hash is what is left.
            auto covered = codec == kExpunged
                               ? std::string(rows.text(6))
                               : sha256_hex(shared.codec.decode(codec, rows.text(6), static_cast<std::size_t>(rows.integer(5))));
            if (codec != kExpunged && t >= shared.log_chain_from) {
                covered = version_hash(covered, shared.symbols.text(rows.integer(8)), rows.text(9));
                if (!has_labels(connection, shared, rows.key(10), rows.text(9))) return false;
            }
            hash.add({shared.symbols.text(rows.integer(0)), rows.unpacked(1)}, static_cast<std::uint32_t>(rows.integer(2)),
                     static_cast<Action>(rows.integer(3)), covered);
        }
    } catch (const StoreFailure&) {
        return false;
    }
    return true;
}

/// Versions that no entry vouches for, and versions that were ended by nothing: both would change what readers see.
Outcome check_versions(Connection& connection) {
    auto strangers = connection.prepare("SELECT t_from FROM version WHERE vid > coalesce((SELECT last_version_key FROM log ORDER BY t DESC "
                                        "LIMIT 1), 0) ORDER BY vid LIMIT 1");
    if (strangers.step()) return broken_at(strangers.key(0));
    auto ended = connection.prepare(
        "SELECT v.t_to FROM version v WHERE v.t_to > 0 AND v.t_to <> v.t_from AND NOT EXISTS "
        "(SELECT 1 FROM resource r JOIN version n ON n.vid = r.current WHERE r.rid = v.rid AND n.vid > v.vid AND n.t_from = v.t_to) AND "
        "NOT EXISTS (SELECT 1 FROM older o JOIN version n ON n.vid = o.vid WHERE o.rid = v.rid AND n.vid > v.vid AND n.t_from = v.t_to) "
        "ORDER BY v.vid LIMIT 1");
    if (ended.step()) return broken_at(ended.key(0));
    return {};
}

} // namespace

std::vector<LogEntry> read_log(Connection& connection, const Shared& shared, LogTime since, std::size_t count) {
    std::vector<LogEntry> out;
    {
        // A commit is on the disk a moment before views show it: an entry told earlier would seem to have changed nothing.
        auto rows = connection.prepare(
            "SELECT t, instant, actor, reason, message_id, previous_hash, hash FROM log WHERE t > ? AND t <= ? ORDER BY t LIMIT ?");
        rows.bind(since, shared.visibility.newest().first, static_cast<std::uint64_t>(count));
        while (rows.step()) {
            LogEntry entry;
            entry.t = rows.key(0);
            entry.instant = {rows.integer(1)};
            entry.actor = shared.symbols.text(rows.integer(2));
            entry.reason = std::string(rows.text(3));
            entry.message_id = std::string(rows.text(4));
            entry.previous_hash = std::string(rows.text(5));
            entry.hash = std::string(rows.text(6));
            out.push_back(std::move(entry));
        }
    }
    if (out.empty()) return out;
    auto rows = connection.prepare("SELECT v.t_from, v.type, r.id, v.version FROM version v JOIN resource r ON r.rid = v.rid "
                                   "WHERE v.vid > ? AND v.vid <= ? ORDER BY v.vid");
    rows.bind(last_key_before(connection, out.front().t), last_key_before(connection, out.back().t + 1));
    auto entry = out.begin();
    while (rows.step()) {
        while (entry != out.end() && entry->t < rows.key(0)) ++entry;
        if (entry == out.end()) break;
        entry->writes.emplace_back(ResourceKey(shared.symbols.text(rows.integer(1)), rows.unpacked(2)),
                                   static_cast<std::uint32_t>(rows.integer(3)));
    }
    return out;
}

Outcome check_log(Connection& connection, const Shared& shared) {
    // In batches, so that no read transaction lives long: the writer's checkpoints wait for readers.
    constexpr std::uint64_t kBatch = 256;
    std::string previous;
    LogTime expected = 1;
    VersionKey last = 0;
    for (std::uint64_t seen = kBatch; seen == kBatch;) {
        seen = 0;
        auto entries = connection.prepare("SELECT t, instant, actor, reason, message_id, previous_hash, hash, last_version_key FROM log "
                                          "WHERE t >= ? ORDER BY t LIMIT ?");
        entries.bind(expected, kBatch);
        while (entries.step()) {
            const auto t = entries.key(0);
            LogHash hash(previous, t, {entries.integer(1)}, shared.symbols.text(entries.integer(2)), entries.text(3), entries.text(4));
            const bool readable = t == expected && hash_versions(connection, shared, t, last, entries.key(7), hash);
            if (!readable || entries.text(5) != previous || hash.finish() != entries.text(6)) return broken_at(expected);
            previous = std::string(entries.text(6));
            last = entries.key(7);
            ++expected;
            ++seen;
        }
    }
    return check_versions(connection);
}

} // namespace huitong::store
