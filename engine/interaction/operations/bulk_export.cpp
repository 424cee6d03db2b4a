/// $export: kick-off; bulk_jobs.cpp answers for the jobs. Source: Bulk Data Access 2.0.0.
#include "interaction/bulk_export.hpp"

#include "access/covered_parameters.hpp"
#include "base/date_time.hpp"
#include "interaction/parts.hpp"
#include "search/query_syntax.hpp"

namespace huitong::interaction {
namespace {

constexpr std::string_view kNdjson = "application/fhir+ndjson";

bool is_ndjson(std::string_view format) {
    return format == kNdjson || format == "application/ndjson" || format == "ndjson" || format == "application/fhir ndjson";
}

Result<std::pair<std::string, std::string>> read_filter(const Services& services, const std::string& text) {
    const auto mark = text.find('?');
    std::pair<std::string, std::string> out(text.substr(0, mark), mark == text.npos ? std::string() : text.substr(mark + 1));
    Outcome warnings;
    if (!services.definitions->is_resource_type(out.first))
        return Outcome(error(IssueCode::invalid, "_typeFilter", "rest-unknown-type", {out.first}));
    auto query = search::read_query(*services.registry, out.first, search::read_criteria(out.second), true, warnings);
    if (!query) return query.error();
    return out;
}

/// "Patient.gender,identifier". Issue: operation-parameter (more than one step, or a type of nobody).
Result<std::vector<std::string>> read_elements(const Services& services, const std::string& text) {
    auto out = search::split_unescaped(text, ',');
    if (out.empty()) return Outcome(error(IssueCode::invalid, "_elements", "operation-parameter-unknown", {"_elements"}));
    for (const auto& one : out) {
        const auto dot = one.find('.');
        const bool is_known = dot == one.npos || services.definitions->is_resource_type(one.substr(0, dot));
        if (one.empty() || !is_known || one.find('.', dot == one.npos ? dot : dot + 1) != one.npos)
            return Outcome(error(IssueCode::invalid, "_elements", "operation-parameter-unknown", {"_elements"}));
    }
    return out;
}

/// Parameters that are not known are refused: an export that ignores one gives out what was not asked for.
Result<ExportOrder> read_order(const Services& services, const Request& request, const Route& route) {
    ExportOrder order;
    order.caller = request.caller;
    order.deidentified = request.caller.deidentified;
    order.patients_only = !route.type.empty();
    if (route.type == "Group") order.group = route.id;
    order.request = services.base_url + '/' + request.path;
    const char* separator = "?";
    for (const auto& [name, value] : request.query) {
        order.request += separator + name + '=' + encode_url(value);
        separator = "&";
        if (name == "_outputFormat") {
            if (!is_ndjson(value)) return Outcome(error(IssueCode::not_supported, name, "operation-parameter-unknown", {name}));
        } else if (name == "_since") {
            const auto since = read_date_time(search::with_zone_sign(value));
            if (!since) return Outcome(error(IssueCode::invalid, name, "rest-since"));
            order.since = instants_of(*since, services.registry->offset_minutes()).first;
        } else if (name == "_type") {
            for (auto& type : search::split_unescaped(value, ',')) {
                if (!services.definitions->is_resource_type(type))
                    return Outcome(error(IssueCode::invalid, name, "rest-unknown-type", {type}));
                order.types.push_back(std::move(type));
            }
        } else if (name == "_elements") {
            auto elements = read_elements(services, value);
            if (!elements) return elements.error();
            order.elements.insert(order.elements.end(), elements->begin(), elements->end());
        } else if (name == "_deidentified") {
            if (value != "true" && value != "false") return Outcome(error(IssueCode::invalid, name, "operation-parameter-unknown", {name}));
            order.deidentified = order.deidentified || value == "true";
        } else if (name == "_typeFilter") {
            for (const auto& one : search::split_unescaped(value, ',')) {
                auto filter = read_filter(services, search::unescape(one));
                if (!filter) return filter.error();
                order.filters.push_back(std::move(*filter));
            }
        } else if (name != "_format") {
            return Outcome(error(IssueCode::not_supported, name, "operation-parameter-unknown", {name}));
        }
    }
    return order;
}

/// Copies of one person or of a handful that the caller chose have no names and are known all the same.
Outcome check_singling(const Services& services, const ExportOrder& order) {
    if (!order.deidentified) return {};
    if (!order.group.empty()) return error(IssueCode::forbidden, "", "access-criteria", {"Group"});
    for (const auto& [type, query] : order.filters) {
        for (const auto& [name, value] : search::read_criteria(query)) {
            if (access::singles_out(*services.registry, type, name)) return error(IssueCode::forbidden, name, "access-criteria", {name});
        }
    }
    return {};
}

} // namespace

boost::asio::awaitable<Response> export_start(const Services& services, Request request, Route route) {
    if (!services.exports) co_return failed(error(IssueCode::not_supported, "", "rest-method", {"$export"}));
    if (!route.type.empty() && route.type != "Patient" && route.type != "Group")
        co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$export", "Patient, Group"}));
    if (!request.respond_async) co_return failed(error(IssueCode::invalid, "Prefer", "bulk-async"));
    if (route.type == "Group") {
        auto view = services.store->view(access::filter_of(request.caller));
        if (view->current_key({route.type, route.id}) == 0)
            co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    }
    auto order = read_order(services, request, route);
    if (!order) co_return failed(order.error());
    if (auto refused = check_singling(services, *order); !refused.empty()) co_return failed(std::move(refused));
    const auto job = services.exports->start(std::move(*order));
    if (!job) co_return failed(job.error());
    Response response;
    response.status = 202;
    response.location = services.base_url + "/$export-job/" + *job;
    co_return response;
}

} // namespace huitong::interaction
