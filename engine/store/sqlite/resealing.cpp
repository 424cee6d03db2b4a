/// The writer seals anew what an older key sealed, or what was written before there were keys: dictionaries, facts, bodies, a slice at a
/// time between two groups of commits. What was replaced is overwritten in the database, and its log file is cut at the end.
#include "store/sqlite/sealing.hpp"
#include "store/sqlite/writer.hpp"

namespace huitong::store {
namespace {

constexpr VersionKey kSliceVersions = 2'000;
constexpr std::uint64_t kSliceFacts = 2'000;

} // namespace

bool Writer::wants_resealing() const {
    const auto* keys = shared_.codec.keys();
    return keys && keys->current() != sealed_with_ && keys->current() != passed_with_;
}

void Writer::reseal_slice() {
    const auto target = shared_.codec.keys()->current();
    connection_->execute("BEGIN IMMEDIATE");
    try {
        bool more = true;
        if (resealing_.target != target) {
            resealing_ = {};
            resealing_.target = target;
            note_key(*connection_, *shared_.codec.keys());
            reseal_dictionaries();
        } else if (!resealing_.facts_done) {
            resealing_.facts_done = !reseal_facts();
        } else {
            more = reseal_versions();
        }
        if (!more && !resealing_.has_gaps) connection_->prepare("INSERT OR REPLACE INTO counter VALUES('sealed', ?)").bind(target).run();
        connection_->execute("COMMIT");
        if (more) return;
        (resealing_.has_gaps ? passed_with_ : sealed_with_) = target;
        after_expunge();
    } catch (const StoreFailure&) {
        connection_->execute("ROLLBACK");
        resealing_ = {};
        throw;
    }
}

void Writer::reseal_dictionaries() {
    std::vector<std::pair<std::int64_t, std::string>> dictionaries;
    {
        auto rows = connection_->prepare("SELECT id, bytes FROM dictionary WHERE length(bytes) > 0");
        while (rows.step())
            dictionaries.emplace_back(rows.integer(0), shared_.codec.seal_dictionary(shared_.codec.open_dictionary(rows.text(1))));
    }
    for (const auto& [id, bytes] : dictionaries) {
        auto update = connection_->prepare("UPDATE dictionary SET bytes = ?1 WHERE id = ?2");
        update.bind_blob(1, bytes);
        update.bind_one(2, id);
        update.run();
    }
}

bool Writer::reseal_facts() {
    struct Row {
        std::string name, key, value;
    };
    std::vector<Row> slice;
    const auto* keys = shared_.codec.keys();
    {
        auto rows = connection_->prepare("SELECT name, key, value FROM fact WHERE (name, key) > (?, ?) ORDER BY name, key LIMIT ?");
        rows.bind(resealing_.fact_name, resealing_.fact_key, kSliceFacts);
        while (rows.step()) slice.push_back({std::string(rows.text(0)), std::string(rows.text(1)), std::string(rows.text(2))});
    }
    for (const auto& [name, key, value] : slice) {
        if (name == kKeyCheck || KeyRing::key_of(value) == resealing_.target) continue;
        std::optional<std::string> sealed;
        if (!pass_over_damage("fact " + name + ' ' + key,
                              [&] { sealed = seal_fact(keys, name, key, unseal_fact(keys, name, key, value)); })) {
            resealing_.has_gaps = true;
            continue;
        }
        auto update = connection_->prepare("UPDATE fact SET value = ?1 WHERE name = ?2 AND key = ?3");
        update.bind_blob(1, *sealed);
        update.bind_one(2, name);
        update.bind_one(3, key);
        update.run();
    }
    if (slice.size() < kSliceFacts) return false;
    resealing_.fact_name = slice.back().name;
    resealing_.fact_key = slice.back().key;
    return true;
}

bool Writer::reseal_versions() {
    Repacked slice;
    {
        auto rows = connection_->prepare("SELECT vid, codec, body FROM version WHERE vid > ?1 AND vid <= ?2 AND codec >= 0 AND "
                                         "codec >> 16 <> ?3 AND length(body) > 0");
        rows.bind(resealing_.version, resealing_.version + kSliceVersions, resealing_.target);
        while (rows.step()) {
            const bool opened = pass_over_damage(version_name(rows.key(0)), [&] {
                slice.emplace_back(rows.key(0), shared_.codec.reseal(static_cast<int>(rows.integer(1)), rows.text(2)));
            });
            if (!opened) resealing_.has_gaps = true;
        }
    }
    replace_bodies(slice);
    resealing_.version += kSliceVersions;
    return resealing_.version < position_.last;
}

} // namespace huitong::store
