#include "adapters/hl7v2/receiver.hpp"

#include "adapters/hl7v2/batch_answer.hpp"
#include "adapters/hl7v2/batch_file.hpp"
#include "adapters/hl7v2/charset_choice.hpp"
#include "adapters/hl7v2/query.hpp"
#include "adapters/hl7v2/tree.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/core.h>

namespace huitong::adapters::hl7v2 {
namespace {

namespace asio = boost::asio;

/// Bytes without a readable MSH are kept as samples so many times a run; a port scanner must not fill the disk.
constexpr std::uint32_t kHeadlessSamplesMax = 100;

feeds::Receipt pending_receipt(feeds::MessageId id) {
    feeds::Receipt out;
    out.id = std::move(id);
    out.disposition = feeds::Disposition::pending;
    return out;
}

asio::awaitable<void> wait(asio::steady_timer& timer) { co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)); }

/// The second answer of a ticket, or `pending` after `milliseconds`.
asio::awaitable<feeds::Receipt> applied_within(feeds::Ticket ticket, std::uint32_t milliseconds) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(milliseconds));
    auto first = co_await (std::move(ticket.applied) || wait(timer));
    if (first.index() == 0) co_return std::get<0>(std::move(first));
    co_return pending_receipt(ticket.stored.id);
}

/// Answers of one batch.
class AckCollector final : public FrameWriter {
public:
    explicit AckCollector(std::string peer_name) : peer_name_(std::move(peer_name)) {}
    asio::awaitable<bool> send(std::string message) override {
        acks_.push_back(std::move(message));
        co_return true;
    }
    std::string peer_name() const override { return peer_name_; }
    const std::vector<std::string>& acks() const { return acks_; }

private:
    std::string peer_name_;
    std::vector<std::string> acks_;
};

} // namespace

bool Receiver::is_kept(const Envelope& envelope) { return envelope.has_header || headless_++ < kHeadlessSamplesMax; }

AckStamp Receiver::stamp() {
    AckStamp out;
    out.now = clock_.now();
    out.offset_minutes = settings_.offset_minutes;
    out.control_id = fmt::format("HT{:013x}{:04x}", static_cast<std::uint64_t>(out.now.microseconds), acks_++ & 0xFFFF);
    out.language = settings_.language;
    return out;
}

std::string Receiver::ack(const Envelope& envelope, const Answer& answer, AckMode mode) {
    return write_ack(envelope, answer, mode, stamp());
}

asio::awaitable<void> Receiver::respond(std::string message, FrameWriter& out) {
    if (is_batch(message)) co_await respond_batch(std::move(message), out);
    else co_await respond_one(std::move(message), out);
}

asio::awaitable<void> Receiver::respond_batch(std::string batch, FrameWriter& out) {
    const auto pieces = split_messages(batch);
    AckCollector collector(out.peer_name());
    for (const auto piece : pieces.value) co_await respond_one(std::string(piece), collector);
    const auto said = stamp();
    BatchStamp batch_stamp{ack_time(said), said.control_id};
    co_await out.send(write_batch_answer(batch, collector.acks(), pieces.issues, batch_stamp));
}

asio::awaitable<void> Receiver::respond_query(std::string message, const Envelope& envelope, FrameWriter& out) {
    auto decoded = decode_bytes_as(message, envelope.charset);
    const auto tree = read_tree(std::move(decoded.text), envelope.charset);
    auto query = read_query(tree.value->root(), settings_.source);
    Parsed<huitong::fhir::DocumentPtr> found;
    found.issues = envelope.issues;
    found.issues.add(std::move(query.issues));
    if (!found.issues.has_errors()) found = co_await answers_->answer(std::move(query.value));
    co_await out.send(write_response(envelope, tree.value->root(), found, stamp()));
}

asio::awaitable<void> Receiver::respond_one(std::string message, FrameWriter& out) {
    auto envelope = front_check(message, settings_.rules);
    check_sender(out.peer_name(), settings_.rules, envelope);
    auto answer = answer_of(envelope.issues);
    const bool passed = answer.kind == AckKind::accept;
    if (answers_ && passed && envelope.type == "QBP") {
        co_await respond_query(std::move(message), envelope, out);
        co_return;
    }
    std::optional<feeds::Ticket> ticket;
    if (is_kept(envelope)) {
        auto raw = raw_message(settings_.source, std::move(message), envelope, clock_.now());
        try {
            ticket = co_await inbox_.take(std::move(raw));
        } catch (const std::exception&) { // not known to be durable: the sender shall send it again
            answer = Answer();
            answer.kind = AckKind::reject;
            answer.errors.push_back(AckError());
            answer.errors.front().issue = error(IssueCode::exception, "", "v2-not-stored");
        }
    }
    if (ticket && (passed || ticket->stored.disposition == feeds::Disposition::throttled)) answer = answer_of(ticket->stored);
    const bool stored = ticket && passed && answer.kind == AckKind::accept;
    if (!envelope.is_enhanced()) {
        if (stored && settings_.waits_for_commit) {
            auto applied = co_await applied_within(std::move(*ticket), settings_.ack_wait_ms);
            answer = answer_of(applied);
        }
        co_await out.send(ack(envelope, answer, AckMode::original));
        co_return;
    }
    if (is_wanted(envelope.header_field(15), answer.kind)) {
        if (!co_await out.send(ack(envelope, answer, AckMode::commit))) co_return;
    }
    const auto application = envelope.header_field(16);
    if (!stored || application.empty() || application == "NE") co_return;
    auto applied = co_await applied_within(std::move(*ticket), settings_.ack_wait_ms);
    answer = answer_of(applied);
    if (is_wanted(application, answer.kind)) co_await out.send(ack(envelope, answer, AckMode::application));
}

} // namespace huitong::adapters::hl7v2
