#include "interaction/kept_back.hpp"
#include "interaction/parts.hpp"
#include "interaction/stored_parameters.hpp"
#include "interaction/stored_terminology.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace huitong::interaction {
namespace {

// Order matters where shapes are equal: literal operations come before ids.
constexpr InteractionRow kInteractions[] = {
    {"capabilities", "GET", "M", '-', capabilities},
    {"open-api", "GET", "A", '-', open_api},
    {"search-system", "GET", "", 's', search_type},
    {"search-system", "POST", "S", 's', search_type},
    {"transaction", "POST", "", 'x', bundle},
    {"history-system", "GET", "H", 's', history},
    {"search-type", "GET", "T", 's', search_type},
    {"search-type", "POST", "TS", 's', search_type},
    {"create", "POST", "T", 'c', create},
    {"update", "PUT", "T", 'u', update},
    {"patch", "PATCH", "T", 'u', patch},
    {"delete", "DELETE", "T", 'd', remove},
    {"history-type", "GET", "TH", 's', history},
    {"$validate", "POST", "TO", 'r', validate},
    {"$validate", "POST", "TIO", 'r', validate},
    {"$validate", "GET", "TIO", 'r', validate},
    {"$snapshot", "GET", "TO", 'r', snapshot},
    {"$snapshot", "POST", "TO", 'r', snapshot},
    {"$snapshot", "GET", "TIO", 'r', snapshot},
    {"$snapshot", "POST", "TIO", 'r', snapshot},
    {"$translate", "GET", "TO", 'r', translate},
    {"$translate", "POST", "TO", 'r', translate},
    {"$translate", "GET", "TIO", 'r', translate},
    {"$translate", "POST", "TIO", 'r', translate},
    {"$lookup", "GET", "TO", 'r', lookup},
    {"$lookup", "POST", "TO", 'r', lookup},
    {"$validate-code", "GET", "TO", 'r', validate_code},
    {"$validate-code", "POST", "TO", 'r', validate_code},
    {"$validate-code", "GET", "TIO", 'r', validate_code},
    {"$validate-code", "POST", "TIO", 'r', validate_code},
    {"$batch-validate-code", "POST", "TO", 'r', validate_code},
    {"$expand", "GET", "TO", 'r', expand},
    {"$expand", "POST", "TO", 'r', expand},
    {"$expand", "GET", "TIO", 'r', expand},
    {"$expand", "POST", "TIO", 'r', expand},
    {"$subsumes", "GET", "TO", 'r', subsumes},
    {"$subsumes", "POST", "TO", 'r', subsumes},
    {"$subsumes", "GET", "TIO", 'r', subsumes},
    {"$subsumes", "POST", "TIO", 'r', subsumes},
    {"$find-matches", "GET", "TO", 'r', find_matches},
    {"$find-matches", "POST", "TO", 'r', find_matches},
    {"$find-matches", "GET", "TIO", 'r', find_matches},
    {"$find-matches", "POST", "TIO", 'r', find_matches},
    {"$closure", "POST", "O", 'x', closure},
    {"$versions", "GET", "O", '-', fhir_versions},
    {"$versions", "POST", "O", '-', fhir_versions},
    {"$everything", "GET", "TIO", 'r', everything},
    {"$everything", "POST", "TIO", 'r', everything},
    {"$meta", "GET", "O", 'x', meta_in_use},
    {"$meta", "POST", "O", 'x', meta_in_use},
    {"$meta", "GET", "TO", 's', meta_in_use},
    {"$meta", "POST", "TO", 's', meta_in_use},
    {"$meta", "GET", "TIO", 'r', meta},
    {"$meta", "POST", "TIO", 'r', meta},
    {"$meta-add", "POST", "TIO", 'u', meta_change},
    {"$meta-delete", "POST", "TIO", 'u', meta_change},
    {"$match", "POST", "TO", 's', match},
    {"$transform", "POST", "TO", 'r', transform},
    {"$transform", "POST", "TIO", 'r', transform},
    {"$lastn", "GET", "TO", 's', last_n},
    {"$lastn", "POST", "TO", 's', last_n},
    {"$document", "GET", "TO", 'r', document},
    {"$document", "POST", "TO", 'r', document},
    {"$document", "GET", "TIO", 'r', document},
    {"$document", "POST", "TIO", 'r', document},
    {"$stats", "GET", "TO", 's', stats},
    {"$stats", "POST", "TO", 's', stats},
    {"$export", "GET", "O", 'x', export_start},
    {"$export", "GET", "TO", 'x', export_start},
    {"$export", "GET", "TIO", 'x', export_start},
    {"$export", "POST", "O", 'x', export_start},
    {"$export", "POST", "TO", 'x', export_start},
    {"$export", "POST", "TIO", 'x', export_start},
    {"$export-job", "GET", "OJ", 'x', bulk_status},
    {"$export-job", "DELETE", "OJ", 'x', bulk_status},
    {"$export-job", "GET", "OJF", 'x', bulk_file},
    {"$import", "POST", "O", 'x', import_start},
    {"$import-job", "GET", "OJ", 'x', bulk_status},
    {"$import-job", "DELETE", "OJ", 'x', bulk_status},
    {"$import-job", "GET", "OJF", 'x', bulk_file},
    {"$convert", "POST", "O", 'x', convert},
    {"$fhirpath", "POST", "O", 'x', fhirpath_query},
    {"$unit", "GET", "O", 'x', unit},
    {"$unit", "POST", "O", 'x', unit},
    {"$diff", "GET", "O", 'x', diff},
    {"$diff", "GET", "TIO", 'r', diff},
    {"$expunge", "POST", "TIO", 'd', expunge},
    {"$graphql", "GET", "O", 'x', graphql_query},
    {"$graphql", "POST", "O", 'x', graphql_query},
    {"$graphql", "GET", "TIO", 'r', graphql_query},
    {"$graphql", "POST", "TIO", 'r', graphql_query},
    {"read", "GET", "TI", 'r', read},
    {"update", "PUT", "TI", 'u', update},
    {"patch", "PATCH", "TI", 'u', patch},
    {"delete", "DELETE", "TI", 'd', remove},
    {"history-instance", "GET", "TIH", 'r', history},
    {"vread", "GET", "TIHV", 'r', vread},
    {"search-compartment", "GET", "TIT", 's', search_type},
    {"search-compartment", "POST", "TITS", 's', search_type},
    {"search-compartment", "POST", "TIS", 's', search_type},
};

/// The shape of a path, and its parts by letter; nullopt when a step fits nothing.
struct Shape {
    std::string letters;
    Route route;
    std::string compartment;
};

Shape shape_of(std::string_view path) {
    Shape out;
    std::size_t position = 0;
    while (!path.empty()) {
        const auto end = path.find('/');
        const auto step = path.substr(0, end);
        path = end == path.npos ? std::string_view() : path.substr(end + 1);
        if (step.empty()) continue;
        if (step == "metadata" && position == 0) {
            out.letters += 'M';
        } else if (step == "openapi.json" && position == 0) {
            out.letters += 'A';
        } else if (step == "_history") {
            out.letters += 'H';
        } else if (step == "_search") {
            out.letters += 'S';
        } else if (step.starts_with('$')) {
            out.letters += 'O';
            out.route.operation = step;
        } else if (out.letters == "O") {
            out.letters += 'J';
            out.route.id = step;
        } else if (out.letters == "OJ") {
            out.letters += 'F';
            out.route.file = step;
        } else if (out.letters.ends_with('H')) {
            out.letters += 'V';
            const auto [end_of_number, failure] = std::from_chars(step.data(), step.data() + step.size(), out.route.version);
            if (failure != std::errc() || end_of_number != step.data() + step.size()) out.letters.back() = '?';
        } else if (out.letters.empty()) {
            out.letters += 'T';
            out.route.type = step;
        } else if (out.letters == "T") {
            out.letters += 'I';
            out.route.id = step;
        } else if (out.letters == "TI") {
            out.letters += 'T';
            out.compartment = step;
        } else {
            out.letters += '?';
        }
        ++position;
    }
    return out;
}

} // namespace

std::span<const InteractionRow> interactions() { return kInteractions; }

Routed find_route(const Request& request) {
    auto shape = shape_of(request.path);
    const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
    Routed out;
    bool path_known = false;
    for (const auto& row : kInteractions) {
        if (row.shape != shape.letters) continue;
        if (row.name.starts_with('$') && row.name != shape.route.operation) continue;
        path_known = true;
        if (row.method != method) continue;
        out.row = &row;
        break;
    }
    if (!out.row) {
        out.issues = path_known ? error(IssueCode::not_supported, "", "rest-method", {request.method})
                                : error(IssueCode::not_found, "", "rest-no-route", {});
        return out;
    }
    out.route = std::move(shape.route);
    if (out.row->name == "search-compartment") {
        // "*", or nothing before _search: members of all types.
        if (shape.compartment == "*") shape.compartment.clear();
        out.route.compartment = std::exchange(out.route.type, std::move(shape.compartment));
    } else if (out.row->name == "search-type" || out.row->name == "search-system") {
        out.route.id.clear();
    }
    out.route.conditional = shape.letters == "T" && (method == "PUT" || method == "PATCH" || method == "DELETE");
    return out;
}

std::string allowed_methods(const Request& request) {
    const auto shape = shape_of(request.path);
    std::string out;
    for (const auto& row : kInteractions) {
        if (row.shape != shape.letters || (row.name.starts_with('$') && row.name != shape.route.operation)) continue;
        if (out.find(row.method) != out.npos) continue;
        out += (out.empty() ? "" : ", ") + std::string(row.method);
        if (row.method == "GET") out += ", HEAD";
    }
    return out.empty() ? out : out + ", OPTIONS";
}

Classified classify(const Request& request) {
    Classified out;
    const auto routed = find_route(request);
    if (!routed.row) return out;
    out.interaction = routed.row->name;
    out.type = routed.route.type;
    out.id = routed.route.id;
    out.known = true;
    return out;
}

bool is_append_only(std::string_view type) { return type == "AuditEvent"; }

Outcome take_parameters(const Services& services, Request& request) {
    static constexpr std::string_view kReading[] = {"$everything", "$meta", "$lastn", "$document", "$stats", "$export"};
    if (request.method != "POST" || request.body.empty()) return {};
    const auto routed = find_route(request);
    if (!routed.row || std::find(std::begin(kReading), std::end(kReading), routed.row->name) == std::end(kReading)) return {};
    const auto body = read_body(services, request);
    if (!body) return body.error();
    const auto root = (*body)->root();
    if (root.type() != "Parameters") return error(IssueCode::invalid, "", "rest-type-differs", {std::string(root.type()), "Parameters"});
    for (const auto parameter : root.children("parameter")) {
        for (const auto value : parameter.children()) {
            if (!value.name().starts_with("value")) continue;
            request.query.emplace_back(parameter.text("name"), value.has_value() ? value.value() : value.text("reference"));
        }
    }
    request.body.clear();
    return {};
}

namespace {

bool touches(const Response& response, std::initializer_list<std::string_view> types) {
    return std::any_of(response.touched.begin(), response.touched.end(),
                       [&](const auto& key) { return std::find(types.begin(), types.end(), key.type) != types.end(); });
}

/// A write of what its id names takes no criteria: nobody would look whether they fit.
bool has_stray_criteria(const Request& request, const Routed& routed) {
    const bool is_write = routed.row->name == "update" || routed.row->name == "patch" || routed.row->name == "delete";
    return is_write && !routed.route.id.empty() && std::any_of(request.query.begin(), request.query.end(), [](const auto& parameter) {
               return parameter.first != "_format" && parameter.first != "_pretty" && parameter.first != "_summary" &&
                      parameter.first != "_elements";
           });
}

/// Whoever made a search parameter or a code system may ask by it next.
void catch_up(const Services& services, const Response& response) {
    if (services.stored_parameters && touches(response, {"SearchParameter"})) services.stored_parameters->catch_up();
    if (services.stored_terminology && touches(response, {"CodeSystem", "ValueSet", "ConceptMap"}))
        (void)services.stored_terminology->catch_up(); // what it says is said by whoever uses it
}

} // namespace

boost::asio::awaitable<Response> handle(const Services& services, Request request) {
    if (auto bad = take_parameters(services, request); bad.has_errors()) co_return failed(std::move(bad));
    auto routed = find_route(request);
    if (!routed.row) co_return failed(std::move(routed.issues));
    const auto& route = routed.route;
    if (!route.type.empty() && !services.definitions->is_resource_type(route.type)) {
        co_return failed(error(IssueCode::not_found, "", "rest-unknown-type", {route.type}));
    }
    if (!route.id.empty() && !is_id(route.id)) co_return failed(error(IssueCode::invalid, "", "rest-id"));
    const auto right = routed.row->right;
    if (right != '-' && right != 'x' && !access::may(request.caller, right, route.type)) {
        co_return failed(error(IssueCode::forbidden, "", "access-scope", {std::string(routed.row->name), route.type}));
    }
    if (auto refused = check_kept_back(services, request, route.type, routed.row->name); !refused.empty())
        co_return failed(std::move(refused));
    request.caller.without_masked = is_plain(routed.row->name);
    if (is_append_only(route.type) && (right == 'u' || right == 'd')) {
        // A hub that takes in what others hold, as it is, takes their events under their ids: new ones, which replace nothing.
        const bool is_intake = request.method == "PUT" && !route.conditional && request.write_check == WriteCheck::report;
        if (!is_intake) co_return failed(error(IssueCode::not_supported, "", "rest-append-only", {route.type}));
        request.if_none_match = "*";
    }
    if (has_stray_criteria(request, routed)) co_return failed(error(IssueCode::invalid, "", "rest-id-and-criteria"));
    const auto handler = routed.row->handler;
    const bool is_write = request.method != "GET" && request.method != "HEAD";
    auto response = co_await handler(services, std::move(request), std::move(routed.route));
    if (is_write) catch_up(services, response);
    co_return response;
}

} // namespace huitong::interaction
