/// The durable inbox: bytes are on the disk before anybody is told; each message is applied exactly once in effect, in order per patient.
///
/// What became of a message is a fact of the store, written in the same commit as its resources ("message", id). After a crash every
/// message without such a fact is applied again; effects are idempotent, so nothing is lost and nothing doubled. A duplicate (same feed,
/// sender, control id and content within `dedup_days`, first receipt accepted) gets the same answer and does nothing.
#pragma once

#include "base/journal.hpp"
#include "feeds/dispatcher.hpp"
#include "feeds/message_record.hpp"
#include "store/store.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace huitong::feeds {

/// Applies one message: commits its resources together with the status fact, or makes it a dead letter. `pending`: it could not be told
/// which, and nothing was written; the inbox tries again. The same goes for an exception.
class Applier {
public:
    virtual boost::asio::awaitable<Receipt> apply(StoredMessage message) = 0;

protected:
    ~Applier() = default;
};

constexpr std::string_view kMessageFacts = "message";        ///< id → status as JSON
constexpr std::string_view kDeadLetterFacts = "dead-letter"; ///< id → status as JSON, only while it is one

/// Status of a message as its fact says: "applied" or "dead-letter" with issues and the resources written. `content`: id of the maps and
/// settings that ran (content_archive.hpp).
std::string write_status(const Receipt& receipt, const std::vector<std::string>& resources, Instant at, std::string_view content = {});
Receipt read_status(const MessageId& id, std::string_view fact);

class DurableInbox final : public Inbox {
public:
    DurableInbox(Journal& journal, store::Store& store, Applier& applier, boost::asio::thread_pool& workers, const Limits& limits,
                 const Clock& clock);
    /// Feeds that refuse a control id that was used before with other content (`control_id_reuse = "refuse"`). Call before `recover`.
    void refuse_control_id_reuse(std::set<SourceId> feeds) { refusing_reuse_ = std::move(feeds); }
    /// Reads the journal: known messages for duplicates, unfinished ones are applied. Call once, before feeds run.
    Outcome recover();
    boost::asio::awaitable<Ticket> take(RawMessage message) override;
    /// Applies a message of the journal again (dead letters, changed maps). Issue: inbox-unknown-message.
    boost::asio::awaitable<Receipt> replay(MessageId id);
    /// The same without waiting for the end.
    Outcome start_replay(const MessageId& id);
    Result<StoredMessage> find(const MessageId& id) const;
    std::size_t backlog() const { return dispatcher_.backlog(); }
    std::uint64_t received() const { return next_number_.load() - 1; }
    std::uint64_t duplicates() const { return duplicates_.load(); }
    /// Runs that ended with an exception.
    std::uint64_t failures() const { return failures_.load(); }

private:
    struct Pending {
        std::mutex mutex;
        std::optional<Receipt> receipt;
        std::vector<std::function<void(Receipt)>> waiting;
        std::function<void()> start; ///< runs the message on a worker
    };
    /// What a message is known by while it is stored; forgotten again where it could not be.
    struct Keys {
        std::string content;    ///< of `known_`, "" = none
        std::string control_id; ///< of `control_ids_`, "" = none
        Keys() {}
    };
    boost::asio::awaitable<Receipt> wait_for(std::shared_ptr<Pending> pending);
    boost::asio::awaitable<Receipt> known_result(MessageId id);
    /// A duplicate: told once the first is durable.
    boost::asio::awaitable<Ticket> answer_again(std::uint64_t first, std::shared_ptr<Pending> storing);
    boost::asio::awaitable<Ticket> keep(StoredMessage stored, Keys keys);
    static void settle(Pending& pending, const Receipt& receipt);
    /// A message that waits or runs already is not scheduled twice: its one run answers all who ask.
    std::shared_ptr<Pending> schedule(StoredMessage message);
    void finish(std::uint64_t number, const Receipt& receipt);
    /// One run, and some more where it ended without a result; what still has none then is left to the next start.
    boost::asio::awaitable<void> run(StoredMessage message);
    boost::asio::awaitable<Receipt> apply_once(StoredMessage message);

    /// Of an accepted message; "" for feeds that take a control id again.
    std::string control_id_key(const RawMessage& message) const;

    Journal& journal_;
    store::Store& store_;
    Applier& applier_;
    boost::asio::thread_pool& workers_;
    const Limits& limits_;
    const Clock& clock_;
    Dispatcher dispatcher_;
    std::atomic<std::uint64_t> next_number_{1}, duplicates_{0}, failures_{0};
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::uint64_t> known_; ///< dedup key → first accepted message
    std::set<SourceId> refusing_reuse_;
    std::unordered_set<std::string> control_ids_; ///< used by accepted messages of those feeds, within `dedup_days`
    std::map<std::uint64_t, JournalPosition> positions_;
    std::map<std::uint64_t, std::shared_ptr<Pending>> pending_;
    std::map<std::uint64_t, std::shared_ptr<Pending>> storing_; ///< appended, not yet durable
};

} // namespace huitong::feeds
