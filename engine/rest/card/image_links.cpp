#include "rest/card/image_links.hpp"

#include "base/json_writer.hpp"
#include "fhir/json.hpp"
#include "rest/plain_scopes.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

constexpr std::string_view kPrefix = "/recognition/images/";
constexpr std::uint32_t kLinkSeconds = 900, kTicketSeconds = 60;
constexpr std::size_t kLinksMax = 20'000;
constexpr std::string_view kPlace = "{code}";

const recognition::Judged* images_of(const recognition::Match& match) {
    for (const auto& member : match.members) {
        const auto* shown = member.shown();
        if (shown && !shown->candidate.images_at.empty()) return shown;
    }
    return nullptr;
}

Outcome gone() { return error(IssueCode::not_found, "", "card-code"); }

} // namespace

ImageLinks::ImageLinks(const Clock& clock, std::string hub_url, std::string viewer)
    : hub_url_(std::move(hub_url)), viewer_(std::move(viewer)), links_(clock, kLinkSeconds, kLinksMax),
      tickets_(clock, kTicketSeconds, kLinksMax) {}

std::string ImageLinks::link(const Asker& asker, const recognition::Match& match) {
    const auto* shown = viewer_.empty() ? nullptr : images_of(match);
    if (!shown) return {};
    ImageWay way;
    way.asker = asker;
    way.match = match.id;
    way.resource = shown->candidate.resource;
    way.study = shown->candidate.study;
    way.address = shown->candidate.images_at;
    return hub_url_ + std::string(kPrefix) + links_.put(std::move(way));
}

std::string ImageLinks::viewer_address(const ImageWay& way) {
    auto out = viewer_;
    if (const auto place = out.find(kPlace); place != out.npos) out.replace(place, kPlace.size(), tickets_.put(way));
    return out;
}

boost::asio::awaitable<HttpResponse> ImagesDoor::answer(HttpRequest request) {
    const bool redeems = request.path == std::string(kPrefix) + "redeem";
    if (request.method != (redeems ? "POST" : "GET"))
        co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    if (redeems) co_return co_await redeem(std::move(request));
    co_return co_await open(std::move(request));
}

boost::asio::awaitable<HttpResponse> ImagesDoor::open(HttpRequest request) {
    const auto way = links_.take_link(std::string_view(request.path).substr(std::min(kPrefix.size(), request.path.size())));
    if (!way) co_return outcome_response(gone());
    const auto caller = reception_.caller_again(way->asker.caller, request);
    if (!caller) co_return outcome_response(caller.error());
    std::vector<std::string> resources = {way->resource};
    auto recorded = co_await reception_.record(*caller, "recognition-images", "", way->match, 303, std::move(resources));
    if (!recorded.empty()) co_return outcome_response(recorded);
    HttpResponse response;
    response.status = 303;
    response.set("Location", links_.viewer_address(*way));
    co_return response;
}

boost::asio::awaitable<HttpResponse> ImagesDoor::redeem(HttpRequest request) {
    auto viewer = reception_.caller_of(request);
    if (!viewer) co_return outcome_response(viewer.error());
    const bool may = viewer->open || viewer->local_admin || has_scope(*viewer, kViewerScope);
    std::optional<ImageWay> way;
    HttpResponse response;
    if (!may) {
        response = outcome_response(error(IssueCode::forbidden, "", "access-scope", {std::string(kViewerScope), "images"}));
    } else {
        const auto parsed = fhir::read_plain_json(request.body);
        if (!parsed.issues.has_errors()) way = links_.take_ticket(parsed.value->root().text("code"));
        if (!way) response = outcome_response(gone());
    }
    std::vector<std::string> resources;
    if (way) {
        JsonWriter json;
        json.object().member("study", way->study).member("address", way->address).member("resource", way->resource);
        json.member("receiver", way->asker.receiver).member_if("practitioner", way->asker.caller.practitioner).end_object();
        response = json_response(200, json.take());
        resources.push_back(way->resource);
    }
    auto match = way ? way->match : std::string();
    auto recorded =
        co_await reception_.record(*viewer, "recognition-images-redeem", "", std::move(match), response.status, std::move(resources));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

} // namespace huitong::rest
