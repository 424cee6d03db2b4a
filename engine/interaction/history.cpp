/// history at three levels. `_since` takes an instant, or the position "seq-N" of a hub that pulls: then the page goes forward in the order
/// of the transaction log, ends between two commits, and its `next` link carries the position to go on with, also when nothing is new; the
/// `last` link names the newest one. `_at` gives what was current at some moment of a period: what was written in it, newest first, and
/// behind it what it began with. Source: FHIR R4 RESTful API, "history".
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "interaction/position.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>
#include <chrono>

namespace huitong::interaction {
namespace {

constexpr std::size_t kHistoryCount = 100;
constexpr std::string_view kParameters[] = {"_since", "_at",      "_until",    "_offset", "_count",
                                            "_total", "_summary", "_elements", "_format", "_pretty"};

/// What a history asks for beside its resource.
struct Asked {
    store::HistoryRange range;
    Subset form;
    std::optional<std::string> at; ///< `_at`
    bool is_first = true;          ///< no page behind another
    bool wants_total = false;
    std::chrono::steady_clock::time_point end_by; ///< whatever is read for it
};

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

void write_entry(const Services& services, const store::Version& version, const Subset& form, bool forward, std::string& out) {
    const auto reference = version.key.type + '/' + version.key.id;
    out += "{\"fullUrl\":";
    fhir::write_json_string(services.base_url + '/' + reference, out);
    if (!version.deleted) out += ",\"resource\":" + form.of(*services.definitions, version.body);
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
    if (const auto count = query_value(request, "_count")) {
        if (count->empty() || count->find_first_not_of("0123456789") != count->npos)
            return Outcome(error(IssueCode::invalid, "_count", "search-value", {"_count"}));
        range.count = std::clamp<std::size_t>(std::strtoul(count->c_str(), nullptr, 10), 1, services.limits->search_count_max);
    }
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

Outcome check_parameters(const Request& request) {
    if (request.handling != Handling::strict) return {};
    for (const auto& [name, ignored] : request.query) {
        if (std::find(std::begin(kParameters), std::end(kParameters), name) == std::end(kParameters))
            return error(IssueCode::not_supported, name, "operation-parameter", {name});
    }
    return {};
}

Result<Asked> read_asked(const Services& services, const Request& request, const Route& route, store::ReadView& view) {
    if (auto refused = check_parameters(request); refused.has_errors()) return refused;
    Asked out;
    auto range = read_range(services, request, view);
    if (!range) return range.error();
    out.range = *range;
    auto form = read_subset(request);
    if (!form) return form.error();
    out.form = std::move(*form);
    if (query_value(request, "_count") == "0") out.form.summary = "count";
    out.at = query_value(request, "_at");
    out.is_first = !query_value(request, "_until") && !query_value(request, "_offset");
    out.wants_total = !route.id.empty() || query_value(request, "_total") == "accurate" || out.form.is_count();
    return out;
}

/// A page of versions, newest first, and how the next one is asked for ("" = there is none).
struct Page {
    std::vector<store::Version> versions;
    std::string next;
};

Result<Page> read_page(store::ReadView& view, const Route& route, const store::HistoryRange& range) {
    auto versions = view.history(route.type, route.id, range);
    if (!versions) return versions.error();
    Page out{std::move(*versions), ""};
    const auto& list = out.versions;
    if (range.newest_first && list.size() >= range.count && list.back().t_from > range.since + 1)
        out.next = "_until=seq-" + std::to_string(list.back().t_from - 1);
    return out;
}

/// The period of `_at`: behind `begin` it writes, with `begin` it starts.
struct Period {
    store::LogTime begin = 0, end = 0;
};

Result<Period> read_period(const Services& services, store::ReadView& view, const std::string& at) {
    const auto when = read_date_time(search::with_zone_sign(at));
    if (!when) return Outcome(error(IssueCode::invalid, "_at", "rest-at"));
    const auto [low, high] = instants_of(*when, services.registry->offset_minutes());
    return Period{view.time_at(low), view.time_at({high.microseconds - 1})};
}

/// What was current at a moment, newest first. May throw ReadLate.
store::VersionKeys keys_at(const Services& services, const access::Caller& caller, const Route& route, store::LogTime t,
                           std::chrono::steady_clock::time_point end) {
    store::VersionKeys out;
    if (t == 0) return out;
    auto view = services.store->view(access::filter_of(caller), t);
    view->end_by(end);
    if (!route.id.empty()) {
        if (const auto key = view->current_key({route.type, route.id}); key != 0) out.push_back(key);
        return out;
    }
    if (!route.type.empty()) out = view->all(route.type);
    else {
        for (const auto type : services.definitions->resource_types()) {
            const auto keys = view->all(std::string(type));
            out.insert(out.end(), keys.begin(), keys.end());
        }
    }
    std::sort(out.begin(), out.end(), std::greater<>());
    return out;
}

Result<Page> read_page_at(const Services& services, const Request& request, const Route& route, store::ReadView& view, const Asked& asked) {
    const auto period = read_period(services, view, *asked.at);
    if (!period) return period.error();
    const auto offset_text = query_value(request, "_offset");
    Page out;
    if (!offset_text && period->end > period->begin) {
        auto range = asked.range;
        range.since = period->begin;
        range.until = range.until == 0 ? period->end : std::min(range.until, period->end);
        auto written = read_page(view, route, range);
        if (!written || !written->next.empty()) return written;
        out = std::move(*written);
        std::erase_if(out.versions, [](const store::Version& version) { return version.superseded; });
    }
    const auto keys = keys_at(services, request.caller, route, period->begin, asked.end_by);
    const auto begin = std::min<std::size_t>(keys.size(), std::strtoull(offset_text.value_or("0").c_str(), nullptr, 10));
    const auto room = asked.range.count - std::min(asked.range.count, out.versions.size());
    const auto end = std::min(keys.size(), begin + room);
    auto before = view.versions({keys.begin() + static_cast<std::ptrdiff_t>(begin), keys.begin() + static_cast<std::ptrdiff_t>(end)});
    if (!before) return before.error();
    std::move(before->begin(), before->end(), std::back_inserter(out.versions));
    if (end < keys.size()) out.next = "_offset=" + std::to_string(end);
    return out;
}

/// All versions of the range; nullopt: there are more than can be counted in the time that is left.
Result<std::optional<std::uint64_t>> count_versions(const Services& services, store::ReadView& view, const Route& route,
                                                    const Asked& asked) {
    auto range = asked.range;
    range.count = services.limits->search_count_max;
    std::uint64_t out = 0;
    while (true) {
        const auto list = view.history(route.type, route.id, range);
        if (!list && list.error().leading()->code == IssueCode::timeout) return std::optional<std::uint64_t>();
        if (!list) return list.error();
        out += list->size();
        if (list->size() < range.count || list->back().t_from <= range.since + 1) return std::optional<std::uint64_t>(out);
        if (std::chrono::steady_clock::now() > asked.end_by) return std::optional<std::uint64_t>();
        range.until = list->back().t_from - 1;
    }
}

/// `total`, where it is asked for or costs nothing. Pages behind the first do without: they would have to count what is before them.
Result<std::optional<std::uint64_t>> total_of(const Services& services, store::ReadView& view, const Route& route, const Asked& asked,
                                              const Page& page) {
    if (!asked.range.newest_first || !asked.is_first) return std::optional<std::uint64_t>();
    if (page.next.empty()) return std::optional<std::uint64_t>(page.versions.size());
    if (!asked.wants_total || asked.at) return std::optional<std::uint64_t>();
    return count_versions(services, view, route, asked);
}

void write_links(const Services& services, const Request& request, store::ReadView& view, const Asked& asked, const Page& page,
                 std::string& out) {
    add_bundle_link(out, "self", self_url(services, request));
    if (!asked.range.newest_first)
        return write_forward_links(services, asked.range, page.versions, view.t(), services.base_url + '/' + request.path, out);
    if (page.next.empty() || asked.form.is_count()) return;
    const auto behind = self_url(services, request, {"_until", "_offset"});
    out += ',';
    add_bundle_link(out, "next", behind + (behind.find('?') == behind.npos ? '?' : '&') + page.next);
}

Result<Response> answer_history(const Services& services, const Request& request, const Route& route) {
    auto view = services.store->view(access::filter_of(request.caller));
    const auto end_by = std::chrono::steady_clock::now() + std::chrono::milliseconds(services.limits->search_ms_max);
    view->end_by(end_by);
    auto asked = read_asked(services, request, route, *view);
    if (!asked) return asked.error();
    asked->end_by = end_by;
    auto page = asked->at ? read_page_at(services, request, route, *view, *asked) : read_page(*view, route, asked->range);
    if (!page) return page.error();
    if (page->versions.empty() && !route.id.empty() && asked->range.since == 0 && !asked->at)
        return Outcome(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    const auto total = total_of(services, *view, route, *asked, *page);
    if (!total) return total.error();
    Response response;
    std::string& out = response.body;
    out = "{\"resourceType\":\"Bundle\",\"type\":\"history\"";
    if (*total) out += ",\"total\":" + std::to_string(**total);
    out += ",\"link\":[";
    write_links(services, request, *view, *asked, *page, out);
    out += "],\"entry\":[";
    if (asked->form.is_count()) page->versions.clear();
    for (const auto& version : page->versions) {
        if (&version != &page->versions.front()) out += ',';
        write_entry(services, version, asked->form, !asked->range.newest_first, out);
        touch(response, version);
    }
    close_entries(out);
    return response;
}

} // namespace

boost::asio::awaitable<Response> history(const Services& services, Request request, Route route) {
    try {
        auto answer = answer_history(services, request, route);
        if (!answer) co_return failed(answer.error());
        co_return std::move(*answer);
    } catch (const store::ReadLate&) {
        co_return failed(error(IssueCode::timeout, "", "store-late"));
    }
}

} // namespace huitong::interaction
