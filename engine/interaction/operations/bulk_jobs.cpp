/// Status, files and cancelling of exports and imports. Source: FHIR R4, "Asynchronous Request Pattern".
#include "interaction/bulk_export.hpp"
#include "interaction/bulk_import.hpp"
#include "interaction/parts.hpp"

namespace huitong::interaction {
namespace {

/// nullptr: this program has no jobs of that kind.
BulkJobs* jobs_of(const Services& services, const Route& route) {
    if (route.operation == "$export-job") return services.exports ? &services.exports->jobs() : nullptr;
    return services.imports ? &services.imports->jobs() : nullptr;
}

} // namespace

boost::asio::awaitable<Response> bulk_status(const Services& services, Request request, Route route) {
    auto* jobs = jobs_of(services, route);
    if (!jobs) co_return failed(error(IssueCode::not_found, "", "bulk-unknown"));
    Response response;
    if (request.method == "DELETE") {
        auto issues = jobs->cancel(route.id, request.caller);
        if (issues.has_errors()) co_return failed(std::move(issues));
        response.status = 202;
        co_return response;
    }
    auto status = jobs->status(route.id, request.caller);
    if (!status) co_return failed(status.error());
    if (status->failure.has_errors()) co_return failed(std::move(status->failure));
    if (!status->done) {
        response.status = 202;
        response.headers.emplace_back("X-Progress", std::to_string(status->resources) + " resources");
        response.headers.emplace_back("Retry-After", "1");
        co_return response;
    }
    response.body = std::move(status->manifest);
    response.media_type = "application/json";
    response.expires = status->expires;
    co_return response;
}

boost::asio::awaitable<Response> bulk_file(const Services& services, Request request, Route route) {
    auto* jobs = jobs_of(services, route);
    if (!jobs) co_return failed(error(IssueCode::not_found, "", "bulk-unknown"));
    auto file = jobs->file(route.id, route.file, request.caller);
    if (!file) co_return failed(file.error());
    Response response;
    response.file = std::move(*file);
    response.media_type = "application/fhir+ndjson";
    co_return response;
}

} // namespace huitong::interaction
