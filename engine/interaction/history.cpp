/// history at three levels. `_since` takes an instant, or the position "seq-N" of a hub that pulls: then the page goes forward in the order
/// of the transaction log, ends between two commits, and its `next` link carries the position to go on with, also when nothing is new; the
/// `last` link names the newest one. Source: FHIR R4 RESTful API, "history".
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "interaction/position.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

constexpr std::size_t kHistoryCount = 100;

std::string_view method_of(store::Action action) {
    switch (action) {
    case store::Action::create: return "POST";
    case store::Action::update: return "PUT";
    case store::Action::remove: return "DELETE";
    }
    return "PUT";
}

/// Position, owner and standing of a version, for the hub above.
void write_log_entry(const store::Version& version, std::string& out) {
    out += "\"extension\":[{\"url\":";
    fhir::write_json_string(kLogEntryExtension, out);
    out += ",\"extension\":[{\"url\":\"position\",\"valueString\":\"" + std::to_string(version.t_from) + "\"}";
    if (!version.owner.empty()) {
        out += ",{\"url\":\"owner\",\"valueString\":";
        fhir::write_json_string(version.owner, out);
        out += '}';
    }
    if (version.superseded) out += ",{\"url\":\"superseded\",\"valueBoolean\":true}";
    out += "]}],";
}

void write_entry(const Services& services, const store::Version& version, bool forward, std::string& out) {
    const auto reference = version.key.type + '/' + version.key.id;
    out += "{\"fullUrl\":";
    fhir::write_json_string(services.base_url + '/' + reference, out);
    if (!version.deleted) out += ",\"resource\":" + version.body;
    out += ",\"request\":{\"method\":\"";
    out += method_of(version.action);
    out += "\",\"url\":";
    fhir::write_json_string(version.action == store::Action::create ? version.key.type : reference, out);
    out += "},\"response\":{";
    if (forward) write_log_entry(version, out);
    out += "\"status\":\"";
    out += version.action == store::Action::create || (version.version == 1 && !version.deleted) ? "201" : version.deleted ? "204" : "200";
    out +=
        "\",\"etag\":\"W/\\\"" + std::to_string(version.version) + "\\\"\",\"lastModified\":\"" + instant_text(version.updated, 0) + "\"}}";
}

/// The range that the query asks for.
Result<store::HistoryRange> read_range(const Services& services, const Request& request, store::ReadView& view) {
    store::HistoryRange range;
    range.count = kHistoryCount;
    if (const auto since = query_value(request, "_since")) {
        auto t = read_since(*services.store, view, *since, services.registry->offset_minutes());
        if (!t) return t.error();
        range.since = *t;
        range.newest_first = !is_position(*since);
    }
    if (const auto count = query_value(request, "_count"))
        range.count = std::clamp<std::size_t>(std::strtoul(count->c_str(), nullptr, 10), 1, services.limits->search_count_max);
    if (const auto until = query_value(request, "_until")) {
        auto t = read_since(*services.store, view, *until, services.registry->offset_minutes());
        if (!t) return t.error();
        range.until = *t;
    }
    return range;
}

void write_forward_links(const Services& services, const store::HistoryRange& range, const std::vector<store::Version>& list,
                         store::LogTime newest, const std::string& self, std::string& out) {
    // A page that was not cut goes to the end of the range, over what this caller may not see too.
    const auto end = range.until == 0 ? newest : std::min(range.until, newest);
    const auto next = list.size() >= range.count ? list.back().t_from : end;
    const auto count = "&_count=" + std::to_string(range.count);
    out += ',';
    add_bundle_link(out, "next", self + "?_since=" + position_text(*services.store, next) + count);
    out += ',';
    add_bundle_link(out, "last", self + "?_since=" + position_text(*services.store, newest) + count);
}

/// `_at`: the versions of a resource that were current at some moment of the period: what was written in it, and what it began with.
Result<std::vector<store::Version>> versions_at(const Services& services, store::ReadView& view, const Route& route,
                                                const std::string& at) {
    const auto when = read_date_time(at);
    if (!when || route.id.empty()) return Outcome(error(IssueCode::not_supported, "_at", "rest-at"));
    const auto [low, high] = instants_of(*when, services.registry->offset_minutes());
    const auto begin = view.time_at(low);
    store::HistoryRange range;
    range.until = view.time_at({high.microseconds - 1});
    range.count = services.limits->search_count_max;
    if (range.until == 0) return std::vector<store::Version>();
    auto versions = view.history(route.type, route.id, range);
    if (!versions) return versions;
    std::erase_if(*versions, [](const store::Version& version) { return version.superseded; });
    const auto before = std::find_if(versions->begin(), versions->end(), [&](const auto& version) { return version.t_from <= begin; });
    if (before != versions->end()) versions->erase(before->deleted ? before : before + 1, versions->end());
    return versions;
}

} // namespace

boost::asio::awaitable<Response> history(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    const auto range = read_range(services, request, *view);
    if (!range) co_return failed(range.error());
    const bool forward = !range->newest_first;
    const auto at = query_value(request, "_at");
    view->end_by(std::chrono::steady_clock::now() + std::chrono::milliseconds(services.limits->search_ms_max));
    auto versions = at ? versions_at(services, *view, route, *at) : view->history(route.type, route.id, *range);
    if (!versions) co_return failed(versions.error());
    const auto& list = *versions;
    if (list.empty() && !route.id.empty() && range->since == 0 && !at)
        co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    Response response;
    const auto since = query_value(request, "_since");
    const auto self = services.base_url + '/' + request.path;
    std::string& out = response.body;
    out = "{\"resourceType\":\"Bundle\",\"type\":\"history\",\"link\":[";
    add_bundle_link(out, "self", self + (at ? "?_at=" + encode_url(*at) : since ? "?_since=" + encode_url(*since) : ""));
    if (forward) {
        write_forward_links(services, *range, list, view->t(), self, out);
    } else if (!at && list.size() >= range->count && list.back().t_from > range->since + 1) {
        out += ',';
        add_bundle_link(out, "next",
                        self + "?_until=seq-" + std::to_string(list.back().t_from - 1) + "&_count=" + std::to_string(range->count) +
                            (since ? "&_since=" + encode_url(*since) : ""));
    }
    out += "],\"entry\":[";
    for (std::size_t index = 0; index < list.size(); ++index) {
        if (index != 0) out += ',';
        write_entry(services, list[index], forward, out);
        touch(response, list[index]);
    }
    close_entries(out);
    co_return response;
}

} // namespace huitong::interaction
