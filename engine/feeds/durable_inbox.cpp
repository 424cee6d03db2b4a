#include "feeds/durable_inbox.hpp"

#include "base/await_callback.hpp"
#include "fhir/json.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <thread>

namespace huitong::feeds {
namespace {

/// Before a message without a result is tried again. Its patient's later messages wait meanwhile, so that their order stays.
constexpr std::chrono::milliseconds kPauses[] = {std::chrono::milliseconds(100), std::chrono::seconds(1), std::chrono::seconds(4)};

/// How often in a row a message that waits for the store may not be read from the journal.
constexpr std::size_t kUnreadMax = 100;

/// Messages under way at once: enough to keep every core busy while commits are waited for. What is more would only stand in the line of
/// the workers, where the messages of all feeds wait behind each other.
std::size_t running_max() { return std::size_t{3} * std::max(2U, std::thread::hardware_concurrency()); }

constexpr std::string_view kSuspects = "\n began before the hub ended"; ///< order key: no feed has one with a line's end

std::string_view disposition_text(Disposition disposition) { return disposition == Disposition::accepted ? "applied" : "dead-letter"; }

asio::awaitable<Receipt> ready(Receipt receipt) { co_return receipt; }

Receipt receipt_of(MessageId id, Disposition disposition, Outcome issues = {}) {
    Receipt out;
    out.id = std::move(id);
    out.disposition = disposition;
    out.issues = std::move(issues);
    return out;
}

/// The disk takes nothing: what was acknowledged goes in when it does again, however long that takes.
bool is_refused_by_store(const Receipt& receipt) {
    if (receipt.disposition != Disposition::pending) return false;
    for (const auto& issue : receipt.issues.issues()) {
        if (issue.rule == "store-full" || issue.rule == "store-failed") return true;
    }
    return false;
}

} // namespace

std::string write_status(const Receipt& receipt, const std::vector<std::string>& resources, Instant at, std::string_view content,
                         std::string_view outcome) {
    std::string out =
        "{\"status\":\"" + std::string(disposition_text(receipt.disposition)) + "\",\"at\":\"" + std::to_string(at.microseconds) + '"';
    if (!content.empty()) (out += ",\"content\":\"").append(content) += '"';
    if (!outcome.empty()) (out += ",\"outcome\":\"").append(outcome) += '"';
    out += ",\"resources\":[";
    for (std::size_t index = 0; index < resources.size(); ++index) {
        if (index != 0) out += ',';
        fhir::write_json_string(resources[index], out);
    }
    return out + "],\"issues\":" + write_issues(receipt.issues) + '}';
}

Receipt read_status(const MessageId& id, std::string_view fact) {
    const auto parsed = fhir::read_plain_json(std::string(fact));
    if (parsed.issues.has_errors()) return receipt_of(id, Disposition::pending);
    const auto root = parsed.value->root();
    return receipt_of(id, root.text("status") == "applied" ? Disposition::accepted : Disposition::dead_letter, read_issues(root, "issues"));
}

DurableInbox::DurableInbox(Journal& journal, store::Store& store, Applier& applier, asio::thread_pool& workers, const Limits& limits,
                           const Clock& clock)
    : journal_(journal), store_(store), applier_(applier), workers_(workers), limits_(limits), clock_(clock),
      dispatcher_(
          [this](std::uint64_t number) {
              std::function<void()> start;
              {
                  const std::lock_guard lock(mutex_);
                  if (const auto found = pending_.find(number); found != pending_.end()) start = std::move(found->second->start);
              }
              if (start) start();
          },
          running_max()),
      known_(limits.dedup_days) {}

Outcome DurableInbox::recover() {
    std::vector<StoredMessage> unfinished;
    const auto oldest = clock_.now().microseconds - std::int64_t{limits_.dedup_days} * kMicrosecondsPerDay;
    const auto walked = journal_.walk(0, [&](const JournalRecord& record) {
        auto message = read_message(record.payload);
        if (!message) return true;
        const auto number = message_number(message->id);
        const auto& raw = message->message;
        {
            const std::lock_guard lock(mutex_);
            positions_.add(number, record.position);
            if (!raw.front_check.has_errors() && raw.received_at.microseconds >= oldest)
                known_.add(message_key(raw), number, raw.received_at);
        }
        next_number_ = std::max(next_number_.load(), number + 1);
        if (!store_.fact(std::string(kMessageFacts), message->id)) unfinished.push_back(std::move(*message));
        return true;
    });
    if (!walked) return walked.error();
    for (auto& message : unfinished) {
        const auto begun = store_.fact(std::string(kBegunFacts), message.id);
        const auto before = begun ? static_cast<std::uint32_t>(std::strtoul(begun->c_str(), nullptr, 10)) : 0;
        schedule(std::move(message), before + 1);
    }
    return {};
}

/// A feed may have as much unapplied as is still free: alone half of all, two that flood a third each, and there is always room for a
/// third.
bool DurableInbox::has_room(const SourceId& source) const {
    const auto waiting = dispatcher_.backlog();
    return waiting < limits_.pipeline_backlog_max && dispatcher_.backlog(source) < limits_.pipeline_backlog_max - waiting;
}

asio::awaitable<Ticket> DurableInbox::take(RawMessage message) {
    std::optional<MessageKey> key;
    if (!message.front_check.has_errors()) key = message_key(message);
    std::optional<std::uint64_t> first;
    std::shared_ptr<Pending> storing;
    StoredMessage stored;
    {
        const std::lock_guard lock(mutex_);
        const auto before = key ? known_.find(*key) : Duplicates::Found();
        if (before.match == Duplicates::Match::same) {
            first = before.number;
            if (const auto still = storing_.find(*first); still != storing_.end()) storing = still->second;
        } else if (has_room(message.source)) {
            const std::uint64_t number = next_number_++;
            stored.id = message_id(number);
            // Known from now on, so that the same message on another connection waits for this one instead of being stored again.
            storing_.emplace(number, std::make_shared<Pending>());
            if (before.match == Duplicates::Match::other && refusing_reuse_.contains(message.source)) {
                message.front_check.add(error(IssueCode::duplicate, "MSH-10", "inbox-control-id-reused"));
                key.reset(); // it is the first's
            }
            if (key) known_.add(*key, number, message.received_at);
        }
    }
    if (first) co_return co_await answer_again(*first, std::move(storing));
    if (stored.id.empty()) {
        auto receipt = receipt_of("", Disposition::throttled, error(IssueCode::throttled, "", "inbox-backlog"));
        co_return Ticket(receipt, ready(receipt));
    }
    stored.message = std::move(message);
    co_return co_await keep(std::move(stored), key);
}

asio::awaitable<Ticket> DurableInbox::answer_again(std::uint64_t first, std::shared_ptr<Pending> storing) {
    if (storing) {
        auto receipt = co_await wait_for(std::move(storing));
        if (receipt.disposition != Disposition::accepted) co_return Ticket(receipt, ready(receipt));
    }
    ++duplicates_;
    const auto id = message_id(first);
    co_return Ticket(receipt_of(id, Disposition::duplicate), known_result(id));
}

asio::awaitable<Ticket> DurableInbox::keep(StoredMessage stored, std::optional<MessageKey> key) {
    const auto number = message_number(stored.id);
    auto payload = write_message(stored.id, stored.message);
    auto position = co_await journal_.append(std::move(payload));
    const auto& front_check = stored.message.front_check;
    auto receipt = front_check.has_errors() ? receipt_of(stored.id, Disposition::dead_letter, front_check)
                                            : receipt_of(stored.id, Disposition::accepted);
    // Nothing was kept, whatever the reason: the sender must offer it again.
    if (!position) receipt = receipt_of("", Disposition::throttled, position.error());
    std::shared_ptr<Pending> storing;
    {
        const std::lock_guard lock(mutex_);
        storing = std::move(storing_.at(number));
        storing_.erase(number);
        if (position) positions_.add(number, *position);
        else if (key) known_.withdraw(*key, number);
    }
    std::shared_ptr<Pending> pending;
    if (position) pending = schedule(std::move(stored));
    settle(*storing, receipt);
    if (!position) co_return Ticket(receipt, ready(receipt));
    co_return Ticket(std::move(receipt), wait_for(std::move(pending)));
}

asio::awaitable<Receipt> DurableInbox::known_result(MessageId id) {
    std::shared_ptr<Pending> pending;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = pending_.find(message_number(id)); found != pending_.end()) pending = found->second;
    }
    if (pending) co_return co_await wait_for(std::move(pending));
    const auto fact = store_.fact(std::string(kMessageFacts), id);
    co_return fact ? read_status(id, *fact) : receipt_of(id, Disposition::pending);
}

asio::awaitable<Receipt> DurableInbox::wait_for(std::shared_ptr<Pending> pending) {
    std::function<void(std::function<void(Receipt)>)> start = [pending](std::function<void(Receipt)> done) {
        std::optional<Receipt> receipt;
        {
            const std::lock_guard lock(pending->mutex);
            if (!pending->receipt) {
                pending->waiting.push_back(std::move(done));
                return;
            }
            receipt = pending->receipt;
        }
        done(std::move(*receipt));
    };
    // Whoever has no more patience goes on; the message does not stop.
    std::optional<Receipt> not_yet = receipt_of({}, Disposition::pending);
    co_return co_await await_callback<Receipt>(std::move(start), std::move(not_yet));
}

std::shared_ptr<DurableInbox::Pending> DurableInbox::schedule(StoredMessage message, std::uint32_t beginning) {
    const auto number = message_number(message.id);
    const auto source = message.message.source;
    auto keys = message.message.order_keys;
    // One of those that began before may be what ends the hub. The others must not begin beside it and be taken for it.
    if (beginning > 1) keys.emplace_back(kSuspects);
    auto pending = std::make_shared<Pending>();
    auto shared = std::make_shared<StoredMessage>(std::move(message));
    pending->start = [this, shared, beginning] {
        auto work = run(std::move(*shared), beginning);
        asio::co_spawn(workers_, std::move(work), asio::detached);
    };
    {
        const std::lock_guard lock(mutex_);
        const auto [place, is_new] = pending_.emplace(number, pending);
        if (!is_new) return place->second;
    }
    dispatcher_.add(number, std::move(keys), source);
    return pending;
}

asio::awaitable<void> DurableInbox::run(StoredMessage message, std::uint32_t beginning) {
    const auto id = message.id;
    Receipt receipt;
    if (beginning > kBeginningsMax) {
        Outcome why = error(IssueCode::exception, "", "inbox-ends-hub", {std::to_string(kBeginningsMax)});
        receipt = co_await applier_.give_up(std::move(message), std::move(why));
    } else {
        store::FactWrite begun{std::string(kBegunFacts), id, std::to_string(beginning), false};
        if (beginning > 0) co_await keep_fact(std::move(begun));
        receipt = co_await apply_and_retry(std::move(message));
    }
    store::FactWrite ended{std::string(kBegunFacts), id, {}, true};
    if (beginning > 0) co_await keep_fact(std::move(ended));
    finish(message_number(id), receipt);
}

/// Where the store cannot keep it, the message runs without.
asio::awaitable<void> DurableInbox::keep_fact(store::FactWrite fact) {
    store::Commit commit;
    commit.reason = "message-begun";
    commit.facts.push_back(std::move(fact));
    co_await store_.commit(std::move(commit));
}

asio::awaitable<Receipt> DurableInbox::apply_and_retry(StoredMessage message) {
    const auto id = message.id;
    auto receipt = co_await apply_once(std::move(message));
    std::size_t unread = 0;
    for (std::size_t tries = 0; tries < std::size(kPauses) || is_refused_by_store(receipt); ++tries) {
        const auto pause = tries < std::size(kPauses) ? kPauses[tries] : *std::rbegin(kPauses);
        if (receipt.disposition != Disposition::pending) break;
        dispatcher_.step_aside(message_number(id)); // whoever waits for a store keeps no other feed's message from running
        asio::steady_timer timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        auto again = find(id);
        // The journal lies on the disk that refuses; a record that stays unreadable is damaged.
        if (!again && is_refused_by_store(receipt) && ++unread < kUnreadMax) continue;
        if (!again) break;
        unread = 0;
        receipt = co_await apply_once(std::move(*again));
    }
    co_return receipt;
}

asio::awaitable<Receipt> DurableInbox::apply_once(StoredMessage message) {
    const auto id = message.id;
    try {
        co_return co_await applier_.apply(std::move(message));
    } catch (const std::exception&) { // a view that could not be read, no memory
        ++failures_;
    }
    co_return receipt_of(id, Disposition::pending, error(IssueCode::exception, "", "feed-not-applied"));
}

void DurableInbox::finish(std::uint64_t number, const Receipt& receipt) {
    std::shared_ptr<Pending> pending;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = pending_.find(number); found != pending_.end()) {
            pending = found->second;
            pending_.erase(found);
        }
    }
    dispatcher_.finished(number);
    if (pending) settle(*pending, receipt);
}

void DurableInbox::settle(Pending& pending, const Receipt& receipt) {
    std::vector<std::function<void(Receipt)>> waiting;
    {
        const std::lock_guard lock(pending.mutex);
        pending.receipt = receipt;
        waiting.swap(pending.waiting);
    }
    for (const auto& done : waiting) done(receipt);
}

Result<StoredMessage> DurableInbox::find(const MessageId& id) const {
    std::optional<JournalPosition> position;
    {
        const std::lock_guard lock(mutex_);
        position = positions_.find(message_number(id));
    }
    if (!position) return Outcome(error(IssueCode::not_found, "", "inbox-unknown-message", {id}));
    auto record = journal_.read(*position);
    if (!record) return record.error();
    auto message = *record ? read_message((*record)->payload) : std::nullopt;
    if (!message) return Outcome(error(IssueCode::not_found, "", "inbox-unknown-message", {id}));
    return std::move(*message);
}

Outcome DurableInbox::start_replay(const MessageId& id) {
    auto message = find(id);
    if (!message) return message.error();
    schedule(std::move(*message));
    return {};
}

asio::awaitable<Receipt> DurableInbox::replay(MessageId id) {
    auto message = find(id);
    if (!message) co_return receipt_of(id, Disposition::refused, message.error());
    auto pending = schedule(std::move(*message));
    co_return co_await wait_for(std::move(pending));
}

} // namespace huitong::feeds
