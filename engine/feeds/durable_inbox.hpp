/// The durable inbox: bytes are on the disk before anybody is told; each message is applied exactly once in effect, in order per patient.
///
/// What became of a message is a fact of the store, written in the same commit as its resources ("message", id). After a crash every
/// message without such a fact is applied again; effects are idempotent, so nothing is lost and nothing doubled. A duplicate (the latest
/// accepted content of a feed's, sender's and control id's within `dedup_days`, duplicates.hpp) gets the same answer and does nothing.
/// A message that was under way when the hub ended may be why it ended: when it begins again, that is a fact ("message-begun", id → how
/// often), and such messages run one after another; behind the third beginning that ended the hub it is a dead letter.
#pragma once

#include "base/journal.hpp"
#include "feeds/dispatcher.hpp"
#include "feeds/duplicates.hpp"
#include "feeds/positions.hpp"
#include "store/store.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <set>

namespace huitong::feeds {

/// Applies one message: commits its resources together with the status fact, or makes it a dead letter. `pending`: it could not be told
/// which, and nothing was written; the inbox tries again. The same goes for an exception.
class Applier {
public:
    virtual boost::asio::awaitable<Receipt> apply(StoredMessage message) = 0;
    /// Makes it a dead letter without looking at its bytes.
    virtual boost::asio::awaitable<Receipt> give_up(StoredMessage message, Outcome why) = 0;

protected:
    ~Applier() = default;
};

constexpr std::string_view kMessageFacts = "message";        ///< id → status as JSON
constexpr std::string_view kDeadLetterFacts = "dead-letter"; ///< id → status as JSON, only while it is one
constexpr std::string_view kBegunFacts = "message-begun";    ///< id → beginnings after a start, only while it runs
constexpr std::uint32_t kBeginningsMax = 3;                  ///< of a message under which the hub ended each time

/// Status of a message as its fact says: "applied" or "dead-letter" with issues and the resources written. `content`: id of the maps and
/// settings that ran (content_archive.hpp).
std::string write_status(const Receipt& receipt, const std::vector<std::string>& resources, Instant at, std::string_view content = {},
                         std::string_view outcome = {});
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
    boost::asio::awaitable<Receipt> wait_for(std::shared_ptr<Pending> pending);
    boost::asio::awaitable<Receipt> known_result(MessageId id);
    /// A duplicate: told once the first is durable.
    boost::asio::awaitable<Ticket> answer_again(std::uint64_t first, std::shared_ptr<Pending> storing);
    boost::asio::awaitable<Ticket> keep(StoredMessage stored, std::optional<MessageKey> key);
    bool has_room(const SourceId& source) const;
    static void settle(Pending& pending, const Receipt& receipt);
    /// A message that waits or runs already is not scheduled twice: its one run answers all who ask.
    /// `beginning`: how often it will have begun since the hub first ended under it; 0 = the hub never did.
    std::shared_ptr<Pending> schedule(StoredMessage message, std::uint32_t beginning = 0);
    void finish(std::uint64_t number, const Receipt& receipt);
    /// One run, and some more where it ended without a result; what still has none then is left to the next start.
    boost::asio::awaitable<void> run(StoredMessage message, std::uint32_t beginning);
    boost::asio::awaitable<Receipt> apply_and_retry(StoredMessage message);
    boost::asio::awaitable<Receipt> apply_once(StoredMessage message);
    boost::asio::awaitable<void> keep_fact(store::FactWrite fact);

    Journal& journal_;
    store::Store& store_;
    Applier& applier_;
    boost::asio::thread_pool& workers_;
    const Limits& limits_;
    const Clock& clock_;
    Dispatcher dispatcher_;
    std::atomic<std::uint64_t> next_number_{1}, duplicates_{0}, failures_{0};
    mutable std::mutex mutex_;
    Duplicates known_;
    std::set<SourceId> refusing_reuse_;
    Positions positions_;
    std::map<std::uint64_t, std::shared_ptr<Pending>> pending_;
    std::map<std::uint64_t, std::shared_ptr<Pending>> storing_; ///< appended, not yet durable
};

} // namespace huitong::feeds
