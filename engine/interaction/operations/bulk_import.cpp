/// $import: kick-off; bulk_jobs.cpp answers for the jobs. The manifest is a Parameters resource or plain JSON, also that of an export.
/// Source: the proposal "Bulk Data Import by manifest" beside Bulk Data Access 2.0.0.
#include "interaction/bulk_import.hpp"

#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

constexpr std::string_view kNdjson = "application/fhir+ndjson";
constexpr std::string_view kScope = "huitong/import";

/// Its files lie beside the hub, whoever put them there: no right to write a type is enough to name them.
bool may_import(const access::Caller& caller) {
    return caller.open || caller.local_admin || std::find(caller.scopes.begin(), caller.scopes.end(), kScope) != caller.scopes.end();
}

std::string value_of(fhir::Element parameter) {
    for (const auto child : parameter.children()) {
        if (child.name().starts_with("value")) return std::string(child.value());
    }
    return {};
}

struct Manifest {
    std::string format;
    std::vector<ImportInput> inputs;
};

Manifest read_parameters(fhir::Element parameters) {
    Manifest out;
    for (const auto parameter : parameters.children("parameter")) {
        if (parameter.text("name") == "inputFormat") out.format = value_of(parameter);
        if (parameter.text("name") != "input") continue;
        ImportInput input;
        for (const auto part : parameter.children("part")) {
            if (part.text("name") == "type") input.type = value_of(part);
            if (part.text("name") == "url") input.url = value_of(part);
        }
        out.inputs.push_back(std::move(input));
    }
    return out;
}

Manifest read_plain(fhir::Element manifest) {
    Manifest out;
    out.format = manifest.text("inputFormat");
    for (const auto* const list : {"input", "output"}) {
        for (const auto input : manifest.children(list))
            out.inputs.push_back({std::string(input.text("type")), std::string(input.text("url"))});
    }
    return out;
}

Result<Manifest> read_manifest(const Services& services, const Request& request) {
    const bool is_fhir = request.body.find("resourceType") != request.body.npos || request.content_type.find("xml") != std::string::npos;
    if (is_fhir) {
        const auto document = read_body(services, request);
        if (!document) return document.error();
        const auto type = (*document)->root().type();
        if (type != "Parameters") return Outcome(error(IssueCode::invalid, "", "rest-type-differs", {std::string(type), "Parameters"}));
        return read_parameters((*document)->root());
    }
    const auto parsed = fhir::read_plain_json(request.body);
    if (parsed.issues.has_errors()) return parsed.issues;
    return read_plain(parsed.value->root());
}

Result<ImportOrder> read_order(const Services& services, const Request& request) {
    auto manifest = read_manifest(services, request);
    if (!manifest) return manifest.error();
    const auto& format = manifest->format;
    if (!format.empty() && format != kNdjson && format != "application/ndjson" && format != "ndjson")
        return Outcome(error(IssueCode::not_supported, "inputFormat", "operation-parameter-unknown", {"inputFormat"}));
    if (manifest->inputs.empty()) return Outcome(error(IssueCode::required, "input", "operation-parameter", {"input"}));
    for (const auto& input : manifest->inputs) {
        if (!services.definitions->is_resource_type(input.type))
            return Outcome(error(IssueCode::invalid, "input.type", "rest-unknown-type", {input.type}));
        if (is_append_only(input.type)) return Outcome(error(IssueCode::not_supported, "input.type", "rest-append-only", {input.type}));
        if (!access::may(request.caller, 'u', input.type))
            return Outcome(error(IssueCode::forbidden, "input.type", "access-scope", {"$import", input.type}));
    }
    ImportOrder order;
    order.request = services.base_url + '/' + request.path;
    order.caller = request.caller;
    order.inputs = std::move(manifest->inputs);
    return order;
}

} // namespace

boost::asio::awaitable<Response> import_start(const Services& services, Request request, Route) {
    if (!services.imports) co_return failed(error(IssueCode::not_supported, "", "rest-method", {"$import"}));
    if (!may_import(request.caller)) co_return failed(error(IssueCode::forbidden, "", "access-scope", {"$import", ""}));
    if (!request.respond_async) co_return failed(error(IssueCode::invalid, "Prefer", "bulk-async"));
    auto order = read_order(services, request);
    if (!order) co_return failed(order.error());
    const auto job = services.imports->start(std::move(*order));
    if (!job) co_return failed(job.error());
    Response response;
    response.status = 202;
    response.location = services.base_url + "/$import-job/" + *job;
    co_return response;
}

} // namespace huitong::interaction
