/// Bodies, versions and history of a snapshot; the index reads are in index_reads.cpp.
#include "store/sqlite/read_view.hpp"

#include "store/sqlite/schema.hpp"

#include <algorithm>

namespace huitong::store {
namespace {

#define HUITONG_VERSION_COLUMNS                                                                                                            \
    "v.vid, r.id, v.version, v.type, v.t_from, v.action, v.meta_at, v.codec, v.size, v.owner, v.labels, v.body, l.instant, l.actor, "      \
    "l.message_id, v.t_to"
#define HUITONG_VERSION_SOURCE "version v JOIN resource r ON r.rid = v.rid JOIN log l ON l.t = v.t_from"

constexpr int kFromColumn = 4, kActionColumn = 5, kCodecColumn = 7, kResourceColumn = 16;
constexpr std::size_t kPoolIdleMax = 64;
/// A type is rare when it has so small a part of the versions: then its history is found by its resources instead of walking all versions.
constexpr VersionKey kRarePart = 32;

/// Puts versionId and lastUpdated into the stored body at its splice offset.
std::string splice_meta(std::string body, std::size_t meta_at, std::uint32_t version, Instant updated) {
    if (meta_at == 0 || meta_at > body.size()) return body;
    std::string meta = "\"versionId\":\"" + std::to_string(version) + "\",\"lastUpdated\":\"" + instant_text(updated, 0) + '"';
    if (meta_at < body.size() && body[meta_at] != '}') meta += ',';
    body.insert(meta_at, meta);
    return body;
}

template <class Work>
auto guarded(Work work) -> Result<decltype(work())> {
    try {
        return work();
    } catch (const StoreFailure& failure) {
        if (failure.is_late()) return Outcome(huitong::error(IssueCode::timeout, "", "store-late"));
        return failure_outcome(failure);
    }
}

} // namespace

std::unique_ptr<Connection> ReaderPool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
    }
    return std::make_unique<Connection>(file_, OpenMode::reader);
}

void ReaderPool::put(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kPoolIdleMax) idle_.push_back(std::move(connection));
}

SqliteReadView::SqliteReadView(Shared& shared, ReaderPool& pool, CallerFilter filter, LogTime t)
    : shared_(shared), pool_(pool), connection_(pool.take()), filter_(std::move(filter)) {
    // The position is taken before the snapshot, so that everything up to it is in the snapshot.
    std::tie(t_, last_) = shared_.visibility.newest();
    connection_->prepare("BEGIN").run();
    if (t != 0 && t < t_) {
        t_ = t;
        is_past_ = true;
        last_ = key_at(t);
    }
}

SqliteReadView::~SqliteReadView() {
    try {
        connection_->end_by(std::nullopt);
        connection_->prepare("COMMIT").run();
        pool_.put(std::move(connection_));
    } catch (const StoreFailure&) {
        // The connection is dropped instead of going back to the pool.
    }
}

Version SqliteReadView::read_version(Statement& row) const {
    Version out;
    out.version_key = row.key(0);
    out.key = {shared_.symbols.text(row.integer(3)), row.unpacked(1)};
    out.version = static_cast<std::uint32_t>(row.integer(2));
    out.t_from = row.key(4);
    out.action = static_cast<Action>(row.integer(kActionColumn));
    out.deleted = out.action == Action::remove;
    out.owner = shared_.symbols.text(row.integer(9));
    out.labels = split_labels(row.text(10));
    out.updated = {row.integer(12)};
    out.actor = shared_.symbols.text(row.integer(13));
    out.message_id = std::string(row.text(14));
    out.superseded = row.key(15) == out.t_from;
    if (!out.deleted) {
        auto body = shared_.codec.decode(static_cast<int>(row.integer(7)), row.text(11), static_cast<std::size_t>(row.integer(8)));
        out.body = splice_meta(std::move(body), static_cast<std::size_t>(row.integer(6)), out.version, out.updated);
    }
    return out;
}

std::optional<Version> SqliteReadView::read_allowed(VersionKey key) {
    auto row = connection_->prepare("SELECT " HUITONG_VERSION_COLUMNS " FROM " HUITONG_VERSION_SOURCE " WHERE v.vid = ?");
    row.bind(key);
    if (!row.step() || row.key(kFromColumn) > t_ || row.integer(kCodecColumn) == kExpunged || !allowed(key)) return std::nullopt;
    return read_version(row);
}

VersionKeys SqliteReadView::versions_of(std::int64_t rid) {
    auto rows = connection_->prepare("SELECT current FROM resource WHERE rid = ?1 AND current > 0 UNION ALL SELECT vid FROM older WHERE "
                                     "rid = ?1");
    rows.bind(rid);
    VersionKeys keys;
    append(rows, keys);
    std::sort(keys.begin(), keys.end(), std::greater<>());
    return keys;
}

Result<std::optional<Version>> SqliteReadView::current(const ResourceKey& key) {
    return guarded([&]() -> std::optional<Version> {
        const auto type = shared_.symbols.find(key.type);
        if (!type) return std::nullopt;
        const PackedText id(key.id);
        std::int64_t rid = 0;
        {
            auto row = connection_->prepare("SELECT " HUITONG_VERSION_COLUMNS ", r.rid FROM resource r JOIN version v ON v.vid = r.current "
                                            "JOIN log l ON l.t = v.t_from WHERE r.type = ? AND r.id = ?");
            row.bind(*type, id);
            if (!row.step()) return std::nullopt;
            if (row.key(kFromColumn) <= t_) return allowed(row.key(0)) ? std::optional(read_version(row)) : std::nullopt;
            rid = row.integer(kResourceColumn);
        }
        const auto vid = earlier_of(rid);
        return vid != 0 ? read_allowed(vid) : std::nullopt;
    });
}

Result<std::optional<Version>> SqliteReadView::version(const ResourceKey& key, std::uint32_t version) {
    return guarded([&]() -> std::optional<Version> {
        const auto type = shared_.symbols.find(key.type);
        if (!type) return std::nullopt;
        const PackedText id(key.id);
        VersionKey vid = 0;
        {
            auto row = connection_->prepare("SELECT coalesce((SELECT vid FROM older WHERE rid = r.rid AND version = ?3), r.current) FROM "
                                            "resource r WHERE r.type = ?1 AND r.id = ?2");
            row.bind(*type, id, version);
            if (row.step()) vid = row.key(0);
        }
        auto found = vid != 0 ? read_allowed(vid) : std::nullopt;
        if (found && found->version != version) found.reset();
        return found;
    });
}

Result<std::vector<Version>> SqliteReadView::versions(const VersionKeys& keys) {
    return guarded([&] {
        std::vector<Version> out;
        out.reserve(keys.size());
        for (const auto key : keys) {
            if (auto found = read_allowed(key)) out.push_back(std::move(*found));
        }
        return out;
    });
}

std::vector<ResourceKey> SqliteReadView::resource_keys(const VersionKeys& keys) {
    return reading([&] {
        std::vector<ResourceKey> out;
        out.reserve(keys.size());
        for (const auto key : keys) {
            auto row = connection_->prepare("SELECT v.type, r.id FROM version v JOIN resource r ON r.rid = v.rid WHERE v.vid = ?");
            row.bind(key);
            if (row.step()) out.emplace_back(shared_.symbols.text(row.integer(0)), row.unpacked(1));
        }
        return out;
    });
}

std::vector<ResourceKey> SqliteReadView::ever_in_compartment(const std::string& patient_id) {
    return reading([&] {
        std::vector<ResourceKey> out;
        const auto patient = resource_row("Patient", patient_id);
        if (!patient) return out;
        VersionKeys keys;
        append_compartment(*patient, -1, keys);
        std::erase_if(keys, [this](VersionKey key) { return !allowed(key); });
        out = resource_keys(keys);
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
        return out;
    });
}

VersionKey SqliteReadView::current_key(const ResourceKey& key) {
    return reading([&] {
        const auto rid = resource_row(key.type, key.id);
        const auto found = rid ? current_of(*rid) : 0;
        return found != 0 && allowed(found) ? found : 0;
    });
}

std::string SqliteReadView::patient_of(const ResourceKey& key) {
    return reading([&]() -> std::string {
        // Nearly always the current version is the newest one and has a patient: then one question is enough.
        if (const auto type = shared_.symbols.find(key.type)) {
            const PackedText id(key.id);
            auto row =
                connection_->prepare("SELECT v.vid, p.id FROM resource r JOIN version v ON v.vid = r.current AND v.version = r.version "
                                     "JOIN resource p ON p.rid = v.patient WHERE r.type = ? AND r.id = ? AND v.t_from <= ?");
            row.bind(*type, id, t_);
            if (row.step() && allowed(row.key(0))) return row.unpacked(1);
        }
        const auto rid = resource_row(key.type, key.id);
        if (!rid) return {};
        for (const auto key : versions_of(*rid)) {
            auto row =
                connection_->prepare("SELECT p.id FROM version v JOIN resource p ON p.rid = v.patient WHERE v.vid = ? AND v.t_from <= ?");
            row.bind(key, t_);
            if (row.step() && allowed(key)) return row.unpacked(0);
        }
        return {};
    });
}

std::vector<Version> SqliteReadView::history_of(const std::string& type, const std::string& id, const HistoryRange& range, LogTime until) {
    std::vector<Version> out;
    const auto rid = resource_row(type, id);
    if (!rid) return out;
    for (const auto key : versions_of(*rid)) {
        auto found = read_allowed(key);
        if (!found || found->t_from > until) continue;
        if (found->t_from <= range.since || (!out.empty() && out.size() >= range.count && found->t_from != out.back().t_from)) break;
        out.push_back(std::move(*found));
    }
    return out;
}

VersionKey SqliteReadView::key_at(LogTime t) {
    auto entry = connection_->prepare("SELECT last_version_key FROM log WHERE t <= ? ORDER BY t DESC LIMIT 1");
    entry.bind(t);
    return entry.step() ? entry.key(0) : 0;
}

std::vector<Version> SqliteReadView::history_of_few(Symbol type, const HistoryRange& range, LogTime until) {
    const auto first = key_at(range.since), last = key_at(until);
    VersionKeys keys;
    auto rows = connection_->prepare("SELECT current FROM resource WHERE type = ?1 AND current > 0 UNION ALL "
                                     "SELECT o.vid FROM resource r JOIN older o ON o.rid = r.rid WHERE r.type = ?1");
    rows.bind(type);
    append(rows, keys);
    std::erase_if(keys, [&](VersionKey key) { return key <= first || key > last; });
    if (range.newest_first) std::sort(keys.begin(), keys.end(), std::greater<>());
    else std::sort(keys.begin(), keys.end());
    std::vector<Version> out;
    for (const auto key : keys) {
        auto found = read_allowed(key);
        if (!found) continue;
        if (!out.empty() && out.size() >= range.count && found->t_from != out.back().t_from) break;
        out.push_back(std::move(*found));
    }
    return out;
}

Result<std::vector<Version>> SqliteReadView::history(const std::string& type, const std::string& id, const HistoryRange& range) {
    return guarded([&]() -> std::vector<Version> {
        std::vector<Version> out;
        const auto type_symbol = type.empty() ? std::optional<Symbol>(-1) : shared_.symbols.find(type);
        if (!type_symbol) return out;
        const LogTime until = range.until == 0 ? t_ : std::min(range.until, t_);
        if (!id.empty()) return history_of(type, id, range, until);
        if (!type.empty() && shared_.sets.versions(*type_symbol) < last_ / kRarePart) return history_of_few(*type_symbol, range, until);
        const char* sql =
            range.newest_first
                ? "SELECT " HUITONG_VERSION_COLUMNS " FROM " HUITONG_VERSION_SOURCE
                  " WHERE v.vid <= (SELECT coalesce((SELECT last_version_key FROM log WHERE t <= ?2 ORDER BY t DESC LIMIT 1), 0)) AND "
                  "v.vid > (SELECT coalesce((SELECT last_version_key FROM log WHERE t <= ?1 ORDER BY t DESC LIMIT 1), 0)) AND "
                  "(?3 < 0 OR v.type = ?3) ORDER BY v.vid DESC"
                : "SELECT " HUITONG_VERSION_COLUMNS " FROM " HUITONG_VERSION_SOURCE
                  " WHERE v.vid > (SELECT coalesce((SELECT last_version_key FROM log WHERE t <= ?1 ORDER BY t DESC LIMIT 1), 0)) AND "
                  "v.t_from <= ?2 AND (?3 < 0 OR v.type = ?3) ORDER BY v.vid";
        auto row = connection_->prepare(sql);
        row.bind(range.since, until, *type_symbol);
        while (row.step()) {
            // A page ends between two commits, so that continuing behind its last position loses nothing.
            if (!out.empty() && out.size() >= range.count && row.key(4) != out.back().t_from) break;
            if (row.integer(kCodecColumn) != kExpunged && allowed(row.key(0))) out.push_back(read_version(row));
        }
        return out;
    });
}

LogTime SqliteReadView::time_at(Instant instant) {
    return reading([&] {
        auto row = connection_->prepare("SELECT t FROM log WHERE instant <= ? AND t <= ? ORDER BY instant DESC, t DESC LIMIT 1");
        row.bind(instant.microseconds, t_);
        return row.step() ? row.key(0) : LogTime{0};
    });
}

} // namespace huitong::store
