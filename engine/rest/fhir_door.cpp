#include "rest/fhir_door.hpp"

#include "access/masking.hpp"
#include "access/trail_texts.hpp"
#include "base/date_time.hpp"
#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "interaction/definitional.hpp"
#include "interaction/parts.hpp"
#include "interaction/stored_terminology.hpp"
#include "rest/binary.hpp"
#include "rest/media.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <random>

namespace huitong::rest {
namespace {

/// Source: RFC 5789 §3.1.
constexpr const char* kPatchFormats = "application/json-patch+json, application/fhir+json, application/fhir+xml, application/xml-patch+xml";

/// An HTTP date as a FHIR instant, "" when it cannot be read. Source: RFC 9110 §5.6.7.
std::string instant_of_http_date(std::string_view text) {
    if (text.empty()) return {};
    std::tm parts{};
    const std::string copy(text);
    if (!strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S", &parts)) return {};
    std::array<char, 40> out{};
    const auto size = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {out.data(), size};
}

interaction::Request fhir_request(HttpRequest& request, const std::string& prefix) {
    interaction::Request out;
    out.method = request.method;
    out.path = request.path.substr(prefix.size());
    while (out.path.starts_with('/')) out.path.erase(0, 1);
    while (out.path.ends_with('/')) out.path.pop_back();
    out.query = std::move(request.query);
    out.content_type = std::string(request.header("content-type"));
    out.content_type = out.content_type.substr(0, out.content_type.find(';'));
    while (out.content_type.ends_with(' ')) out.content_type.pop_back();
    // RFC 9110 §8.3.1: in any case.
    for (auto& c : out.content_type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    out.body = std::move(request.body);
    if (out.content_type == "application/x-www-form-urlencoded") {
        for (auto& pair : read_url_query(out.body)) out.query.push_back(std::move(pair));
        out.body.clear();
    }
    out.if_match = request.header("if-match");
    out.if_none_match = request.header("if-none-match");
    out.if_none_exist = request.header("if-none-exist");
    out.if_modified_since = instant_of_http_date(request.header("if-modified-since"));
    out.accept_language = request.header("accept-language");
    if (const auto threshold = request.header("x-too-costly-threshold"); !threshold.empty())
        out.expansion_max = std::strtoul(std::string(threshold).c_str(), nullptr, 10);
    std::string prefer(request.header("prefer"));
    if (prefer.empty()) return out;
    std::erase(prefer, ' ');
    if (prefer.find("handling=strict") != prefer.npos) out.handling = interaction::Handling::strict;
    if (prefer.find("handling=lenient") != prefer.npos) out.handling = interaction::Handling::lenient;
    if (prefer.find("return=minimal") != prefer.npos) out.prefer = interaction::Return::minimal;
    if (prefer.find("return=OperationOutcome") != prefer.npos) out.prefer = interaction::Return::operation_outcome;
    out.respond_async = prefer.find("respond-async") != prefer.npos;
    return out;
}

using Query = std::vector<std::pair<std::string, std::string>>;

/// What was asked, for the trail: method, path and parameters, those of a form too; "" when the path says it all.
std::string query_text(const std::string& method, const std::string& path, const Query& query) {
    constexpr std::size_t kQueryBytesMax = 4'096;
    if (query.empty()) return {};
    auto out = method + ' ' + path;
    const char* separator = "?";
    for (const auto& [name, value] : query) {
        out.append(separator).append(name).append("=").append(encode_url(value));
        separator = "&";
    }
    if (out.size() > kQueryBytesMax) out.resize(kQueryBytesMax);
    return out;
}

void write_body(const fhir::Definitions& definitions, const Media& media, bool pretty, std::string body, HttpResponse& response) {
    if (media.format == Format::xml || pretty) {
        const auto parsed = fhir::read_json(std::move(body));
        fhir::JsonStyle style;
        style.pretty = true;
        body = media.format == Format::xml ? fhir::write_fhir_xml(parsed.value->root(), definitions, pretty)
                                           : fhir::write_json(parsed.value->root(), style);
    }
    response.body = std::move(body);
    response.set("Content-Type", media.content_type());
}

/// A small file is a body like others, which may be compressed; false: it is large.
bool take_small_file(FileBody& file, std::string& body) {
    constexpr std::uint64_t kSmallBytes = 4 * 1024 * 1024;
    return file.size() <= kSmallBytes && file.read(body, kSmallBytes);
}

/// What these answer with is no resource: whatever form is asked for, it has its own.
bool has_own_form(const interaction::Request& asked) {
    static constexpr std::string_view kOwn[] = {"openapi.json", "$export", "$import", "$graphql"};
    return std::any_of(std::begin(kOwn), std::end(kOwn), [&](const auto name) { return asked.path.find(name) != asked.path.npos; });
}

HttpResponse options(const interaction::Request& asked) {
    const auto allowed = interaction::allowed_methods(asked);
    if (allowed.empty()) return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    HttpResponse response;
    response.status = 204;
    response.set("Allow", allowed);
    if (allowed.find("PATCH") != allowed.npos) response.set("Accept-Patch", kPatchFormats);
    return response;
}

/// Unique over all runs, because the commit and the access record of a request are found to be one by it; what the client calls the
/// request follows behind a blank.
std::string new_request_id(std::string_view named) {
    constexpr std::size_t kNamedMax = 64;
    static const std::string start = [] {
        const auto number = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
        std::array<char, 24> out{};
        const auto size = std::snprintf(out.data(), out.size(), "%016llx-", static_cast<unsigned long long>(number));
        return std::string(out.data(), static_cast<std::size_t>(size));
    }();
    static std::atomic<std::uint64_t> count{0};
    auto id = start + std::to_string(++count);
    if (named.empty()) return id;
    id += ' ';
    // The id stands in logs and resources: what is no printable ASCII sign there is none of ours.
    for (const char c : named.substr(0, kNamedMax)) {
        if (c > ' ' && c < '\x7F') id += c;
    }
    return id;
}

} // namespace

Result<access::Caller> Reception::caller_of(const HttpRequest& request) const {
    access::Caller caller;
    if (request.peer_is_local) {
        caller.local_admin = true;
        caller.client_id = "local-administrator";
    } else if (open_) {
        caller.open = true;
    } else {
        auto found = tokens_->authenticate(request.header("authorization"));
        if (!found) return found.error();
        caller = std::move(*found);
        if (auto refused = check_licence(caller); !refused.empty()) return refused;
        if (consents_) consents_->bind(caller, clock_.now());
    }
    caller.address = request.peer_address;
    caller.request_id = new_request_id(request.header("x-request-id"));
    return caller;
}

access::Caller Reception::stranger(const HttpRequest& request) {
    access::Caller out;
    out.address = request.peer_address;
    out.request_id = new_request_id(request.header("x-request-id"));
    return out;
}

Outcome Reception::check_licence(const access::Caller& caller) const {
    if (!practitioners_ || caller.practitioner.empty()) return {};
    auto day = date_time_of(clock_.now(), offset_minutes_);
    day.precision = Precision::day;
    day.offset_minutes.reset();
    if (practitioners_->may_act(caller.organization, caller.practitioner, write_date_time(day))) return {};
    return error(IssueCode::forbidden, "", "access-licence");
}

Result<access::Caller> Reception::caller_again(access::Caller known, const HttpRequest& request) const {
    if (auto refused = check_licence(known); !refused.empty()) return refused;
    if (consents_ && !known.open && !known.local_admin) consents_->bind(known, clock_.now());
    known.address = request.peer_address;
    known.request_id = new_request_id({});
    return known;
}

boost::asio::awaitable<Outcome> Reception::record(const access::Caller& caller, std::string interaction, std::string type, std::string id,
                                                  int status, std::vector<std::string> resources, std::vector<std::uint32_t> versions) {
    audit::AccessRecord record;
    record.at = clock_.now();
    record.client = caller.client_id;
    record.organization = caller.organization;
    record.practitioner = caller.practitioner;
    record.role = caller.role;
    record.purpose = caller.purpose;
    record.reason = caller.reason;
    record.address = caller.address;
    record.request_id = caller.request_id;
    record.interaction = std::move(interaction);
    record.type = std::move(type);
    record.id = std::move(id);
    record.status = status;
    record.query = caller.asked;
    record.resources = std::move(resources);
    record.versions = std::move(versions);
    auto written = co_await log_->append(record);
    if (!written) co_return error(IssueCode::throttled, "", "access-log-unavailable");
    co_return Outcome();
}

bool FhirDoor::is_light(const HttpRequest& request) const {
    // GET Type/id as stored JSON: no query, no operation, no XML to make. And what a terminology operation has answered before.
    if (request.method != "GET" || request.header("accept").find("xml") != std::string_view::npos) return false;
    if (request.path.size() <= prefix_.size()) return false;
    const auto rest = std::string_view(request.path).substr(prefix_.size() + 1);
    if (!request.query.empty()) {
        return services_.stored_terminology && request.header("x-too-costly-threshold").empty() &&
               services_.stored_terminology->is_remembered(rest, request.query, request.header("accept-language"));
    }
    if (rest.starts_with("Binary/")) return false; // may be large, and is decoded
    const auto slash = rest.find('/');
    return slash != rest.npos && slash + 1 < rest.size() && rest.find_first_of("/_$", slash + 1) == rest.npos;
}

bool FhirDoor::is_closed_by_consent(const access::Caller& caller, const std::string& type, const std::string& id) const {
    if ((caller.denied_patients.empty() && !caller.record_words) || type.empty() || id.empty()) return false;
    auto asking = caller;
    asking.denied_patients = {};
    asking.record_words = nullptr;
    const store::ResourceKey key(type, id);
    if (services_.store->view(access::filter_of(asking))->current_key(key) == 0) return false;
    return services_.store->view(access::filter_of(caller))->current_key(key) == 0;
}

boost::asio::awaitable<HttpResponse> FhirDoor::answer(HttpRequest request) {
    auto media = wanted_media(request);
    bool pretty = false;
    for (const auto& [name, value] : request.query) pretty = pretty || (name == "_pretty" && value == "true");
    auto asked = fhir_request(request, prefix_); // takes query and body
    wrap_bytes(request, asked);
    if (asked.method == "OPTIONS") co_return options(asked);
    const bool as_bytes = asks_for_bytes(request, asked);
    if (!media && (as_bytes || has_own_form(asked))) media = Media();
    if (!media) co_return outcome_response(error(IssueCode::not_supported, "", "rest-not-acceptable"));
    // What the hub can do is told to everybody.
    const bool is_open = asked.path == "metadata" || asked.path == "openapi.json";
    auto caller = is_open ? Result<access::Caller>(access::Caller()) : reception_.caller_of(request);
    if (!caller) {
        auto refusal = outcome_response(caller.error());
        auto recorded = co_await reception_.record(Reception::stranger(request), "denied", "", "", refusal.status, {});
        co_return recorded.empty() ? refusal : outcome_response(recorded);
    }
    // So that the trail tells of them; what is wrong with them is said by who handles the request.
    static_cast<void>(interaction::take_parameters(services_, asked));
    asked.caller = *caller;
    asked.write_check = write_check_;
    const auto classified = interaction::classify(asked);
    const auto path = asked.path;
    // What a GET asked can be read once more where it is to be written down; a form is gone by then.
    const bool is_plain = (asked.method == "GET" || asked.method == "HEAD") && asked.content_type.empty();
    if (!is_plain) caller->asked = query_text(asked.method, path, asked.query);
    auto result = co_await interaction::handle(services_, std::move(asked));
    if (result.media_type.empty() && !result.body.empty()) {
        result.body = access::without_queries(access::mask(std::move(result.body), *caller, *services_.definitions), *caller);
        if (result.body.empty()) result = interaction::failed(fatal(IssueCode::exception, "", "rest-cannot-cover"));
    }
    if (!is_open && !interaction::tells_of_nobody(classified, result)) {
        const auto mark = request.target.find('?');
        if (is_plain && mark != request.target.npos)
            caller->asked = query_text(request.method, path, read_url_query(std::string_view(request.target).substr(mark + 1)));
        std::vector<std::string> resources;
        std::vector<std::uint32_t> versions;
        for (const auto& key : result.touched) {
            resources.push_back(key.type + '/' + key.id);
            versions.push_back(key.version);
        }
        auto recorded = co_await reception_.record(*caller, classified.interaction, classified.type, classified.id, result.status,
                                                   std::move(resources), std::move(versions));
        if (recorded.empty() && result.status == 404 && is_closed_by_consent(*caller, classified.type, classified.id))
            recorded = co_await reception_.record(*caller, "consent-denied", classified.type, classified.id, 404, {});
        if (!recorded.empty()) co_return outcome_response(recorded);
    }
    auto response = respond(*media, pretty, as_bytes, std::move(result));
    if (response.status == 405) {
        interaction::Request place;
        place.path = path;
        response.set("Allow", interaction::allowed_methods(place));
    }
    if (response.status == 415 && classified.interaction == "patch") response.set("Accept-Patch", kPatchFormats);
    co_return response;
}

HttpResponse FhirDoor::respond(const Media& media, bool pretty, bool as_bytes, interaction::Response result) const {
    HttpResponse response;
    auto body = std::move(result.body);
    if (result.issues.has_errors()) {
        response = outcome_response(result.issues);
        body = std::move(response.body);
    } else if (!result.media_type.empty()) {
        response.set("Content-Type", result.media_type);
        response.body = std::move(body);
        body.clear();
        if (result.file && !take_small_file(*result.file, response.body)) response.file = std::move(result.file);
    } else if (as_bytes && result.status == 200 && write_bytes(body, response)) {
        body.clear();
    }
    if (!body.empty()) write_body(*services_.definitions, media, pretty, std::move(body), response);
    for (auto& [name, value] : result.headers) response.set(name, value);
    response.status = result.status;
    if (!result.etag.empty()) response.set("ETag", result.etag);
    if (!result.location.empty() && result.status == 201) response.set("Location", result.location);
    if (!result.location.empty()) response.set("Content-Location", result.location);
    if (result.expires.microseconds != 0) response.set("Expires", http_date(result.expires));
    if (result.last_modified.microseconds != 0) response.set("Last-Modified", http_date(result.last_modified));
    return response;
}

} // namespace huitong::rest
