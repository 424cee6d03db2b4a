#include "base/outcome.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace huitong {
namespace {

constexpr std::array<std::string_view, 31> kCodes = {
    "invalid",      "structure",  "required",   "value",         "invariant", "security",         "login",      "unknown",  "expired",
    "forbidden",    "suppressed", "processing", "not-supported", "duplicate", "multiple-matches", "not-found",  "deleted",  "too-long",
    "code-invalid", "extension",  "too-costly", "business-rule", "conflict",  "transient",        "lock-error", "no-store", "exception",
    "timeout",      "incomplete", "throttled",  "informational",
};

Issue make(Severity severity, IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments) {
    Issue issue;
    issue.severity = severity;
    issue.code = code;
    issue.where = std::move(where);
    issue.rule = std::move(rule);
    issue.arguments = std::move(arguments);
    return issue;
}

} // namespace

void Outcome::add(Outcome other) {
    issues_.insert(issues_.end(), std::make_move_iterator(other.issues_.begin()), std::make_move_iterator(other.issues_.end()));
}

bool Outcome::has_errors() const {
    return std::any_of(issues_.begin(), issues_.end(), [](const Issue& issue) { return issue.severity >= Severity::error; });
}

const Issue* Outcome::leading() const {
    for (const auto& issue : issues_) {
        if (issue.severity >= Severity::error) return &issue;
    }
    return issues_.empty() ? nullptr : &issues_.front();
}

Issue fatal(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments) {
    return make(Severity::fatal, code, std::move(where), std::move(rule), std::move(arguments));
}
Issue error(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments) {
    return make(Severity::error, code, std::move(where), std::move(rule), std::move(arguments));
}
Issue warning(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments) {
    return make(Severity::warning, code, std::move(where), std::move(rule), std::move(arguments));
}
Issue information(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments) {
    return make(Severity::information, code, std::move(where), std::move(rule), std::move(arguments));
}

std::string_view code_text(IssueCode code) { return kCodes[static_cast<std::size_t>(code)]; }

std::optional<IssueCode> code_of(std::string_view text) {
    const auto found = std::find(kCodes.begin(), kCodes.end(), text);
    if (found == kCodes.end()) return std::nullopt;
    return static_cast<IssueCode>(found - kCodes.begin());
}

std::string_view severity_text(Severity severity) {
    constexpr std::array<std::string_view, 4> kTexts = {"information", "warning", "error", "fatal"};
    return kTexts[static_cast<std::size_t>(severity)];
}

void throw_exception_from_error(const Outcome& outcome, const boost::source_location& where) {
    const auto* issue = outcome.leading();
    throw std::logic_error("value() of a failed Result (" + (issue ? issue->rule : std::string("no issue")) + ") at " + where.file_name() +
                           ":" + std::to_string(where.line()));
}

} // namespace huitong
