/// history at three levels. `_since` takes an instant, or the sequence token "seq-N" of a hub that pulls: then the page goes forward in the
/// order of the transaction log, ends between two commits, and its `next` link carries the token to go on with. Source: FHIR R4 RESTful
/// API, "history".
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

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

void write_entry(const Services& services, const store::Version& version, std::string& out) {
    const auto reference = version.key.type + '/' + version.key.id;
    out += "{\"fullUrl\":";
    fhir::write_json_string(services.base_url + '/' + reference, out);
    if (!version.deleted) out += ",\"resource\":" + version.body;
    out += ",\"request\":{\"method\":\"";
    out += method_of(version.action);
    out += "\",\"url\":";
    fhir::write_json_string(version.action == store::Action::create ? version.key.type : reference, out);
    out += "},\"response\":{\"status\":\"";
    out += version.action == store::Action::create ? "201" : version.deleted ? "204" : "200";
    out +=
        "\",\"etag\":\"W/\\\"" + std::to_string(version.version) + "\\\"\",\"lastModified\":\"" + instant_text(version.updated, 0) + "\"}}";
}

} // namespace

boost::asio::awaitable<Response> history(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    store::HistoryRange range;
    range.count = kHistoryCount;
    const auto since = query_value(request, "_since");
    const bool forward = since && since->starts_with("seq-");
    if (since) {
        auto t = read_since(*services.store, *view, *since);
        if (!t) co_return failed(t.error());
        range.since = *t;
    }
    if (const auto count = query_value(request, "_count"))
        range.count = std::min<std::size_t>(std::strtoul(count->c_str(), nullptr, 10), services.limits->search_count_max);
    if (const auto until = query_value(request, "_until")) {
        auto t = read_since(*services.store, *view, *until);
        if (!t) co_return failed(t.error());
        range.until = *t;
    }
    range.newest_first = !forward;
    auto versions = view->history(route.type, route.id, range);
    if (!versions) co_return failed(versions.error());
    if (versions->empty() && !route.id.empty() && range.since == 0)
        co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    Response response;
    const auto self = services.base_url + '/' + request.path;
    std::string& out = response.body;
    out = "{\"resourceType\":\"Bundle\",\"type\":\"history\",\"link\":[";
    add_bundle_link(out, "self", self + (since ? "?_since=" + encode_query(*since) : ""));
    const auto& list = *versions;
    if (forward) {
        const auto position = list.empty() ? range.since : list.back().t_from;
        out += ',';
        add_bundle_link(out, "next", self + "?_since=seq-" + std::to_string(position) + "&_count=" + std::to_string(range.count));
    } else if (list.size() >= range.count && list.back().t_from > range.since + 1) {
        out += ',';
        add_bundle_link(out, "next",
                        self + "?_until=seq-" + std::to_string(list.back().t_from - 1) + "&_count=" + std::to_string(range.count) +
                            (since ? "&_since=" + encode_query(*since) : ""));
    }
    out += "],\"entry\":[";
    for (std::size_t index = 0; index < list.size(); ++index) {
        if (index != 0) out += ',';
        write_entry(services, list[index], out);
        touch(response, list[index]);
    }
    out += "]}";
    co_return response;
}

} // namespace huitong::interaction
