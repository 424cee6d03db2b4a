/// Collects issues of one check: each place and rule once, at most `issues_max`.
/// When there is no more room an error takes the place of a warning, so that warnings can never hide an error.
#pragma once

#include "base/outcome.hpp"
#include "fhir/tree.hpp"

#include <set>

namespace huitong::validation {

class Report {
public:
    explicit Report(std::size_t issues_max) : issues_max_(issues_max) {}

    /// Nothing more can be told: the report holds errors only.
    bool full() const { return errors_ >= issues_max_; }
    std::size_t errors() const { return errors_; }
    void add(Severity severity, IssueCode code, fhir::Element where, std::string rule, std::vector<std::string> arguments = {}) {
        if (full()) return;
        Issue issue;
        issue.severity = severity;
        issue.code = code;
        issue.where = where.path();
        issue.rule = std::move(rule);
        issue.arguments = std::move(arguments);
        issue.source = where.source();
        std::string key = issue.where + "\n" + issue.rule;
        for (const auto& argument : issue.arguments) key += "\n" + argument;
        if (!seen_.insert(std::move(key)).second) return;
        const bool is_error = severity == Severity::error || severity == Severity::fatal;
        if (outcome_.issues().size() >= issues_max_) {
            if (!is_error) return;
            drop_warning();
        }
        errors_ += is_error ? 1 : 0;
        outcome_.add(std::move(issue));
    }
    void error(IssueCode code, fhir::Element where, std::string rule, std::vector<std::string> arguments = {}) {
        add(Severity::error, code, where, std::move(rule), std::move(arguments));
    }
    Outcome take() { return std::move(outcome_); }

private:
    void drop_warning() {
        auto& issues = outcome_.issues();
        for (auto at = issues.end(); at != issues.begin();) {
            if ((--at)->severity >= Severity::error) continue;
            issues.erase(at);
            return;
        }
    }

    std::size_t issues_max_;
    std::size_t errors_ = 0;
    Outcome outcome_;
    std::set<std::string> seen_;
};

} // namespace huitong::validation
