#include "feeds/durable_inbox.hpp"

#include "base/await_callback.hpp"
#include "fhir/json.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace huitong::feeds {
namespace {

/// Before a message without a result is tried again. Its patient's later messages wait meanwhile, so that their order stays.
constexpr std::chrono::milliseconds kPauses[] = {std::chrono::milliseconds(100), std::chrono::seconds(1), std::chrono::seconds(4)};

std::string_view disposition_text(Disposition disposition) { return disposition == Disposition::accepted ? "applied" : "dead-letter"; }

asio::awaitable<Receipt> ready(Receipt receipt) { co_return receipt; }

Receipt receipt_of(MessageId id, Disposition disposition, Outcome issues = {}) {
    Receipt out;
    out.id = std::move(id);
    out.disposition = disposition;
    out.issues = std::move(issues);
    return out;
}

} // namespace

std::string write_status(const Receipt& receipt, const std::vector<std::string>& resources, Instant at, std::string_view content) {
    std::string out =
        "{\"status\":\"" + std::string(disposition_text(receipt.disposition)) + "\",\"at\":\"" + std::to_string(at.microseconds) + '"';
    if (!content.empty()) (out += ",\"content\":\"").append(content) += '"';
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
      dispatcher_([this](std::uint64_t number) {
          std::function<void()> start;
          {
              const std::lock_guard lock(mutex_);
              if (const auto found = pending_.find(number); found != pending_.end()) start = std::move(found->second->start);
          }
          if (start) start();
      }) {}

Outcome DurableInbox::recover() {
    std::vector<StoredMessage> unfinished;
    const auto oldest = clock_.now().microseconds - std::int64_t{limits_.dedup_days} * kMicrosecondsPerDay;
    const auto walked = journal_.walk(0, [&](const JournalRecord& record) {
        auto message = read_message(record.payload);
        if (!message) return true;
        const auto number = message_number(message->id);
        const bool refused = message->message.front_check.has_errors();
        {
            const std::lock_guard lock(mutex_);
            positions_[number] = record.position;
            if (!refused && message->message.received_at.microseconds >= oldest) {
                known_.emplace(dedup_key(message->message), number);
                if (auto control_id = control_id_key(message->message); !control_id.empty()) control_ids_.insert(std::move(control_id));
            }
        }
        next_number_ = std::max(next_number_.load(), number + 1);
        if (!store_.fact(std::string(kMessageFacts), message->id)) unfinished.push_back(std::move(*message));
        return true;
    });
    if (!walked) return walked.error();
    for (auto& message : unfinished) schedule(std::move(message));
    return {};
}

std::string DurableInbox::control_id_key(const RawMessage& message) const {
    if (message.control_id.empty() || !refusing_reuse_.contains(message.source)) return {};
    return message.source + '\n' + message.sender + '\n' + message.control_id;
}

asio::awaitable<Ticket> DurableInbox::take(RawMessage message) {
    const bool refused = message.front_check.has_errors();
    Keys keys;
    if (!refused) {
        keys.content = dedup_key(message);
        keys.control_id = control_id_key(message);
    }
    std::optional<std::uint64_t> first;
    std::shared_ptr<Pending> storing;
    StoredMessage stored;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = known_.find(keys.content); !refused && found != known_.end()) {
            first = found->second;
            if (const auto still = storing_.find(*first); still != storing_.end()) storing = still->second;
        } else if (dispatcher_.backlog() < limits_.pipeline_backlog_max) {
            stored.id = message_id(next_number_);
            // Known from now on, so that the same message on another connection waits for this one instead of being stored again.
            storing_.emplace(next_number_, std::make_shared<Pending>());
            if (!keys.control_id.empty() && !control_ids_.insert(keys.control_id).second) {
                message.front_check.add(error(IssueCode::duplicate, "MSH-10", "inbox-control-id-reused"));
                keys = Keys(); // they belong to the first
            }
            if (!keys.content.empty()) known_.emplace(keys.content, next_number_);
            ++next_number_;
        }
    }
    if (first) co_return co_await answer_again(*first, std::move(storing));
    if (stored.id.empty()) {
        auto receipt = receipt_of("", Disposition::throttled, error(IssueCode::throttled, "", "inbox-backlog"));
        co_return Ticket(receipt, ready(receipt));
    }
    stored.message = std::move(message);
    co_return co_await keep(std::move(stored), std::move(keys));
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

asio::awaitable<Ticket> DurableInbox::keep(StoredMessage stored, Keys keys) {
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
        if (position) {
            positions_[number] = *position;
        } else {
            if (!keys.content.empty()) known_.erase(keys.content);
            if (!keys.control_id.empty()) control_ids_.erase(keys.control_id);
        }
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

std::shared_ptr<DurableInbox::Pending> DurableInbox::schedule(StoredMessage message) {
    const auto number = message_number(message.id);
    auto keys = message.message.order_keys;
    auto pending = std::make_shared<Pending>();
    auto shared = std::make_shared<StoredMessage>(std::move(message));
    pending->start = [this, shared] {
        auto work = run(std::move(*shared));
        asio::co_spawn(workers_, std::move(work), asio::detached);
    };
    {
        const std::lock_guard lock(mutex_);
        const auto [place, is_new] = pending_.emplace(number, pending);
        if (!is_new) return place->second;
    }
    dispatcher_.add(number, std::move(keys));
    return pending;
}

asio::awaitable<void> DurableInbox::run(StoredMessage message) {
    const auto id = message.id;
    auto receipt = co_await apply_once(std::move(message));
    for (const auto pause : kPauses) {
        if (receipt.disposition != Disposition::pending) break;
        asio::steady_timer timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        auto again = find(id);
        if (!again) break;
        receipt = co_await apply_once(std::move(*again));
    }
    finish(message_number(id), receipt);
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
    JournalPosition position = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto found = positions_.find(message_number(id));
        if (found == positions_.end()) return Outcome(error(IssueCode::not_found, "", "inbox-unknown-message", {id}));
        position = found->second;
    }
    auto record = journal_.read(position);
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
