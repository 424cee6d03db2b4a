#include "terminology/operations/issue.hpp"

#include "base/assert.hpp"
#include "base/catalogue.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

struct Kind {
    std::string_view rule, message_id, kind;
    IssueCode code;
    Severity severity;
    bool in_message;
};

constexpr auto kError = Severity::error;
constexpr auto kWarning = Severity::warning;
constexpr auto kInformation = Severity::information;

constexpr Kind kKinds[] = {
    {"tx-value-set-unknown", "Unable_to_resolve_value_Set_", "not-found", IssueCode::not_found, kError, true},
    {"tx-supplement-missing", "VALUESET_SUPPLEMENT_MISSING", "not-found", IssueCode::business_rule, kError, true},
    {"tx-not-in-value-set", "None_of_the_provided_codes_are_in_the_value_set_one", "not-in-vs", IssueCode::code_invalid, kError, true},
    {"tx-coding-not-in-value-set", "None_of_the_provided_codes_are_in_the_value_set_one", "this-code-not-in-vs", IssueCode::code_invalid,
     kInformation, false},
    {"tx-no-valid-coding", "TX_GENERAL_CC_ERROR_MESSAGE", "not-in-vs", IssueCode::code_invalid, kError, true},
    {"tx-unknown-code", "Unknown_Code_in_Version", "invalid-code", IssueCode::code_invalid, kError, true},
    {"tx-unknown-code-unversioned", "Unknown_Code_in", "invalid-code", IssueCode::code_invalid, kError, true},
    {"tx-unknown-code-in-fragment", "UNKNOWN_CODE_IN_FRAGMENT", "invalid-code", IssueCode::code_invalid, kWarning, false},
    {"tx-system-unknown", "UNKNOWN_CODESYSTEM", "not-found", IssueCode::not_found, kError, true},
    {"tx-system-unknown-elsewhere", "UNKNOWN_CODESYSTEM", "not-found", IssueCode::not_found, kError, true},
    {"tx-system-unknown-listed", "UNKNOWN_CODESYSTEM", "not-found", IssueCode::not_found, kWarning, false},
    {"tx-version-unknown", "UNKNOWN_CODESYSTEM_VERSION", "not-found", IssueCode::not_found, kError, true},
    {"tx-version-unknown-none", "UNKNOWN_CODESYSTEM_VERSION_NONE", "not-found", IssueCode::not_found, kError, true},
    {"tx-system-unknown-expand", "UNKNOWN_CODESYSTEM_EXP", "not-found", IssueCode::not_found, kError, true},
    {"tx-version-unknown-expand", "UNKNOWN_CODESYSTEM_VERSION_EXP", "not-found", IssueCode::not_found, kError, true},
    {"tx-version-mismatch", "VALUESET_VALUE_MISMATCH", "vs-invalid", IssueCode::invalid, kError, true},
    {"tx-version-mismatch-changed", "VALUESET_VALUE_MISMATCH_CHANGED", "vs-invalid", IssueCode::invalid, kError, true},
    {"tx-version-mismatch-default", "VALUESET_VALUE_MISMATCH_DEFAULT", "vs-invalid", IssueCode::invalid, kWarning, false},
    {"tx-version-check", "VALUESET_VERSION_CHECK", "version-error", IssueCode::exception, kError, true},
    {"tx-inactive", "INACTIVE_CONCEPT_FOUND", "code-comment", IssueCode::business_rule, kWarning, true},
    {"tx-not-active", "STATUS_CODE_WARNING_CODE", "code-rule", IssueCode::business_rule, kError, true},
    {"tx-deprecated", "DEPRECATED_CONCEPT_FOUND", "code-comment", IssueCode::business_rule, kWarning, true},
    {"tx-deprecated-in-set", "CONCEPT_DEPRECATED_IN_VALUESET", "code-comment", IssueCode::business_rule, kWarning, false},
    {"tx-abstract", "ABSTRACT_CODE_NOT_ALLOWED", "code-rule", IssueCode::business_rule, kError, true},
    {"tx-content-draft", "MSG_DRAFT", "status-check", IssueCode::business_rule, kInformation, false},
    {"tx-content-experimental", "MSG_EXPERIMENTAL", "status-check", IssueCode::business_rule, kInformation, false},
    {"tx-content-deprecated", "MSG_DEPRECATED", "status-check", IssueCode::business_rule, kInformation, false},
    {"tx-content-withdrawn", "MSG_WITHDRAWN", "status-check", IssueCode::business_rule, kInformation, false},
    {"tx-content-retired", "MSG_RETIRED", "status-check", IssueCode::business_rule, kInformation, false},
    {"tx-display", "Display_Name_for__should_be_one_of__instead_of", "invalid-display", IssueCode::invalid, kError, true},
    {"tx-display-spaces", "Display_Name_WS_for__should_be_one_of__instead_of", "invalid-display", IssueCode::invalid, kError, true},
    {"tx-display-language-none", "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR", "invalid-display", IssueCode::invalid, kError, true},
    {"tx-display-language-default", "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK", "invalid-display", IssueCode::invalid, kInformation, true},
    {"tx-no-system", "Coding_has_no_system__cannot_validate", "invalid-data", IssueCode::invalid, kWarning, true},
    {"tx-cannot-infer", "UNABLE_TO_INFER_CODESYSTEM", "cannot-infer", IssueCode::not_found, kError, true},
    {"tx-infer-many", "Unable_to_resolve_system__value_set_has_multiple_matches", "cannot-infer", IssueCode::not_found, kError, true},
    {"tx-case", "CODE_CASE_DIFFERENCE", "code-rule", IssueCode::business_rule, kInformation, false},
    {"tx-filter-no-value", "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE", "vs-invalid", IssueCode::invalid, kError, true},
    {"tx-filter-unknown", "FILTER_NOT_UNDERSTOOD", "vs-invalid", IssueCode::not_supported, kError, true},
    {"tx-language", "INVALID_DISPLAY_NAME", "invalid-display", IssueCode::processing, kError, true},
    {"tx-circular", "VALUESET_CIRCULAR_REFERENCE", "vs-invalid", IssueCode::processing, kError, true},
    {"tx-too-costly", "VALUESET_TOO_COSTLY", "", IssueCode::too_costly, kError, true},
    {"tx-not-expandable", "VALUESET_NOT_EXPANDABLE", "vs-invalid", IssueCode::not_supported, kError, true},
    {"tx-code-unknown", "Unknown_Code_in", "invalid-code", IssueCode::not_found, kError, true},
    {"tx-closure-unknown", "CLOSURE_TABLE_UNKNOWN", "not-found", IssueCode::not_found, kError, true},
    {"tx-parameter-missing", "PARAMETER_MISSING", "invalid-data", IssueCode::required, kError, true},
};

} // namespace

TxIssue tx_issue(std::string_view rule, std::string where, std::vector<std::string> arguments) {
    const auto* const found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.rule == rule; });
    HT_ASSERT(found != std::end(kKinds));
    Issue words;
    words.rule = rule;
    words.arguments = std::move(arguments);
    TxIssue out;
    out.rule = rule;
    out.severity = found->severity;
    out.code = found->code;
    out.kind = found->kind;
    out.message_id = found->message_id;
    out.in_message = found->in_message;
    out.text = text_of(words, Language::en);
    out.where = std::move(where);
    return out;
}

void write_outcome(const std::vector<TxIssue>& issues, JsonWriter& out) {
    out.object().member("resourceType", "OperationOutcome").array("issue");
    for (const auto& issue : issues) {
        out.object().array("extension").object().member("url", "http://hl7.org/fhir/StructureDefinition/operationoutcome-message-id");
        out.member("valueString", issue.message_id).end_object().end_array();
        out.member("severity", severity_text(issue.severity)).member("code", code_text(issue.code)).object("details");
        if (!issue.kind.empty()) {
            out.array("coding").object().member("system", "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type");
            out.member("code", issue.kind).end_object().end_array();
        }
        out.member("text", issue.text).end_object();
        if (!issue.where.empty() && issue.located) out.array("location").text(issue.where).end_array();
        if (!issue.where.empty()) out.array("expression").text(issue.where).end_array();
        out.end_object();
    }
    out.end_array().end_object();
}

std::string outcome_text(const std::vector<TxIssue>& issues) {
    JsonWriter out;
    write_outcome(issues, out);
    return out.take();
}

int status_of(const TxIssue& issue) {
    if (issue.code == IssueCode::not_found) return 404;
    if (issue.code == IssueCode::required || issue.code == IssueCode::invalid) return 400;
    return 422;
}

} // namespace huitong::terminology
