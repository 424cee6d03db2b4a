#include "rest/posting_door.hpp"

#include "base/json_writer.hpp"
#include "fhir/json.hpp"

namespace huitong::rest {
namespace {

constexpr std::string_view kPrefix = "/messages/";

std::string_view state_text(feeds::Disposition disposition) {
    switch (disposition) {
    case feeds::Disposition::accepted: return "accepted";
    case feeds::Disposition::duplicate: return "duplicate";
    case feeds::Disposition::dead_letter: return "dead-letter";
    case feeds::Disposition::refused: return "refused";
    case feeds::Disposition::throttled: return "throttled";
    case feeds::Disposition::pending: break;
    }
    return "pending";
}

/// A program, not a person or an app that has one patient open.
bool may_post(const access::Caller& caller, const feeds::FeedSettings& feed) {
    if (!caller.practitioner.empty() || !caller.patient_id.empty()) return false;
    const auto listed = feed.setting("post");
    std::string_view names = listed;
    while (!names.empty()) {
        const auto comma = names.find(',');
        auto name = names.substr(0, comma);
        while (name.starts_with(' ')) name.remove_prefix(1);
        while (name.ends_with(' ')) name.remove_suffix(1);
        if (!name.empty() && name == caller.client_id) return true;
        names = comma == names.npos ? std::string_view() : names.substr(comma + 1);
    }
    return false;
}

} // namespace

boost::asio::awaitable<HttpResponse> PostingDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) {
        auto refusal = outcome_response(caller.error());
        auto recorded = co_await reception_.record(Reception::stranger(request), "denied", "", "", refusal.status, {});
        co_return recorded.empty() ? std::move(refusal) : outcome_response(recorded);
    }
    const auto path = request.path.starts_with(kPrefix) ? request.path.substr(kPrefix.size()) : std::string();
    const auto slash = path.find('/');
    const auto* feed = pipeline_.find_feed(path.substr(0, slash));
    auto message = slash == path.npos ? std::string() : path.substr(slash + 1);
    HttpResponse response;
    // Whoever may not post is not told which feeds there are.
    if (!feed || !may_post(*caller, feed->settings))
        response = outcome_response(error(IssueCode::forbidden, "", "rest-post-feed", {path.substr(0, slash)}));
    else if (request.method == "POST" && message.empty()) response = co_await take(feed->settings, std::move(request.body));
    else if (request.method == "GET" && !message.empty()) response = state(feed->settings, message);
    else response = outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    const auto interaction = std::string(request.method == "POST" ? "message-post" : "message-state");
    auto recorded = co_await reception_.record(*caller, interaction, "", std::move(message), response.status, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

boost::asio::awaitable<HttpResponse> PostingDoor::take(const feeds::FeedSettings& feed, std::string body) const {
    auto messages = split_(feed, std::move(body));
    if (messages.empty()) co_return outcome_response(error(IssueCode::not_supported, "", "rest-post-kind", {feed.kind}));
    JsonWriter json;
    json.object().array("messages");
    std::string first;
    for (auto& message : messages) {
        auto raw = std::move(message);
        auto ticket = co_await inbox_.take(std::move(raw));
        // What went before is durable, and is known again when all of it is sent again.
        if (ticket.stored.disposition == feeds::Disposition::throttled) co_return outcome_response(ticket.stored.issues);
        const auto disposition = ticket.stored.disposition; // of the bytes: what becomes of them is not known yet
        const auto state = disposition == feeds::Disposition::accepted ? std::string_view("stored") : state_text(disposition);
        json.object().member("message", ticket.stored.id).member("state", state).end_object();
        if (first.empty()) first = ticket.stored.id;
    }
    json.end_array().end_object();
    auto out = json_response(202, json.take());
    out.set("Location", std::string(kPrefix) + feed.name + '/' + first);
    co_return out;
}

HttpResponse PostingDoor::state(const feeds::FeedSettings& feed, const std::string& message) const {
    const auto stored = inbox_.find(message);
    if (!stored || stored->message.source != feed.name) return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    const auto fact = store_.fact(std::string(feeds::kMessageFacts), message);
    feeds::Receipt receipt;
    receipt.disposition = feeds::Disposition::pending;
    if (fact) receipt = feeds::read_status(message, *fact);
    return json_response(200, "{\"message\":" + fhir::json_text(message) + ",\"state\":\"" + std::string(state_text(receipt.disposition)) +
                                  "\",\"outcome\":" + interaction::operation_outcome(receipt.issues) + '}');
}

} // namespace huitong::rest
