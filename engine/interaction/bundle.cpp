#include "interaction/bundle.hpp"

#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "interaction/patched.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <set>

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
    if (method != "GET" && method != "HEAD" && method != "POST" && method != "PUT" && method != "PATCH" && method != "DELETE") {
        return Outcome(error(IssueCode::not_supported, entry.where + ".request.method", "bundle-entry-method", {method}));
    }
    if ((method == "POST" || method == "PUT" || method == "PATCH") && !entry.resource && entry.url.find('$') == entry.url.npos) {
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

Request entry_request(const Request& outer, const Entry& entry, std::string_view base_url) {
    Request request;
    request.method = entry.method;
    request.caller = outer.caller;
    request.handling = outer.handling;
    request.prefer = outer.prefer;
    request.write_check = outer.write_check;
    request.if_match = entry.if_match;
    request.if_none_match = entry.if_none_match;
    request.if_none_exist = entry.if_none_exist;
    request.if_modified_since = entry.if_modified_since;
    request.content_type = "application/fhir+json";
    if (entry.resource) request.body = fhir::write_json(entry.resource);
    if (entry.method == "PATCH") {
        if (auto patch = read_entry_patch(entry.resource)) {
            request.content_type = std::move(patch->content_type);
            request.body = std::move(patch->text);
        }
    }
    std::string_view url = entry.url;
    if (!base_url.empty() && url.starts_with(base_url)) url.remove_prefix(base_url.size());
    const auto mark = url.find('?');
    request.path = url.substr(0, mark);
    while (request.path.starts_with('/')) request.path.erase(0, 1);
    if (mark != url.npos) request.query = read_url_query(url.substr(mark + 1));
    return request;
}

boost::asio::awaitable<Response> answer_entry(const Services& services, const Request& outer, const Entry& entry) {
    auto request = entry_request(outer, entry, services.base_url);
    auto response = co_await handle(services, std::move(request));
    if (entry.method == "HEAD") response.body.clear();
    // An entry holds resources: the OpenAPI description, a GraphQL answer or a file of an export is none.
    if (!response.media_type.empty()) response = failed(error(IssueCode::not_supported, entry.where, "bundle-entry-answer"));
    co_return response;
}

void write_entry_response(const Response& response, std::string& out) {
    static constexpr std::pair<int, std::string_view> kReasons[] = {
        {200, "200 OK"}, {201, "201 Created"}, {204, "204 No Content"}, {304, "304 Not Modified"}};
    // What `Prefer: return=OperationOutcome` brings is about the answer, not the answer.
    const bool is_outcome = !response.location.empty() && response.body.starts_with(R"({"resourceType":"OperationOutcome")");
    out += '{';
    if (!response.body.empty() && !is_outcome) out += "\"resource\":" + response.body + ',';
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
    else if (is_outcome) out += ",\"outcome\":" + response.body;
    out += "}}";
}

namespace {

/// Entries of a batch that are under way at a time, so that one fsync serves several.
constexpr std::size_t kBatchEntriesAtOnce = 16;

struct BatchRun {
    const Services& services;
    const Request& request;
    std::vector<Result<Entry>> entries; ///< a bad one is answered in its place
    std::vector<Response> answers;      ///< beside entries
    std::atomic<std::size_t> next{0};
    std::size_t end = 0;               ///< of the wave under way
    std::atomic<std::size_t> bytes{0}; ///< of the answers so far
};

std::vector<Result<Entry>> read_batch(fhir::Element bundle) {
    std::vector<Result<Entry>> out;
    for (const auto element : bundle.children("entry")) out.push_back(read_entry(element, out.size()));
    return out;
}

bool is_read(const Result<Entry>& entry) { return entry && (entry->method == "GET" || entry->method == "HEAD"); }

/// End of the entries from `begin` that may be under way together: reads see the writes before them, and two writes that name one resource
/// keep their order, as clients expect although the standard asks for no order.
std::size_t wave_end(const std::vector<Result<Entry>>& entries, std::size_t begin) {
    std::set<std::string_view> named;
    auto end = begin;
    for (; end < entries.size() && is_read(entries[end]) == is_read(entries[begin]); ++end) {
        const auto& entry = entries[end];
        if (entry && !is_read(entry) && entry->method != "POST" && !named.insert(entry->url).second) break;
    }
    return end;
}

/// Takes entries until the wave is over. `run` outlives it: `run_wave` waits for all.
boost::asio::awaitable<void> answer_entries(BatchRun& run) {
    for (auto index = run.next++; index < run.end; index = run.next++) {
        if (!run.entries[index]) {
            run.answers[index] = failed(run.entries[index].error());
            continue;
        }
        const auto bytes_max = run.services.limits->inflated_bytes_max;
        if (run.bytes > bytes_max) {
            run.answers[index] = failed(error(IssueCode::too_costly, "Bundle.entry", "bundle-answer-max", {std::to_string(bytes_max)}));
            continue;
        }
        run.answers[index] = co_await answer_entry(run.services, run.request, *run.entries[index]);
        run.bytes += run.answers[index].body.size();
    }
}

boost::asio::awaitable<void> run_wave(BatchRun& run, std::size_t begin, std::size_t end) {
    namespace asio = boost::asio;
    run.next = begin;
    run.end = end;
    if (end - begin == 1) co_return co_await answer_entries(run);
    const auto executor = co_await asio::this_coro::executor;
    auto start = [&] { return asio::co_spawn(executor, answer_entries(run), asio::deferred); };
    std::vector<decltype(start())> takers;
    for (std::size_t count = 0; count < std::min(end - begin, kBatchEntriesAtOnce); ++count) takers.push_back(start());
    auto all = asio::experimental::make_parallel_group(std::move(takers));
    const auto [order, failures] = co_await all.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    for (const auto& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

} // namespace

boost::asio::awaitable<Response> batch(const Services& services, Request request, fhir::DocumentPtr document) {
    BatchRun run{services, request, read_batch(document->root()), {}};
    if (run.entries.size() > services.limits->bundle_entries_max) co_return failed(too_many_entries(services));
    run.answers.resize(run.entries.size());
    for (std::size_t begin = 0; begin < run.entries.size();) {
        const auto end = wave_end(run.entries, begin);
        co_await run_wave(run, begin, end);
        begin = end;
    }
    Response response;
    response.body = "{\"resourceType\":\"Bundle\",\"type\":\"batch-response\",\"entry\":[";
    for (auto& answer : run.answers) {
        if (&answer != &run.answers.front()) response.body += ',';
        write_entry_response(answer, response.body);
        answer.body = std::string();
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
