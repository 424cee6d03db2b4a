#include "adapters/v3/facade.hpp"

#include "adapters/v3/query.hpp"
#include "base/charset.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace huitong::adapters::v3 {
namespace {

namespace asio = boost::asio;
using huitong::feeds::Disposition;
using huitong::feeds::Receipt;

std::string xml_type(bool is_soap12) { return is_soap12 ? "application/soap+xml; charset=utf-8" : "text/xml; charset=utf-8"; }

HttpReply fault(const Call& call, const Outcome& issues, Language language) {
    const auto* leading = issues.leading();
    const bool by_sender =
        leading->code != IssueCode::transient && leading->code != IssueCode::exception && leading->code != IssueCode::throttled;
    return {500, xml_type(call.is_soap12), write_fault(call.is_soap12, by_sender, leading->rule, text_of(*leading, language))};
}

asio::awaitable<void> wait(asio::steady_timer& timer) { co_await timer.async_wait(asio::as_tuple(asio::use_awaitable)); }

/// What became of it within the time; pending when that is over.
asio::awaitable<Receipt> applied_within(huitong::feeds::Ticket ticket, std::uint32_t milliseconds) {
    using namespace asio::experimental::awaitable_operators;
    const auto id = ticket.stored.id;
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(milliseconds));
    auto outcome = co_await (std::move(ticket.applied) || wait(timer));
    if (outcome.index() == 0) co_return std::get<0>(std::move(outcome));
    Receipt pending;
    pending.id = id;
    pending.disposition = Disposition::pending;
    co_return pending;
}

} // namespace

std::string charset_of(std::string_view content_type) {
    std::string lower(content_type);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto at = lower.find("charset=");
    if (at == lower.npos) return {};
    auto name = lower.substr(at + 8);
    name.erase(std::min(name.find(';'), name.size()));
    std::erase_if(name, [](char c) { return c == '"' || c == '\'' || c == ' '; });
    return name;
}

Stamp Facade::stamp() const {
    Stamp out;
    out.now = clock_.now();
    out.offset_minutes = settings_.offset_minutes;
    out.device = settings_.device;
    out.language = settings_.language;
    return out;
}

asio::awaitable<HttpReply> Facade::reply(HttpQuestion question) {
    if (question.method == "GET") {
        const bool is_wsdl = question.target.find("?wsdl") != std::string::npos || question.target.find("?WSDL") != std::string::npos;
        const auto path = question.target.substr(0, question.target.find('?'));
        if (is_wsdl) co_return HttpReply(200, "text/xml; charset=utf-8", write_wsdl("http://" + question.host + path));
        co_return HttpReply(404, "text/plain", "?wsdl\n");
    }
    if (question.method != "POST") co_return HttpReply(405, "text/plain", "POST\n");
    // Bytes that are not of the charset that the wire names are read as what they look like.
    const auto charset = settings_.charset.empty() && read_charset(charset_of(question.content_type)) != Charset::utf8
                             ? charset_of(question.content_type)
                             : settings_.charset;
    const auto call = read_call(question.body, charset, question.soap_action, limits_);
    if (call.issues.has_errors()) co_return fault(call.value, call.issues, settings_.language);
    auto received = read_message(call.value, limits_);
    if (!received.tree) co_return fault(call.value, received.issues, settings_.language);
    auto message = co_await answer(received, std::move(question.body), charset);
    co_return HttpReply(200, xml_type(call.value.is_soap12), write_reply(call.value, message));
}

asio::awaitable<std::string> Facade::answer(const Received& received, std::string body, const std::string& charset) {
    if (!received.service) co_return write_acknowledgement(received, Verdict::rejected, received.issues, stamp());
    if (received.service->role == Role::ask) co_return co_await ask(received);
    co_return co_await take(received, std::move(body), charset);
}

/// Whatever passes or fails the front check is kept; only then it is answered.
asio::awaitable<std::string> Facade::take(const Received& received, std::string body, const std::string& charset) {
    auto raw = raw_message(received, std::move(body), charset, settings_.source, clock_.now());
    std::optional<huitong::feeds::Ticket> ticket;
    try {
        ticket = co_await inbox_.take(std::move(raw));
    } catch (const std::exception&) { // not known to be durable: the sender shall send it again
        ticket.reset();
    }
    if (!ticket) {
        Outcome issues;
        issues.add(error(IssueCode::transient, "", "v3-not-stored"));
        co_return write_acknowledgement(received, Verdict::rejected, issues, stamp());
    }
    // What was throttled is not kept, whatever is wrong with it: the sender shall send it again.
    if (ticket->stored.disposition == Disposition::throttled)
        co_return write_acknowledgement(received, verdict_of(ticket->stored), ticket->stored.issues, stamp());
    if (received.issues.has_errors()) co_return write_acknowledgement(received, verdict_of(received.issues), received.issues, stamp());
    if (!settings_.waits_for_commit) co_return write_acknowledgement(received, verdict_of(ticket->stored), ticket->stored.issues, stamp());
    const auto applied = co_await applied_within(std::move(*ticket), settings_.ack_wait_ms);
    co_return write_acknowledgement(received, verdict_of(applied), applied.issues, stamp());
}

asio::awaitable<std::string> Facade::ask(const Received& received) {
    Parsed<huitong::fhir::DocumentPtr> found;
    found.issues = received.issues;
    if (!answers_)
        found.issues.add(error(IssueCode::not_supported, "action", "v3-service-not-offered", {std::string(received.service->name)}));
    auto query = read_query(received, settings_.source);
    found.issues.add(std::move(query.issues));
    if (!found.issues.has_errors()) found = co_await answers_->answer(std::move(query.value));
    co_return write_findings(received, found, stamp());
}

} // namespace huitong::adapters::v3
