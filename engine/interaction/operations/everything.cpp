/// Patient/$everything: the compartment in one searchset, pages by `_count` and `_page`; `_type`, `_since`, `start` and `end` narrow it.
/// Source: FHIR R4, Patient-operation-everything.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>
#include <limits>

namespace huitong::interaction {
namespace {

constexpr std::size_t kReadAtOnce = 200;

struct Wanted {
    std::vector<std::string> types;                  ///< empty = all
    std::optional<Instant> since;                    ///< stored then or later
    std::optional<std::pair<Instant, Instant>> when; ///< about a time in [first, second)
    std::size_t count = 500;
    store::VersionKey after = 0;
};

Result<Instant> read_instant(const Services& services, const Request& request, const char* name, bool end) {
    const auto value = read_date_time(*query_value(request, name));
    if (!value) return Outcome(error(IssueCode::invalid, name, "search-value", {name}));
    const auto range = instants_of(*value, services.registry->offset_minutes());
    return end ? range.second : range.first;
}

Result<Wanted> read_wanted(const Services& services, const Request& request) {
    Wanted out;
    if (const auto types = query_value(request, "_type")) out.types = search::split_unescaped(*types, ',');
    for (const auto& type : out.types) {
        if (!services.definitions->is_resource_type(type)) return Outcome(error(IssueCode::invalid, "_type", "rest-unknown-type", {type}));
    }
    if (query_value(request, "_since")) {
        const auto since = read_instant(services, request, "_since", false);
        if (!since) return since.error();
        out.since = *since;
    }
    std::pair<Instant, Instant> when{Instant{std::numeric_limits<std::int64_t>::min()}, Instant{std::numeric_limits<std::int64_t>::max()}};
    for (const auto* name : {"start", "end"}) {
        if (!query_value(request, name)) continue;
        const bool end = std::string_view(name) == "end";
        const auto instant = read_instant(services, request, name, end);
        if (!instant) return instant.error();
        (end ? when.second : when.first) = *instant;
        out.when = when;
    }
    if (const auto count = query_value(request, "_count")) out.count = std::strtoul(count->c_str(), nullptr, 10);
    out.count = std::clamp<std::size_t>(out.count, 1, services.limits->search_count_max);
    if (const auto page = query_value(request, "_page")) out.after = std::strtoull(page->c_str(), nullptr, 10);
    return out;
}

/// What has no date is about every time.
bool is_about(const Services& services, const store::Version& version, const std::pair<Instant, Instant>& when) {
    const auto* date = services.registry->find(version.key.type, "date");
    if (!date || date->type != fhir::SearchType::date) return true;
    const auto document = fhir::read_json(version.body).value;
    const auto rows = services.registry->rows_of(document->root(), *date).dates;
    return rows.empty() ||
           std::any_of(rows.begin(), rows.end(), [&](const store::DateRow& row) { return row.low < when.second && when.first < row.high; });
}

store::VersionKeys keys_of(store::ReadView& view, const std::string& patient, const Wanted& wanted) {
    if (wanted.types.empty()) return view.compartment(patient, std::nullopt);
    store::VersionKeys out;
    for (const auto& type : wanted.types) {
        const auto of_type = view.compartment(patient, type);
        out.insert(out.end(), of_type.begin(), of_type.end());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// The page's versions, one more than asked for when there are more.
Result<std::vector<store::Version>> read_page(const Services& services, store::ReadView& view, const Wanted& wanted,
                                              const store::VersionKeys& keys) {
    std::vector<store::Version> out;
    auto at = std::upper_bound(keys.begin(), keys.end(), wanted.after);
    while (at != keys.end() && out.size() <= wanted.count) {
        const auto end = at + std::min<std::ptrdiff_t>(kReadAtOnce, keys.end() - at);
        auto versions = view.versions({at, end});
        if (!versions) return versions.error();
        for (auto& version : *versions) {
            if (wanted.since && version.updated < *wanted.since) continue;
            if (wanted.when && !is_about(services, version, *wanted.when)) continue;
            if (out.size() <= wanted.count) out.push_back(std::move(version));
        }
        at = end;
    }
    return out;
}

} // namespace

boost::asio::awaitable<Response> everything(const Services& services, Request request, Route route) {
    if (route.type != "Patient") co_return failed(error(IssueCode::not_supported, "", "rest-compartment", {route.type}));
    const auto wanted = read_wanted(services, request);
    if (!wanted) co_return failed(wanted.error());
    auto view = services.store->view(access::filter_of(request.caller));
    if (view->current_key({route.type, route.id}) == 0)
        co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    const auto keys = keys_of(*view, route.id, *wanted);
    auto versions = read_page(services, *view, *wanted, keys);
    if (!versions) co_return failed(versions.error());
    const bool more = versions->size() > wanted->count;
    if (more) versions->pop_back();
    Response response;
    std::string& out = response.body;
    std::string self = services.base_url + '/' + request.path;
    std::string next = self + "?_page=" + (more ? std::to_string(versions->back().version_key) : "");
    char separator = '?';
    for (const auto& [name, value] : request.query) {
        if (name == "_page") continue;
        self += separator + name + '=' + encode_url(value);
        next += '&' + name + '=' + encode_url(value);
        separator = '&';
    }
    out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"";
    if (!wanted->since && !wanted->when) out += ",\"total\":" + std::to_string(keys.size());
    out += ",\"link\":[";
    add_bundle_link(out, "self", self);
    if (more) {
        out += ',';
        add_bundle_link(out, "next", next);
    }
    out += "],\"entry\":[";
    bool first = true;
    for (const auto& version : *versions) {
        if (!first) out += ',';
        first = false;
        out += "{\"fullUrl\":";
        fhir::write_json_string(services.base_url + '/' + version.key.type + '/' + version.key.id, out);
        out += ",\"resource\":" + version.body + ",\"search\":{\"mode\":\"match\"}}";
        touch(response, version);
    }
    close_entries(out);
    co_return response;
}

} // namespace huitong::interaction
