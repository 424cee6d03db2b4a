/// What the writer does between commits. After an expunge: nothing of what is gone stays in the log file of the database, nor in a
/// dictionary of the codec. After a change of keys: nothing stays sealed with an older one, or unsealed (resealing.cpp).
#include "store/sqlite/schema.hpp"
#include "store/sqlite/writer.hpp"

#include <utility>

namespace huitong::store {
namespace {

/// Versions looked at in one slice: some milliseconds, then commits have their turn.
constexpr VersionKey kSliceVersions = 5'000;
constexpr VersionKey kPlainSlice = 100; ///< every one of these is packed
constexpr VersionKey kPlainPart = 4;    ///< of the store, when they are packed

} // namespace

template <class Work>
void Writer::in_transaction(Work work) {
    connection_->prepare("BEGIN IMMEDIATE").run();
    try {
        work();
        connection_->prepare("COMMIT").run();
    } catch (const StoreFailure&) {
        connection_->execute("ROLLBACK");
        throw;
    }
}

/// A reader that holds an old snapshot is not waited for: whoever tends the store tries again.
void Writer::cut_log() {
    try {
        is_log_to_cut_ = !connection_->cut_log();
    } catch (const StoreFailure&) {
        is_log_to_cut_ = true;
    }
}

/// Pages that hold the old content may still stand in the log. What was remembered of terms that are gone cannot be trusted when it is not
/// read anew.
void Writer::after_expunge() {
    try {
        interner_.load(*connection_);
    } catch (const StoreFailure& failure) {
        give_up(failure);
        return;
    }
    cut_log();
}

void Writer::run_tending() {
    std::deque<std::function<void(Result<bool>)>> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting = std::exchange(tending_, {});
    }
    for (auto& done : waiting) {
        if (broken_) {
            done(false);
            continue;
        }
        try {
            // Sealing comes first: it overwrites what it replaces, so that nothing unsealed is left in pages that the others set free.
            if (wants_resealing()) {
                reseal_slice();
            } else if (const auto dictionary = shared_.codec.retired()) {
                if (!repack_slice(*dictionary)) drop_dictionary(*dictionary);
            } else if (is_plain_due_) {
                pack_plain_slice();
            } else if (is_log_to_cut_) {
                cut_log();
            }
            done(tended());
        } catch (const StoreFailure& failure) {
            if (failure.sync_failed()) give_up(failure);
            done(Outcome(huitong::fatal(IssueCode::exception, "", "store-failed", {std::to_string(failure.code)})));
        }
    }
}

Result<bool> Writer::tended() {
    if (has_more_slices()) return true;
    if (unopened_.size() == unopened_told_) return false;
    unopened_told_ = unopened_.size();
    return Outcome(huitong::error(IssueCode::exception, "", "store-unopened", {std::to_string(unopened_told_)}));
}

/// False: no version is left that uses the dictionary.
bool Writer::repack_slice(int dictionary) {
    if (repacked_ >= position_.last) return false;
    const auto first = repacked_ + 1;
    in_transaction([&] { repack(first, repacked_ + kSliceVersions, dictionary); });
    repacked_ += kSliceVersions;
    return true;
}

/// Bodies of these versions that were packed so are packed as new ones are.
void Writer::repack(VersionKey first, VersionKey last, int packing) {
    Repacked packed;
    {
        auto rows = connection_->prepare("SELECT vid, type, size, body, codec FROM version WHERE vid >= ?1 AND vid <= ?2 AND codec >= 0 "
                                         "AND codec & ?4 = ?3");
        rows.bind(first, last, packing, kPackingMask);
        while (rows.step()) {
            const auto codec = static_cast<int>(rows.integer(4));
            pass_over_damage(version_name(rows.key(0)), [&] {
                const auto body = shared_.codec.decode(codec, rows.text(3), static_cast<std::size_t>(rows.integer(2)));
                packed.emplace_back(rows.key(0), shared_.codec.encode(shared_.symbols.text(rows.integer(1)), body));
            });
        }
    }
    replace_bodies(packed);
}

void Writer::replace_bodies(const Repacked& bodies) {
    for (const auto& [vid, body] : bodies) {
        auto update = connection_->prepare("UPDATE version SET codec = ?1, body = ?2 WHERE vid = ?3");
        update.bind_one(1, body.codec);
        update.bind_blob(2, body.bytes);
        update.bind_one(3, vid);
        update.run();
    }
}

VersionKey Writer::load_plain() {
    auto row = connection_->prepare("SELECT value FROM counter WHERE name = 'plain'");
    return row.step() ? row.key(0) : 0;
}

void Writer::save_plain(VersionKey last) { connection_->prepare("INSERT OR REPLACE INTO counter VALUES('plain', ?)").bind(last).run(); }

bool Writer::has_more_slices() const { return wants_resealing() || shared_.codec.retired() || is_plain_due_; }

bool Writer::has_to_tend() const { return has_more_slices() || is_log_to_cut_; }

/// Sooner the types have no dictionaries of their own, which serve them better.
void Writer::look_at_plain() { is_plain_due_ = plain_ != 0 && position_.last / kPlainPart >= plain_; }

/// From the newest to the oldest. The rows are taken out and put back: shorter bodies in their old places would free no page.
void Writer::pack_plain_slice() {
    const auto last = plain_, first = last > kPlainSlice ? last - kPlainSlice + 1 : 1;
    connection_->execute("CREATE TEMP TABLE IF NOT EXISTS moved AS SELECT * FROM version WHERE 0");
    in_transaction([&] {
        repack(first, last, kWithoutDictionary);
        connection_->prepare("INSERT INTO moved SELECT * FROM version WHERE vid BETWEEN ? AND ?").bind(first, last).run();
        connection_->prepare("DELETE FROM version WHERE vid BETWEEN ? AND ?").bind(first, last).run();
        connection_->prepare("INSERT INTO version SELECT * FROM moved ORDER BY vid").run();
        connection_->prepare("DELETE FROM moved").run();
        save_plain(first - 1);
    });
    plain_ = first - 1;
    look_at_plain();
}

void Writer::drop_dictionary(int dictionary) {
    connection_->prepare("UPDATE dictionary SET bytes = x'', type = ? WHERE id = ?").bind(kDropped, dictionary).run();
    shared_.codec.drop_retired(dictionary);
    repacked_ = 0;
    after_expunge();
}

} // namespace huitong::store
