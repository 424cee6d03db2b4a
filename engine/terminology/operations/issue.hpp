/// Issues of terminology operations in the form that terminology clients read: a kind of the tx-issue-type list, a message id, and English
/// words that clients compare. Source: FHIR R4 OperationOutcome; HL7 terminology ecosystem, "Issue types".
#pragma once

#include "base/json_writer.hpp"
#include "base/outcome.hpp"

namespace huitong::terminology {

struct TxIssue {
    std::string rule; ///< row of the catalogue
    Severity severity = Severity::error;
    IssueCode code = IssueCode::invalid;
    std::string_view kind, message_id; ///< kind "": no coding is given
    std::string text, where;
    bool in_message = true; ///< its words are part of the answer's `message`
    bool located = true;    ///< `where` is told as `location` too, which R4 has deprecated, and not as `expression` alone
    bool is_error() const { return severity == Severity::error || severity == Severity::fatal; }
};

/// The issue of that rule with its words filled in; the rule must be one of the table in issue.cpp.
TxIssue tx_issue(std::string_view rule, std::string where, std::vector<std::string> arguments);

/// {"resourceType":"OperationOutcome","issue":[…]} as the next value.
void write_outcome(const std::vector<TxIssue>& issues, JsonWriter& out);
std::string outcome_text(const std::vector<TxIssue>& issues);
/// HTTP status when an operation ends with that issue.
int status_of(const TxIssue& issue);

} // namespace huitong::terminology
