#include "rest/feeds_door.hpp"

#include "base/json_writer.hpp"
#include "exchange/forwarder.hpp"
#include "fhir/json.hpp"

#include <charconv>

namespace huitong::rest {
namespace {

constexpr std::size_t kListedMax = 10'000;
/// Above every message id.
constexpr const char* kBehindAll = "~";

std::string value_of(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.query) {
        if (key == name) return value;
    }
    return {};
}

std::size_t count_of(const HttpRequest& request) {
    std::size_t out = 100;
    const auto text = value_of(request, "count");
    std::from_chars(text.data(), text.data() + text.size(), out);
    return std::min(out, kListedMax);
}

HttpResponse undelivered(store::Store& store, std::size_t count) {
    std::string out = "{\"undelivered\":[";
    for (const auto& [message, reasons] : store.facts(std::string(exchange::kForwardRefusedFacts), "", kBehindAll, count)) {
        if (out.back() != '[') out += ',';
        out += "{\"message\":" + fhir::json_text(message) + ",\"what\":" + reasons + '}';
    }
    return json_response(200, out + "]}");
}

} // namespace

boost::asio::awaitable<HttpResponse> FeedsDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    const auto what = request.path.size() > 7 ? request.path.substr(7) : std::string();
    HttpResponse response;
    if (request.method == "POST" && what == "replay") response = co_await replay(request);
    else if (request.method == "POST" && what == "correct") response = co_await correct(request);
    else if (request.method == "POST" && what == "resend") response = resend(request);
    else if (request.method != "GET") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    else if (what.empty()) response = list();
    else if (what == "dead-letters") response = dead_letters(count_of(request));
    else if (what == "undelivered") response = undelivered(store_, count_of(request));
    else if (what == "gaps") response = gaps(count_of(request));
    else if (what == "trace") response = trace(request);
    else if (what == "touched") response = touched(request);
    else if (what == "message") response = message(request);
    else co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    const auto resource = value_of(request, "resource");
    std::vector<std::string> disclosed;
    if (!resource.empty() && response.status == 200) disclosed.push_back(resource);
    auto interaction = "feeds-" + (what.empty() ? std::string("list") : what);
    auto message = value_of(request, "message");
    auto recorded =
        co_await reception_.record(*caller, std::move(interaction), "", std::move(message), response.status, std::move(disclosed));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

HttpResponse FeedsDoor::list() const {
    std::string out =
        "{\"received\":" + std::to_string(inbox_.received()) + ",\"applied\":" + std::to_string(pipeline_.applied()) +
        ",\"waiting\":" + std::to_string(inbox_.backlog()) + ",\"duplicates\":" + std::to_string(inbox_.duplicates()) +
        ",\"dead_letters\":" + std::to_string(store_.facts(std::string(feeds::kDeadLetterFacts), "", kBehindAll, kListedMax).size()) +
        ",\"feeds\":[";
    for (const auto& feed : pipeline_.feeds()) {
        if (out.back() != '[') out += ',';
        out += "{\"name\":" + fhir::json_text(feed.settings.name) + ",\"kind\":" + fhir::json_text(feed.settings.kind) +
               ",\"organization\":" + fhir::json_text(feed.settings.organization) + ",\"map\":" + fhir::json_text(feed.settings.map) +
               ",\"address\":" + fhir::json_text(feed.adapter->address());
        if (const auto trouble = feed.adapter->trouble(); !trouble.empty())
            out += ",\"trouble\":" + interaction::operation_outcome(trouble);
        out += '}';
    }
    return json_response(200, out + "]}");
}

HttpResponse FeedsDoor::dead_letters(std::size_t count) const {
    std::string out = "{\"dead_letters\":[";
    for (const auto& [id, status] : store_.facts(std::string(feeds::kDeadLetterFacts), "", kBehindAll, count)) {
        if (out.back() != '[') out += ',';
        out += "{\"message\":" + fhir::json_text(id);
        if (const auto stored = inbox_.find(id)) {
            out +=
                ",\"feed\":" + fhir::json_text(stored->message.source) + ",\"control_id\":" + fhir::json_text(stored->message.control_id);
        }
        out += ",\"outcome\":" + interaction::operation_outcome(feeds::read_status(id, status).issues) + '}';
    }
    return json_response(200, out + "]}");
}

HttpResponse FeedsDoor::gaps(std::size_t count) const {
    std::string out = "{\"gaps\":[";
    for (const auto& seen : pipeline_.gaps(count)) {
        if (out.back() != '[') out += ',';
        out += "{\"count\":" + std::to_string(seen.count) + ",\"system\":" + fhir::json_text(seen.gap.system) +
               ",\"code\":" + fhir::json_text(seen.gap.code) + ",\"display\":" + fhir::json_text(seen.gap.display) +
               ",\"map\":" + fhir::json_text(seen.gap.map_url) + '}';
    }
    return json_response(200, out + "]}");
}

HttpResponse FeedsDoor::trace(const HttpRequest& request) const {
    const auto message = value_of(request, "message");
    const auto resource = value_of(request, "resource");
    const auto slash = resource.find('/');
    auto found = !message.empty()         ? tracer_.message(message)
                 : slash != resource.npos ? tracer_.resource({resource.substr(0, slash), resource.substr(slash + 1)})
                                          : Result<std::string>(Outcome(error(IssueCode::required, "", "feeds-trace-what")));
    return found ? json_response(200, std::move(*found)) : outcome_response(found.error());
}

HttpResponse FeedsDoor::message(const HttpRequest& request) const {
    const auto stored = inbox_.find(value_of(request, "message"));
    if (!stored) return outcome_response(stored.error());
    HttpResponse out;
    out.set("Content-Type", "application/octet-stream");
    out.body = stored->message.bytes;
    return out;
}

HttpResponse FeedsDoor::touched(const HttpRequest& request) const {
    const auto map = value_of(request, "map");
    if (map.empty()) return outcome_response(error(IssueCode::required, "", "feed-touched-what"));
    JsonWriter json;
    json.object().array("touched");
    for (const auto& one : renormaliser_.touched({map, value_of(request, "rule")})) {
        json.object().member("message", one.message).flag("differs", one.differs).flag("unknown", one.is_unknown).array("resources");
        for (const auto& resource : one.resources) json.text(resource);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json_response(200, json.take());
}

HttpResponse FeedsDoor::resend(const HttpRequest& request) const {
    const auto destination = value_of(request, "destination");
    const auto which = !destination.empty() ? destination + '/' : value_of(request, "message");
    const auto asked = exchange::ask_again(store_, which);
    if (!asked) return outcome_response(asked.error());
    JsonWriter json;
    json.object().array("asked");
    for (const auto& one : *asked) json.object().member("message", one.name).flag("overtaken", one.is_overtaken).end_object();
    json.end_array().end_object();
    return json_response(200, json.take());
}

boost::asio::awaitable<HttpResponse> FeedsDoor::correct(HttpRequest request) {
    const auto id = value_of(request, "message");
    const auto first = inbox_.find(id);
    if (!first) co_return outcome_response(first.error());
    if (!store_.fact(std::string(feeds::kDeadLetterFacts), id))
        co_return outcome_response(error(IssueCode::conflict, "", "feed-no-dead-letter", {id}));
    const auto* feed = pipeline_.find_feed(first->message.source);
    if (!feed) co_return outcome_response(error(IssueCode::not_found, "", "feed-unknown", {first->message.source}));
    feeds::StoredMessage trial;
    trial.id = id;
    trial.message = corrected_(feed->settings, first->message, std::move(request.body));
    auto raw = trial.message;
    const auto passage = pipeline_.rehearse(std::move(trial));
    if (!passage.stopped_at.empty()) co_return outcome_response(passage.issues);
    auto ticket = co_await inbox_.take(std::move(raw));
    if (ticket.stored.disposition == feeds::Disposition::throttled || ticket.stored.disposition == feeds::Disposition::refused)
        co_return outcome_response(ticket.stored.issues);
    auto applied = co_await std::move(ticket.applied);
    if (applied.disposition != feeds::Disposition::accepted) co_return outcome_response(applied.issues);
    if (auto closed = feeds::close_dead_letter(store_, id, applied.id, reception_.clock().now()); closed.has_errors())
        co_return outcome_response(closed);
    co_return json_response(200, "{\"message\":" + fhir::json_text(id) + ",\"corrected_as\":" + fhir::json_text(applied.id) +
                                     ",\"outcome\":" + interaction::operation_outcome(applied.issues) + '}');
}

boost::asio::awaitable<HttpResponse> FeedsDoor::replay(HttpRequest request) {
    std::vector<feeds::MessageId> ids;
    feeds::Replay found;
    const auto message = value_of(request, "message");
    const auto feed = value_of(request, "feed");
    const auto map = value_of(request, "map");
    if (!message.empty()) {
        ids.push_back(message);
    } else if (!map.empty()) {
        found = renormaliser_.replay({map, value_of(request, "rule")});
        ids = std::move(found.messages);
    } else {
        for (const auto& [id, status] : store_.facts(std::string(feeds::kDeadLetterFacts), "", kBehindAll, kListedMax)) {
            const auto stored = inbox_.find(id);
            if (stored && (feed.empty() || stored->message.source == feed)) ids.push_back(id);
        }
    }
    std::string out = "{\"replayed\":[";
    for (auto& id : ids) {
        auto receipt = co_await inbox_.replay(id);
        if (out.back() != '[') out += ',';
        out += "{\"message\":" + fhir::json_text(id) +
               ",\"applied\":" + (receipt.disposition == feeds::Disposition::accepted ? "true" : "false") +
               ",\"outcome\":" + interaction::operation_outcome(receipt.issues) + '}';
    }
    out += "],\"skipped\":[";
    for (const auto& one : found.skipped) {
        if (out.back() != '[') out += ',';
        out += "{\"message\":" + fhir::json_text(one.message) + ",\"resource\":" + fhir::json_text(one.resource) + '}';
    }
    co_return json_response(200, out + "]}");
}

} // namespace huitong::rest
