#include "rest/recognition/recognition_door.hpp"

#include "fhir/json.hpp"
#include "rest/recognition/match_json.hpp"

namespace huitong::rest {
namespace {

constexpr std::string_view kPrefix = "/recognition/";
constexpr std::size_t kNoticesDefault = 100;
constexpr std::size_t kNoticesMax = 1'000;

Outcome no_route() { return error(IssueCode::not_found, "", "rest-no-route"); }

struct RouteName {
    std::string_view method, name;
};
constexpr RouteName kNames[] = {{"POST", "matches"}, {"POST", "explain"},  {"GET", "detail"}, {"GET", "status"},
                                {"GET", "reasons"},  {"POST", "feedback"}, {"GET", "notices"}};

/// "matches" …, "" when the path or the method is none of ours.
std::string_view name_of(const HttpRequest& request) {
    if (!request.path.starts_with(kPrefix)) return {};
    const auto name = std::string_view(request.path).substr(kPrefix.size());
    for (const auto& row : kNames) {
        if (row.name == name && row.method == request.method) return row.name;
    }
    return {};
}

std::optional<std::uint64_t> read_token(std::string_view text) {
    if (text.empty()) return 0;
    if (text.starts_with("seq-")) text.remove_prefix(4);
    if (text.empty() || text.size() > 18) return std::nullopt;
    std::uint64_t out = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        out = out * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return out;
}

} // namespace

boost::asio::awaitable<HttpResponse> RecognitionDoor::answer(HttpRequest request) {
    auto asker = co_await asker_of(reception_, service_, request);
    if (!asker) co_return outcome_response(asker.error());
    auto answered = co_await dispatch(request, *asker);
    auto recorded = co_await reception_.record(asker->caller, "recognition-" + std::string(name_of(request)), "", answered.id,
                                               answered.response.status, std::move(answered.resources));
    if (!recorded.empty()) co_return outcome_response(recorded);
    answered.response.set("Cache-Control", "no-store");
    co_return std::move(answered.response);
}

boost::asio::awaitable<RecognitionDoor::Answered> RecognitionDoor::dispatch(const HttpRequest& request, Asker& asker) {
    const auto name = name_of(request);
    if (name == "matches") co_return co_await matches(request, asker);
    if (name == "detail") co_return co_await detail(request, asker);
    if (name == "feedback") co_return co_await feedback(request, asker);
    if (name == "explain") co_return explain(request, asker);
    if (name == "status") co_return status(request, asker);
    if (name == "reasons") co_return reasons(asker);
    if (name == "notices") co_return notices(request, asker);
    Answered out;
    out.response = outcome_response(no_route());
    co_return out;
}

boost::asio::awaitable<RecognitionDoor::Answered> RecognitionDoor::matches(const HttpRequest& request, Asker& asker) {
    Answered out;
    auto question = read_question(request.body, asker, service_.offset_minutes());
    if (!question) {
        out.response = outcome_response(question.error());
        co_return out;
    }
    if (auto refused = speak_for(reception_, request, question->practitioner, asker); !refused.empty()) {
        out.response = outcome_response(refused);
        co_return out;
    }
    const auto facts = service_.facts();
    const auto advice = co_await service_.ask(asker.caller, *question);
    out.id = question->instance;
    out.resources = disclosed(advice.matches);
    out.response = json_response(200, write_advice(*question, advice, *facts, service_.offset_minutes()));
    co_return out;
}

RecognitionDoor::Answered RecognitionDoor::explain(const HttpRequest& request, Asker& asker) const {
    Answered out;
    auto question = read_question(request.body, asker, service_.offset_minutes());
    const auto refused = question ? speak_for(reception_, request, question->practitioner, asker) : question.error();
    if (!refused.empty()) {
        out.response = outcome_response(refused);
        return out;
    }
    const auto facts = service_.facts();
    const auto advice = service_.explain(asker.caller, *question);
    const bool everything = asker.caller.local_admin;
    for (const auto& match : advice.matches) {
        for (const auto& member : match.members) {
            for (const auto& judged : member.judged) {
                if (everything || judged.decision.verdict != recognition::Verdict::withheld)
                    out.resources.push_back(judged.candidate.resource);
            }
        }
    }
    out.response = json_response(200, write_explanation(*question, advice, *facts, service_.offset_minutes(), everything));
    return out;
}

boost::asio::awaitable<RecognitionDoor::Answered> RecognitionDoor::detail(const HttpRequest& request, const Asker& asker) {
    Answered out;
    out.id = query_text(request, "match");
    auto held = service_.find(asker.caller, asker.receiver, out.id);
    if (!held) {
        out.response = outcome_response(held.error());
        co_return out;
    }
    const auto viewed = co_await service_.mark_viewed(asker.receiver, out.id, asker.caller.practitioner);
    if (!viewed.empty()) {
        out.response = outcome_response(viewed);
        co_return out;
    }
    if (held->state == "offered") held->state = "viewed";
    const std::vector<recognition::Match> shown = {held->match};
    out.resources = disclosed(shown);
    out.response = json_response(200, write_held(*held, *service_.facts(), service_.offset_minutes()));
    co_return out;
}

RecognitionDoor::Answered RecognitionDoor::status(const HttpRequest& request, const Asker& asker) const {
    Answered out;
    out.id = query_text(request, "match");
    const auto held = service_.find(asker.caller, asker.receiver, out.id);
    if (!held) {
        out.response = outcome_response(held.error());
        return out;
    }
    const auto now = service_.reconsider(asker.caller, asker.receiver, out.id);
    if (!now) {
        out.response = outcome_response(now.error());
        return out;
    }
    std::vector<recognition::Match> shown = now->matches;
    for (auto& match : shown) match.id = out.id;
    shown.push_back(held->match);
    out.resources = disclosed(shown);
    out.response = json_response(200, write_status(*held, *now, *service_.facts(), service_.offset_minutes()));
    return out;
}

RecognitionDoor::Answered RecognitionDoor::reasons(const Asker& asker) const {
    Answered out;
    const auto facts = service_.facts();
    const auto* pack = service_.pack_of(*facts, asker.receiver);
    if (!pack) out.response = outcome_response(error(IssueCode::not_found, "", "recognition-pack-missing", {asker.receiver}));
    else out.response = json_response(200, write_reasons(*pack));
    return out;
}

boost::asio::awaitable<RecognitionDoor::Answered> RecognitionDoor::feedback(const HttpRequest& request, Asker& asker) {
    Answered out;
    const auto parsed = fhir::read_plain_json(request.body);
    if (parsed.issues.has_errors()) {
        out.response = outcome_response(parsed.issues);
        co_return out;
    }
    const auto root = parsed.value->root();
    recognition::Feedback feedback;
    feedback.match = root.text("match");
    feedback.outcome = root.text("outcome");
    feedback.reason = root.text("reason");
    feedback.text = root.text("text");
    feedback.practitioner = root.text("practitioner").empty() ? asker.caller.practitioner : root.text("practitioner");
    out.id = feedback.match;
    const auto state = feedback.outcome;
    auto issues = speak_for(reception_, request, feedback.practitioner, asker);
    if (!issues.empty()) {
        out.response = outcome_response(issues);
        co_return out;
    }
    if (state == "viewed") issues = error(IssueCode::code_invalid, "outcome", "recognition-feedback-outcome", {state});
    else issues = co_await service_.give(asker.receiver, std::move(feedback));
    if (!issues.empty()) {
        out.response = outcome_response(issues);
        co_return out;
    }
    JsonWriter json;
    json.object().member("match", out.id).member("state", state).end_object();
    out.response = json_response(200, json.take());
    co_return out;
}

RecognitionDoor::Answered RecognitionDoor::notices(const HttpRequest& request, const Asker& asker) const {
    Answered out;
    // The organisation may be named, but it must be the asker's: another one's notices do not exist.
    const auto named = query_text(request, "organization");
    const auto token = query_text(request, "since");
    const auto since = read_token(token);
    if (!since) {
        out.response = outcome_response(error(IssueCode::invalid, "since", "recognition-since", {token}));
        return out;
    }
    if (!named.empty() && named != asker.receiver) {
        out.response = outcome_response(no_route());
        return out;
    }
    const auto wanted = read_token(query_text(request, "count"));
    const auto count = !wanted || *wanted == 0 ? kNoticesDefault : std::min<std::size_t>(*wanted, kNoticesMax);
    const auto told = service_.notices(asker.caller, asker.receiver, *since, count);
    for (const auto& one : told) {
        if (one.before || one.after) out.resources.push_back(one.notice.resource);
    }
    out.response = json_response(200, write_notices(told, *since, service_.offset_minutes()));
    return out;
}

} // namespace huitong::rest
