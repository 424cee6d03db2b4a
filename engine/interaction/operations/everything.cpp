/// $everything of a patient or an encounter: the compartment in one searchset, its owner first, then what was found and done, then what was
/// noted about it; pages by `_count` and `_page`, all of one position of the log; `_type`, `_since`, `start` and `end` narrow it. Source:
/// FHIR R4, Patient-operation-everything, Encounter-operation-everything.
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "search/compartments.hpp"
#include "search/keys.hpp"
#include "search/query_syntax.hpp"
#include "search/timeline.hpp"

#include <algorithm>
#include <limits>

namespace huitong::interaction {
namespace {

struct Wanted {
    std::vector<std::string> types;                  ///< empty = all
    std::optional<Instant> since;                    ///< stored then or later
    std::optional<std::pair<Instant, Instant>> when; ///< about a time in [first, second)
    std::size_t count = 500;
    store::LogTime t = 0;   ///< of the first page, 0 = this is it
    std::size_t offset = 0; ///< among the keys of the compartment
};

/// Types in the order of a reader's interest; those that are not here stand between the two lists.
constexpr std::string_view kFirst[] = {"Patient",          "Encounter",    "Condition",        "AllergyIntolerance", "Observation",
                                       "DiagnosticReport", "Specimen",     "ImagingStudy",     "Procedure",          "MedicationRequest",
                                       "ServiceRequest",   "Immunization", "DocumentReference"};
constexpr std::string_view kLast[] = {"Provenance", "AuditEvent"};

Result<Instant> read_instant(const Services& services, const Request& request, const char* name, bool end) {
    const auto value = read_date_time(search::with_zone_sign(*query_value(request, name)));
    if (!value) return Outcome(error(IssueCode::invalid, name, "search-value", {name}));
    const auto range = instants_of(*value, services.registry->offset_minutes());
    return end ? range.second : range.first;
}

Result<Wanted> read_wanted(const Services& services, const Request& request) {
    Wanted out;
    for (const auto& [name, value] : request.query) {
        if (name != "_type") continue;
        for (auto& type : search::split_unescaped(value, ',')) out.types.push_back(std::move(type));
    }
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
    if (const auto page = query_value(request, "_page")) {
        const auto dash = page->find('-');
        out.t = std::strtoull(page->c_str(), nullptr, 10);
        if (dash != page->npos) out.offset = std::strtoull(page->c_str() + dash + 1, nullptr, 10);
    }
    return out;
}

/// What has no date is about every time.
bool is_about(const Services& services, const store::Version& version, const std::pair<Instant, Instant>& when) {
    const auto* timeline = search::timeline_of(version.key.type);
    const auto* date = services.registry->find(version.key.type, timeline ? timeline->date : "date");
    if (!date || date->type != fhir::SearchType::date) return true;
    const auto document = fhir::read_json(version.body).value;
    const auto rows = services.registry->rows_of(document->root(), *date).dates;
    return rows.empty() ||
           std::any_of(rows.begin(), rows.end(), [&](const store::DateRow& row) { return row.low < when.second && when.first < row.high; });
}

std::vector<std::string> types_in_order(const Services& services) {
    std::vector<std::string> out(std::begin(kFirst), std::end(kFirst));
    auto is_named = [](const auto& list, std::string_view type) {
        return std::find(std::begin(list), std::end(list), type) != std::end(list);
    };
    for (const auto type : services.definitions->resource_types()) {
        if (!is_named(kFirst, type) && !is_named(kLast, type)) out.emplace_back(type);
    }
    out.insert(out.end(), std::begin(kLast), std::end(kLast));
    return out;
}

/// Members of the compartment of one type; of an encounter also itself and its patient.
Result<store::VersionKeys> members_of(const Services& services, store::ReadView& view, const store::ResourceKey& owner,
                                      const std::string& type) {
    if (owner.type == "Patient") return view.compartment(owner.id, type);
    if (type == owner.type) return store::VersionKeys{view.current_key(owner)};
    if (type == "Patient") return view.referenced_by(owner.type, "subject", {view.current_key(owner)}, type);
    if (!services.registry->compartments().parameters(owner.type, type)) return store::VersionKeys(); // never in it
    search::Query query;
    query.type = type;
    query.compartment = owner;
    return search::matching_keys(*services.registry, view, query, *services.limits);
}

Result<store::VersionKeys> keys_of(const Services& services, store::ReadView& view, const store::ResourceKey& owner, const Wanted& wanted) {
    store::VersionKeys out;
    for (const auto& type : wanted.types.empty() ? types_in_order(services) : wanted.types) {
        const auto of_type = members_of(services, view, owner, type);
        if (!of_type) return of_type.error();
        out.insert(out.end(), of_type->begin(), of_type->end());
    }
    return out;
}

struct PageRead {
    std::vector<store::Version> versions;
    std::size_t next = 0; ///< where the next page begins, 0 = there is none
};

Result<PageRead> read_page(const Services& services, store::ReadView& view, const Wanted& wanted, const store::VersionKeys& keys) {
    PageRead out;
    for (auto at = wanted.offset; at < keys.size(); ++at) {
        auto found = view.versions({keys[at]});
        if (!found) return found.error();
        for (auto& version : *found) {
            if (wanted.since && version.updated < *wanted.since) continue;
            if (wanted.when && !is_about(services, version, *wanted.when)) continue;
            if (out.versions.size() == wanted.count) {
                out.next = at;
                return out;
            }
            out.versions.push_back(std::move(version));
        }
    }
    return out;
}

} // namespace

boost::asio::awaitable<Response> everything(const Services& services, Request request, Route route) {
    if (route.type != "Patient" && route.type != "Encounter")
        co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$everything", "Patient, Encounter"}));
    const auto wanted = read_wanted(services, request);
    if (!wanted) co_return failed(wanted.error());
    const auto form = read_subset(request);
    if (!form) co_return failed(form.error());
    auto view = services.store->view(access::filter_of(request.caller), wanted->t);
    if (view->current_key({route.type, route.id}) == 0)
        co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    const auto keys = keys_of(services, *view, {route.type, route.id}, *wanted);
    if (!keys) co_return failed(keys.error());
    auto page = read_page(services, *view, *wanted, *keys);
    if (!page) co_return failed(page.error());
    const bool more = page->next != 0;
    Response response;
    std::string& out = response.body;
    const auto self = self_url(services, request, {"_page"});
    out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"";
    if (!wanted->since && !wanted->when) out += ",\"total\":" + std::to_string(keys->size());
    out += ",\"link\":[";
    add_bundle_link(out, "self", self);
    if (more && !form->is_count()) {
        out += ',';
        add_bundle_link(out, "next",
                        self + (self.find('?') == self.npos ? '?' : '&') + "_page=" + std::to_string(view->t()) + '-' +
                            std::to_string(page->next));
    }
    out += "],\"entry\":[";
    bool first = true;
    if (form->is_count()) page->versions.clear();
    for (auto& version : page->versions) {
        if (!first) out += ',';
        first = false;
        out += "{\"fullUrl\":";
        fhir::write_json_string(services.base_url + '/' + version.key.type + '/' + version.key.id, out);
        touch(response, version);
        out += ",\"resource\":" + form->of(*services.definitions, std::move(version.body)) + ",\"search\":{\"mode\":\"match\"}}";
    }
    close_entries(out);
    co_return response;
}

} // namespace huitong::interaction
