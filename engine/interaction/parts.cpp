#include "interaction/parts.hpp"

#include "access/codes_in.hpp"
#include "audit/write_note.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "interaction/outgoing.hpp"
#include "interaction/position.hpp"
#include "interaction/restriction.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>

namespace huitong::interaction {

Response failed(Outcome issues) {
    Response response;
    response.status = status_of(issues);
    response.issues = std::move(issues);
    return response;
}

Response failed(Issue issue) { return failed(Outcome(std::move(issue))); }

Result<fhir::DocumentPtr> read_body(const Services& services, const Request& request) {
    const auto& type = request.content_type;
    if (type.find("xml") != type.npos) {
        fhir::XmlOptions options;
        options.limits = services.limits;
        auto parsed = fhir::read_fhir_xml(request.body, *services.definitions, options);
        if (parsed.issues.has_errors()) return std::move(parsed.issues);
        return std::move(parsed.value);
    }
    if (!type.empty() && type.find("json") == type.npos) return Outcome(error(IssueCode::not_supported, "", "rest-media-type", {type}));
    fhir::JsonOptions options;
    options.limits = services.limits;
    auto parsed = fhir::read_json(request.body, options);
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    if (!services.definitions->is_resource_type(parsed.value->root().type())) {
        return Outcome(error(IssueCode::structure, "", "json-resource-type", {std::string(parsed.value->root().type())}));
    }
    return std::move(parsed.value);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 &&
           std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
}

void set_id(fhir::Document& document, fhir::Element resource, const std::string& id) {
    auto found = resource.child("id");
    const auto index = found ? found.index() : document.add_child(resource.index(), "id", false);
    document.set_value(index, fhir::ValueKind::text, document.copy(id));
}

Outcome check_resource(const Services& services, const Request& request, fhir::Element resource, const std::string& type) {
    if (resource.type() != type)
        return error(IssueCode::invalid, std::string(resource.type()), "rest-type-differs", {std::string(resource.type()), type});
    if (auto refused = check_endpoint(resource); refused.has_errors()) return refused;
    if (auto refused = check_resident_facts(services, request.caller, resource); refused.has_errors()) return refused;
    const bool is_parameter = type == "SearchParameter" && request.write_check != WriteCheck::report;
    if (auto refused = is_parameter ? services.registry->check_parameter(resource) : Outcome(); refused.has_errors()) return refused;
    if (!services.validator) return {};
    validation::Options options;
    options.unknown_profile = request.handling == Handling::strict ? Severity::error : Severity::warning;
    auto found = services.validator->check(resource, options);
    const auto check = request.handling == Handling::strict ? WriteCheck::strict : request.write_check;
    for (auto& issue : found.issues()) {
        const bool tolerated = check == WriteCheck::report || (check == WriteCheck::tolerant && issue.rule == "validation-time-zone");
        if (tolerated && issue.severity == Severity::error) issue.severity = Severity::warning;
    }
    return found;
}

namespace {

/// Whose record a Patient is does not change when the resident corrects his telephone.
std::string owner_of(const access::Caller& caller, std::string_view type) {
    return type == "Patient" ? caller.organization : access::writer_of(caller);
}

} // namespace

store::Write make_write(const Services& services, const access::Caller& caller, store::Action action, const std::string& type,
                        const std::string& id, fhir::Element resource) {
    store::Write write;
    write.action = action;
    write.key = {type, id};
    auto prepared = search::prepare_body(resource, id);
    write.body = std::move(prepared.body);
    write.meta_at = prepared.meta_at;
    write.rows = std::move(services.registry->index_rows(resource).value);
    write.owner = owner_of(caller, type);
    const auto meta = resource.child("meta");
    if (meta) {
        for (const auto label : meta.children("security")) write.labels.emplace_back(label.text("code"));
    }
    keep_like_context(services, {}, write);
    const bool is_of_somebody = !write.rows.patient_id.empty() || (type == "Bundle" && keep_like_content(resource, write));
    if (services.labels) {
        services.labels->add_labels(write.rows, write.labels);
        // Of a person's record every code counts; a Consent names those that it refuses, or nobody could take it back.
        if (is_of_somebody && type != "Consent") services.labels->add_labels(access::codes_in(resource), write.labels);
    }
    if (access::is_very_restricted(resource)) write.labels.emplace_back(access::kVeryRestricted);
    return write;
}

store::Write make_removal(const access::Caller& caller, const std::string& type, const std::string& id) {
    store::Write write;
    write.action = store::Action::remove;
    write.key = {type, id};
    write.owner = owner_of(caller, type);
    return write;
}

store::Commit make_commit(const Request& request, std::string reason) {
    store::Commit commit;
    const auto& caller = request.caller;
    audit::WriteNote note;
    note.interaction = std::move(reason);
    note.organization = caller.organization;
    note.practitioner = caller.practitioner;
    note.role = caller.role;
    note.purpose = caller.purpose;
    note.reason = caller.reason;
    note.address = caller.address;
    note.request = caller.request_id;
    commit.actor = caller.client_id;
    commit.sight = access::write_sight_of(caller);
    commit.reason = audit::write_note(note);
    return commit;
}

std::string version_url(const Services& services, const store::ResourceKey& key, std::uint32_t version) {
    return services.base_url + '/' + key.type + '/' + key.id + "/_history/" + std::to_string(version);
}

std::string etag_of(std::uint32_t version) { return "W/\"" + std::to_string(version) + '"'; }

std::optional<std::uint32_t> read_etag(std::string_view text) {
    const auto first = text.find('"');
    const auto last = text.rfind('"');
    if (first == text.npos || last <= first + 1) return std::nullopt;
    std::uint32_t out = 0;
    for (const char c : text.substr(first + 1, last - first - 1)) {
        if (c < '0' || c > '9' || out > 100'000'000) return std::nullopt;
        out = out * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return out;
}

bool names_etag(std::string_view if_none_match, std::uint32_t version) {
    while (!if_none_match.empty()) {
        const auto end = if_none_match.find(',');
        const auto one = if_none_match.substr(0, end);
        if (one.find('*') != one.npos || read_etag(one) == version) return true;
        if_none_match = end == if_none_match.npos ? std::string_view() : if_none_match.substr(end + 1);
    }
    return false;
}

Result<std::optional<std::uint32_t>> expected_version(std::string_view if_match, std::string_view if_none_match) {
    if (if_none_match == "*") return std::optional<std::uint32_t>(0);
    if (if_match.empty() || if_match == "*") return std::optional<std::uint32_t>();
    const auto version = read_etag(if_match);
    if (!version) return Outcome(error(IssueCode::conflict, "If-Match", "rest-precondition", {std::string(if_match)}));
    return version;
}

Response written(const Services& services, const Request& request, const store::CommitReceipt& receipt, std::size_t index, int status,
                 Outcome warnings) {
    const auto& written = receipt.writes[index];
    Response response;
    response.status = status;
    response.etag = etag_of(written.version);
    response.location = version_url(services, written.key, written.version);
    response.last_modified = receipt.instant;
    response.touched.emplace_back(written.key, written.version);
    if (request.prefer == Return::representation) {
        auto view = services.store->view();
        auto stored = view->version(written.key, written.version);
        if (!stored) return failed(stored.error());
        if (*stored) {
            response.body = std::move((*stored)->body);
            response.last_modified = (*stored)->updated;
            response.raw_body = true;
        }
    } else if (request.prefer == Return::operation_outcome) {
        response.body = operation_outcome(warnings);
    }
    response.issues = std::move(warnings);
    return response;
}

void add_bundle_link(std::string& out, std::string_view relation, std::string_view url) {
    out += "{\"relation\":";
    fhir::write_json_string(relation, out);
    out += ",\"url\":";
    fhir::write_json_string(url, out);
    out += '}';
}

void close_entries(std::string& out) {
    static constexpr std::string_view kNone = ",\"entry\":[";
    if (!out.ends_with(kNone)) out += ']';
    else out.resize(out.size() - kNone.size());
    out += '}';
}

std::string self_url(const Services& services, const Request& request, std::initializer_list<std::string_view> but) {
    auto out = services.base_url + '/' + request.path;
    char separator = '?';
    for (const auto& [name, value] : request.query) {
        if (std::find(but.begin(), but.end(), name) != but.end()) continue;
        out.append(1, separator).append(name).append("=").append(encode_url(value));
        separator = '&';
    }
    return out;
}

std::optional<std::string> query_value(const Request& request, std::string_view name) {
    for (const auto& [key, value] : request.query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

Result<store::LogTime> read_since(store::Store& store, store::ReadView& view, std::string_view text, int offset_minutes) {
    if (is_position(text)) return read_position(store, view.t(), text);
    const auto instant = read_date_time(search::with_zone_sign(text));
    if (!instant) return Outcome(error(IssueCode::invalid, "_since", "rest-since"));
    const Instant low = instants_of(*instant, offset_minutes).first;
    return view.time_at({low.microseconds - 1});
}

void touch(Response& response, const store::Version& version) { response.touched.emplace_back(version.key, version.version); }

bool is_guard_conflict(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    return issue && (issue->rule == "store-guard" || issue->rule == "store-rows");
}

} // namespace huitong::interaction
