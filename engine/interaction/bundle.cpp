#include "interaction/bundle.hpp"

#include "base/url_query.hpp"
#include "fhir/json.hpp"

namespace huitong::interaction {
namespace {

Outcome too_many_entries(const Services& services) {
    return error(IssueCode::too_long, "Bundle.entry", "bundle-entries-max", {std::to_string(services.limits->bundle_entries_max)});
}

} // namespace

Result<Entry> read_entry(fhir::Element element, std::size_t index) {
    Entry entry;
    entry.where = "Bundle.entry[" + std::to_string(index) + "]";
    entry.resource = element.child("resource");
    entry.full_url = element.text("fullUrl");
    const auto request = element.child("request");
    if (!request) return Outcome(error(IssueCode::required, entry.where, "bundle-entry-request"));
    entry.method = request.text("method");
    entry.url = request.text("url");
    entry.if_match = request.text("ifMatch");
    entry.if_none_match = request.text("ifNoneMatch");
    entry.if_none_exist = request.text("ifNoneExist");
    entry.if_modified_since = request.text("ifModifiedSince");
    const auto& method = entry.method;
    if (method != "GET" && method != "HEAD" && method != "POST" && method != "PUT" && method != "DELETE") {
        return Outcome(error(IssueCode::not_supported, entry.where + ".request.method", "bundle-entry-method", {method}));
    }
    if ((method == "POST" || method == "PUT") && !entry.resource && entry.url.find('$') == entry.url.npos) {
        return Outcome(error(IssueCode::required, entry.where + ".resource", "bundle-entry-resource"));
    }
    return entry;
}

Result<std::vector<Entry>> read_entries(const Services& services, fhir::Element bundle) {
    std::vector<Entry> out;
    for (const auto element : bundle.children("entry")) {
        if (out.size() >= services.limits->bundle_entries_max) return too_many_entries(services);
        auto entry = read_entry(element, out.size());
        if (!entry) return entry.error();
        out.push_back(std::move(*entry));
    }
    return out;
}

Request entry_request(const Request& outer, const Entry& entry) {
    Request request;
    request.method = entry.method;
    request.caller = outer.caller;
    request.handling = outer.handling;
    request.prefer = Return::representation;
    request.if_match = entry.if_match;
    request.if_none_match = entry.if_none_match;
    request.if_none_exist = entry.if_none_exist;
    request.if_modified_since = entry.if_modified_since;
    request.content_type = "application/fhir+json";
    if (entry.resource) request.body = fhir::write_json(entry.resource);
    const auto mark = entry.url.find('?');
    request.path = entry.url.substr(0, mark);
    while (request.path.starts_with('/')) request.path.erase(0, 1);
    if (mark != entry.url.npos) request.query = read_url_query(std::string_view(entry.url).substr(mark + 1));
    return request;
}

void write_entry_response(const Response& response, std::string& out) {
    static constexpr std::pair<int, std::string_view> kReasons[] = {
        {200, "200 OK"}, {201, "201 Created"}, {204, "204 No Content"}, {304, "304 Not Modified"}};
    out += '{';
    if (!response.body.empty()) out += "\"resource\":" + response.body + ',';
    out += "\"response\":{\"status\":\"";
    std::string status = std::to_string(response.status);
    for (const auto& [code, text] : kReasons) {
        if (code == response.status) status = text;
    }
    out += status + '"';
    if (!response.location.empty()) {
        out += ",\"location\":";
        fhir::write_json_string(response.location, out);
    }
    if (!response.etag.empty()) {
        out += ",\"etag\":";
        fhir::write_json_string(response.etag, out);
    }
    if (response.last_modified.microseconds != 0) out += ",\"lastModified\":\"" + instant_text(response.last_modified, 0) + '"';
    if (response.issues.has_errors()) out += ",\"outcome\":" + operation_outcome(response.issues);
    out += "}}";
}

boost::asio::awaitable<Response> batch(const Services& services, Request request, fhir::DocumentPtr document) {
    Response response;
    response.body = "{\"resourceType\":\"Bundle\",\"type\":\"batch-response\",\"entry\":[";
    std::size_t index = 0;
    for (const auto element : document->root().children("entry")) {
        if (index >= services.limits->bundle_entries_max) co_return failed(too_many_entries(services));
        if (index > 0) response.body += ',';
        const auto entry = read_entry(element, index++);
        Response answer;
        if (entry) {
            auto one = entry_request(request, *entry);
            answer = co_await handle(services, std::move(one));
        } else {
            answer = failed(entry.error());
        }
        write_entry_response(answer, response.body);
        for (auto& key : answer.touched) response.touched.push_back(std::move(key));
    }
    close_entries(response.body);
    co_return response;
}

boost::asio::awaitable<Response> bundle(const Services& services, Request request, Route) {
    auto document = read_body(services, request);
    if (!document) co_return failed(document.error());
    const auto root = (*document)->root();
    if (root.type() != "Bundle")
        co_return failed(error(IssueCode::invalid, std::string(root.type()), "rest-type-differs", {std::string(root.type()), "Bundle"}));
    const auto type = root.text("type");
    if (type == "transaction") co_return co_await transaction(services, std::move(request), std::move(*document));
    if (type == "batch") co_return co_await batch(services, std::move(request), std::move(*document));
    co_return failed(error(IssueCode::invalid, "Bundle.type", "bundle-type", {std::string(type)}));
}

} // namespace huitong::interaction
