/// The one place where an Outcome becomes an HTTP status and an OperationOutcome. Source: FHIR R4, RESTful API, "Status codes"; FHIR R4,
/// OperationOutcome.
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "interaction/interaction.hpp"

namespace huitong::interaction {

int status_of(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    if (!issue || issue->severity < Severity::error) return 200;
    if (issue->rule == "rest-method" || issue->rule == "rest-append-only") return 405;
    if (issue->rule == "rest-media-type" || issue->rule == "http-encoding") return 415;
    if (issue->rule == "rest-not-acceptable") return 406;
    if (issue->rule == "rest-precondition" || issue->rule == "search-criteria-weak") return 412;
    if (issue->rule == "store-conflict") return 412;
    if (issue->rule == "store-full") return 507;
    if (issue->rule == "recognition-busy" || issue->rule == "bulk-jobs-max") return 429;
    if (issue->rule.starts_with("validation-") && issue->code == IssueCode::not_found) return 422; // within what was sent
    switch (issue->code) {
    case IssueCode::not_found: return 404;
    case IssueCode::deleted: return 410;
    case IssueCode::multiple_matches: return 412;
    case IssueCode::conflict: return 409;
    case IssueCode::lock_error: return 423;
    case IssueCode::login:
    case IssueCode::unknown:
    case IssueCode::expired: return 401;
    case IssueCode::forbidden:
    case IssueCode::suppressed:
    case IssueCode::security: return 403;
    case IssueCode::too_long: return 413;
    case IssueCode::too_costly: return issue->rule.starts_with("search-") ? 400 : 422;
    case IssueCode::throttled:
    case IssueCode::transient: return 503;
    case IssueCode::timeout: return 503;
    case IssueCode::not_supported: return 400;
    case IssueCode::exception:
    case IssueCode::no_store:
    case IssueCode::incomplete: return 500;
    case IssueCode::required:
    case IssueCode::value:
    case IssueCode::invariant:
    case IssueCode::code_invalid:
    case IssueCode::business_rule:
    case IssueCode::extension:
    case IssueCode::processing:
    case IssueCode::duplicate: return 422;
    case IssueCode::structure: {
        const auto is_of_the_text = [&](const char* room) { return issue->rule.starts_with(room); };
        return is_of_the_text("json-") || is_of_the_text("xml-") || is_of_the_text("http-") ? 400 : 422;
    }
    case IssueCode::invalid:
    case IssueCode::informational: return 400;
    }
    return 500;
}

namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
    out += '"';
    out += name;
    out += "\":";
    fhir::write_json_string(text, out);
}

void write_issue(const Issue& issue, std::string& out) {
    out += '{';
    member(out, "severity", severity_text(issue.severity));
    out += ',';
    member(out, "code", code_text(issue.code));
    const auto zh = text_of(issue, Language::zh);
    const auto en = text_of(issue, Language::en);
    const auto hint = hint_of(issue, Language::en);
    const auto hint_zh = hint_of(issue, Language::zh);
    out += ",\"details\":{\"coding\":[{\"system\":\"https://huitong.example/fhir/CodeSystem/rule\",";
    member(out, "code", issue.rule);
    out += "}],";
    member(out, "text", zh + (hint_zh.empty() ? "" : " " + hint_zh));
    out += "},";
    std::string diagnostics = en;
    if (issue.position && issue.position->line != 0)
        diagnostics += " (line " + std::to_string(issue.position->line) + ", column " + std::to_string(issue.position->column) + ")";
    if (!hint.empty()) diagnostics += " " + hint;
    member(out, "diagnostics", diagnostics);
    if (!issue.where.empty()) {
        out += ",\"expression\":[";
        fhir::write_json_string(issue.where, out);
        out += ']';
    }
    out += '}';
}

} // namespace

std::string operation_outcome(const Outcome& outcome) {
    std::string out = "{\"resourceType\":\"OperationOutcome\",\"issue\":[";
    bool first = true;
    for (const auto& issue : outcome.issues()) {
        if (!first) out += ',';
        first = false;
        write_issue(issue, out);
    }
    if (first) write_issue(information(IssueCode::informational, "", "all-ok"), out);
    return out + "]}";
}

} // namespace huitong::interaction
