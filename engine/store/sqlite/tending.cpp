/// What the writer does between commits. After an expunge: nothing of what is gone stays in the log file of the database, nor in a
/// dictionary of the codec. After a change of keys: nothing stays sealed with an older one, or unsealed (resealing.cpp).
#include "store/sqlite/schema.hpp"
#include "store/sqlite/writer.hpp"

#include <utility>

namespace huitong::store {
namespace {

/// Versions looked at in one slice: some milliseconds, then commits have their turn.
constexpr VersionKey kSliceVersions = 5'000;

} // namespace

/// Pages that hold the old content may still stand in the write-ahead log; it is written back and cut, as far as readers let it.
void Writer::after_expunge() {
    interner_.load(*connection_);
    try {
        connection_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const StoreFailure&) {
        // A reader holds an old snapshot: a later checkpoint does it.
    }
}

void Writer::run_tending() {
    std::deque<std::function<void(Result<bool>)>> waiting;
    {
        const std::lock_guard lock(mutex_);
        waiting = std::exchange(tending_, {});
    }
    for (auto& done : waiting) {
        const auto dictionary = shared_.codec.retired();
        if (broken_ || (!dictionary && !wants_resealing())) {
            done(false);
            continue;
        }
        try {
            if (!dictionary) reseal_slice();
            else if (!repack_slice(*dictionary)) drop_dictionary(*dictionary);
            done(shared_.codec.retired().has_value() || wants_resealing());
        } catch (const StoreFailure& failure) {
            if (failure.sync_failed()) broken_ = failure;
            done(Outcome(huitong::fatal(IssueCode::exception, "", "store-failed", {std::to_string(failure.code)})));
        }
    }
}

/// False: no version is left that uses the dictionary.
bool Writer::repack_slice(int dictionary) {
    if (repacked_ >= position_.last) return false;
    struct Repacked {
        VersionKey vid;
        BodyCodec::Encoded body;
    };
    std::vector<Repacked> slice;
    {
        auto rows = connection_->prepare("SELECT vid, type, size, body, codec FROM version WHERE vid > ?1 AND vid <= ?2 AND codec >= 0 "
                                         "AND codec & ?4 = ?3");
        rows.bind(repacked_, repacked_ + kSliceVersions, dictionary, kPackingMask);
        while (rows.step()) {
            const auto body =
                shared_.codec.decode(static_cast<int>(rows.integer(4)), rows.text(3), static_cast<std::size_t>(rows.integer(2)));
            slice.push_back({rows.key(0), shared_.codec.encode(shared_.symbols.text(rows.integer(1)), body)});
        }
    }
    if (!slice.empty()) {
        connection_->execute("BEGIN IMMEDIATE");
        try {
            for (const auto& [vid, body] : slice) {
                auto update = connection_->prepare("UPDATE version SET codec = ?1, body = ?2 WHERE vid = ?3");
                update.bind_one(1, body.codec);
                update.bind_blob(2, body.bytes);
                update.bind_one(3, vid);
                update.run();
            }
            connection_->execute("COMMIT");
        } catch (const StoreFailure&) {
            connection_->execute("ROLLBACK");
            throw;
        }
    }
    repacked_ += kSliceVersions;
    return true;
}

void Writer::drop_dictionary(int dictionary) {
    connection_->execute("PRAGMA secure_delete=ON");
    connection_->prepare("UPDATE dictionary SET bytes = x'', type = ? WHERE id = ?").bind(kDropped, dictionary).run();
    connection_->execute("PRAGMA secure_delete=OFF");
    shared_.codec.drop_retired(dictionary);
    repacked_ = 0;
    after_expunge();
}

} // namespace huitong::store
