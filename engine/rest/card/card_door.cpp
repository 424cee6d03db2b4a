#include "rest/card/card_door.hpp"

#include "base/json_writer.hpp"
#include "base/url_query.hpp"
#include "rest/form.hpp"
#include "rest/recognition/recognition_door.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

constexpr std::string_view kLaunch = "/recognition/launch", kCard = "/recognition/card";
constexpr std::uint32_t kLaunchSeconds = 60, kSessionSeconds = 900;
constexpr std::size_t kSessionsMax = 20'000;

std::size_t recognised_of(const recognition::Advice& advice) {
    return static_cast<std::size_t>(
        std::count_if(advice.matches.begin(), advice.matches.end(), [](const auto& match) { return !match.recognised.empty(); }));
}

std::string words_of(const Outcome& issues, Language language) {
    std::string out;
    for (const auto& issue : issues.issues()) out += (out.empty() ? "" : " ") + text_of(issue, language);
    return out;
}

} // namespace

CardDoor::CardDoor(recognition::Service& service, Reception& reception, ImageLinks& images, const Clock& clock, Settings settings)
    : service_(service), reception_(reception), images_(images), hub_url_(std::move(settings.hub_url)),
      policy_(page_policy(settings.embedders)), launches_(clock, kLaunchSeconds, kSessionsMax),
      sessions_(clock, kSessionSeconds, kSessionsMax) {}

boost::asio::awaitable<HttpResponse> CardDoor::answer(HttpRequest request) {
    if (request.method == "POST" && request.path == kLaunch) co_return co_await launch(std::move(request));
    if (request.method == "POST" && request.path == kCard) co_return co_await take_word(std::move(request));
    const bool is_page = request.path.size() > kCard.size() + 1 && request.path.starts_with(kCard);
    if (!is_page) co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    if (request.method != "GET") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    co_return co_await open(std::move(request));
}

boost::asio::awaitable<HttpResponse> CardDoor::launch(HttpRequest request) {
    auto asker = co_await asker_of(reception_, service_, request);
    if (!asker) co_return outcome_response(asker.error());
    auto question = read_question(request.body, *asker, service_.offset_minutes());
    if (question) {
        if (auto refused = speak_for(reception_, request, question->practitioner, *asker); !refused.empty()) question = std::move(refused);
    }
    HttpResponse response;
    std::vector<std::string> resources;
    std::string instance;
    if (!question) {
        response = outcome_response(question.error());
    } else {
        question->channel = "page";
        instance = question->instance;
        const auto advice = co_await service_.ask(asker->caller, *question);
        Session session;
        session.asker = *asker;
        session.asker.caller.practitioner = question->practitioner;
        session.is_late = advice.late;
        for (const auto& match : advice.matches) {
            if (match.is_shown()) session.matches.push_back(match.id);
        }
        resources = disclosed(advice.matches);
        JsonWriter json;
        json.object().count("matches", session.matches.size()).count("recognised", recognised_of(advice));
        json.member("url", hub_url_ + std::string(kCard) + '/' + launches_.put(std::move(session)));
        json.count("expires_in", launches_.seconds()).end_object();
        response = json_response(200, json.take());
    }
    auto recorded =
        co_await reception_.record(asker->caller, "recognition-launch", "", std::move(instance), response.status, std::move(resources));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

boost::asio::awaitable<HttpResponse> CardDoor::open(HttpRequest request) {
    const auto language = language_named(query_text(request, "lang"), language_of(request));
    auto session = launches_.take(std::string_view(request.path).substr(kCard.size() + 1));
    if (!session) co_return html_response(410, write_gone_page(language), policy_);
    auto caller = reception_.caller_again(session->asker.caller, request);
    if (!caller) co_return outcome_response(caller.error());
    session->asker.caller = std::move(*caller);
    for (const auto& match : session->matches)
        (void)co_await service_.mark_viewed(session->asker.receiver, match, session->asker.caller.practitioner);
    auto code = sessions_.put(*session);
    co_return co_await show(std::move(*session), std::move(code), language, "", "recognition-card");
}

boost::asio::awaitable<HttpResponse> CardDoor::take_word(HttpRequest request) {
    const auto form = read_url_query(request.body);
    const auto language = language_named(form_field(form, "lang"), language_of(request));
    auto code = form_field(form, "session");
    auto session = sessions_.look(code);
    if (!session) co_return html_response(410, write_gone_page(language), policy_);
    auto caller = reception_.caller_again(session->asker.caller, request);
    if (!caller) co_return outcome_response(caller.error());
    session->asker.caller = std::move(*caller);
    recognition::Feedback feedback;
    feedback.match = form_field(form, "match");
    feedback.outcome = form_field(form, "outcome");
    feedback.practitioner = session->asker.caller.practitioner;
    if (feedback.outcome == "declined") feedback.reason = form_field(form, "reason"), feedback.text = form_field(form, "text");
    Outcome issues;
    const auto& matches = session->matches;
    if (std::find(matches.begin(), matches.end(), feedback.match) == matches.end())
        issues = error(IssueCode::not_found, "", "recognition-unknown-match");
    else issues = co_await service_.give(session->asker.receiver, std::move(feedback));
    auto message = words_of(issues, language);
    co_return co_await show(std::move(*session), std::move(code), language, std::move(message), "recognition-card-feedback");
}

boost::asio::awaitable<HttpResponse> CardDoor::show(Session session, std::string code, Language language, std::string message,
                                                    std::string interaction) {
    const auto facts = service_.facts();
    CardPage page;
    page.language = language;
    page.session = std::move(code);
    page.message = std::move(message);
    page.pack = service_.pack_of(*facts, session.asker.receiver);
    page.is_late = session.is_late;
    std::vector<recognition::Match> shown;
    std::string named;
    for (const auto& match : session.matches) {
        auto held = service_.find(session.asker.caller, session.asker.receiver, match);
        if (!held) continue; // what was shown before and may be shown no more
        shown.push_back(held->match);
        named += (named.empty() ? "" : " ") + match;
        PageMatch one;
        one.images = images_.link(session.asker, held->match);
        one.held = std::move(*held);
        page.matches.push_back(std::move(one));
    }
    auto response = html_response(200, write_card_page(page), policy_);
    auto recorded = co_await reception_.record(session.asker.caller, std::move(interaction), "", std::move(named), 200, disclosed(shown));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

} // namespace huitong::rest
