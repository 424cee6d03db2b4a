#include "rest/cds/cds_door.hpp"

#include "fhir/json.hpp"
#include "rest/cds/checks.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

constexpr std::string_view kPrefix = "/cds-services";

struct Place {
    std::string_view id; ///< "" = the catalogue itself
    bool is_feedback = false;
};

Place place_of(std::string_view path) {
    Place out;
    path.remove_prefix(std::min(kPrefix.size(), path.size()));
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    out.is_feedback = path.ends_with("/feedback");
    if (out.is_feedback) path.remove_suffix(std::string_view("/feedback").size());
    out.id = path;
    return out;
}

const CdsService* find_service(std::string_view id) {
    const auto* found = std::find_if(std::begin(kCdsServices), std::end(kCdsServices), [&](const auto& row) { return row.id == id; });
    return found == std::end(kCdsServices) ? nullptr : found;
}

} // namespace

boost::asio::awaitable<HttpResponse> CdsDoor::answer(HttpRequest request) {
    const auto place = place_of(request.path);
    if (place.id.empty() && request.method == "GET") co_return json_response(200, write_services(language_of(request)));
    if (request.method != "POST" || place.id.empty())
        co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    auto asker = co_await asker_of(reception_, service_, request);
    if (!asker) co_return outcome_response(asker.error());
    const auto* service = find_service(place.id);
    if (!service) {
        Outcome unknown = error(IssueCode::not_found, "", "cds-unknown-service", {std::string(place.id)});
        co_return co_await refuse(std::move(*asker), "cds-hook", std::move(unknown));
    }
    if (place.is_feedback) co_return co_await feedback(std::move(request), std::move(*asker));
    co_return co_await call(std::move(request), *service, std::move(*asker));
}

boost::asio::awaitable<HttpResponse> CdsDoor::refuse(Asker asker, std::string interaction, Outcome issues) {
    auto response = outcome_response(issues);
    auto recorded = co_await reception_.record(asker.caller, std::move(interaction), "", "", response.status, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

boost::asio::awaitable<HttpResponse> CdsDoor::call(HttpRequest request, CdsService service, Asker asker) {
    auto hook = read_hook(std::move(request.body), service.hook, asker, service_);
    if (!hook) co_return co_await refuse(std::move(asker), "cds-hook", hook.error());
    if (auto refused = speak_for(reception_, request, hook->question.practitioner, asker); !refused.empty())
        co_return co_await refuse(std::move(asker), "cds-hook", std::move(refused));
    const auto facts = service_.facts();
    const auto advice = co_await service_.ask(asker.caller, hook->question);
    const auto* pack = service_.pack_of(*facts, asker.receiver);
    const auto images = [&](const recognition::Match& match) { return images_.link(asker, match); };
    const auto& base_url = service_.services().registry->base_url();
    auto response = json_response(200, write_cards(*hook, advice, pack, base_url, language_of(request), images));
    response.set("Cache-Control", "no-store");
    auto resources = disclosed(advice.matches);
    auto instance = hook->question.instance;
    auto recorded =
        co_await reception_.record(asker.caller, "cds-hook", std::string(service.hook), std::move(instance), 200, std::move(resources));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

boost::asio::awaitable<HttpResponse> CdsDoor::feedback(HttpRequest request, Asker asker) {
    const auto parsed = fhir::read_plain_json(std::move(request.body));
    Outcome issues = parsed.issues;
    if (!issues.has_errors()) issues.add(check_feedback(parsed.value->root()));
    if (issues.has_errors()) co_return co_await refuse(std::move(asker), "cds-feedback", std::move(issues));
    std::string cards;
    std::size_t index = 0;
    for (const auto one : parsed.value->root().children("feedback")) {
        recognition::Feedback feedback;
        feedback.match = one.text("card");
        feedback.outcome = one.text("outcome") == "accepted" ? "adopted" : "declined";
        if (feedback.outcome == "declined") {
            feedback.reason = one.text("overrideReason.reason.code");
            feedback.text = one.text("overrideReason.userComment");
        }
        feedback.practitioner = asker.caller.practitioner;
        cards += (cards.empty() ? "" : " ") + feedback.match;
        auto said = co_await service_.give(asker.receiver, std::move(feedback));
        for (auto& issue : said.issues()) issue.where = "feedback[" + std::to_string(index) + "]." + issue.where;
        issues.add(std::move(said));
        ++index;
    }
    // What could be written was; the rest may be sent again, because a word said twice changes nothing.
    auto response = issues.has_errors() ? outcome_response(issues) : json_response(200, "{}");
    auto recorded = co_await reception_.record(asker.caller, "cds-feedback", "", std::move(cards), response.status, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

} // namespace huitong::rest
