/// Findings for machines.
#include "app/findings.hpp"

#include "base/catalogue.hpp"
#include "base/xml_text.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <ostream>
#include <set>

namespace huitong::app {
namespace {

std::string message_of(const Issue& issue) {
    const auto text = text_of(issue, language_of_environment());
    return issue.where.empty() ? text : issue.where + ": " + text;
}

std::string_view sarif_level(Severity severity) {
    return severity == Severity::information ? "note" : severity == Severity::warning ? "warning" : "error";
}

void write_sarif_result(const Issue& issue, std::ostream& out) {
    out << "{\"ruleId\":" << fhir::json_text(issue.rule) << ",\"level\":\"" << sarif_level(issue.severity)
        << "\",\"message\":{\"text\":" << fhir::json_text(message_of(issue)) << "}";
    if (issue.position && !issue.position->file.empty()) {
        out << ",\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":" << fhir::json_text(issue.position->file) << "}";
        if (issue.position->line > 0)
            out << ",\"region\":{\"startLine\":" << issue.position->line << ",\"startColumn\":" << std::max(1U, issue.position->column)
                << "}";
        out << "}}]";
    }
    out << "}";
}

} // namespace

void write_findings_json(const Outcome& findings, std::ostream& out) {
    const auto language = language_of_environment();
    out << "[";
    for (const auto& issue : findings.issues()) {
        out << (&issue == &findings.issues().front() ? "\n " : ",\n ") << "{\"severity\":\"" << severity_text(issue.severity)
            << "\",\"code\":\"" << code_text(issue.code) << "\",\"rule\":" << fhir::json_text(issue.rule)
            << ",\"where\":" << fhir::json_text(issue.where);
        if (issue.position)
            out << ",\"file\":" << fhir::json_text(issue.position->file) << ",\"line\":" << issue.position->line
                << ",\"column\":" << issue.position->column;
        out << ",\"message\":" << fhir::json_text(text_of(issue, language)) << ",\"hint\":" << fhir::json_text(hint_of(issue, language))
            << "}";
    }
    out << "\n]\n";
}

void write_findings_sarif(const Outcome& findings, std::ostream& out) {
    std::set<std::string> rules;
    for (const auto& issue : findings.issues()) rules.insert(issue.rule);
    out << R"({"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"huitong","rules":[)";
    for (const auto& rule : rules) out << (rule == *rules.begin() ? "" : ",") << "{\"id\":" << fhir::json_text(rule) << "}";
    out << "]}},\"results\":[";
    for (const auto& issue : findings.issues()) {
        if (&issue != &findings.issues().front()) out << ",";
        write_sarif_result(issue, out);
    }
    out << "]}]}\n";
}

void write_junit(const std::string& suite, const std::vector<JUnitCase>& cases, std::ostream& out) {
    const auto failed = std::count_if(cases.begin(), cases.end(), [](const auto& one) { return !one.failures.empty(); });
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" << xml_text(suite) << "\" tests=\"" << cases.size()
        << "\" failures=\"" << failed << "\">\n";
    for (const auto& one : cases) {
        out << " <testcase classname=\"" << xml_text(one.group) << "\" name=\"" << xml_text(one.name) << "\">";
        for (const auto& failure : one.failures) {
            const auto first = failure.substr(0, failure.find('\n'));
            out << "<failure message=\"" << xml_text(first) << "\">" << xml_text(failure) << "</failure>";
        }
        out << "</testcase>\n";
    }
    out << "</testsuite>\n";
}

void write_findings_junit(const Outcome& findings, const std::vector<std::string>& files, std::ostream& out) {
    std::vector<JUnitCase> cases;
    for (const auto& file : files) {
        JUnitCase one{"check", file, {}};
        for (const auto& issue : findings.issues()) {
            const bool is_here = issue.position && issue.position->file == file;
            if (!is_here || (issue.severity != Severity::error && issue.severity != Severity::fatal)) continue;
            one.failures.push_back(std::to_string(issue.position->line) + ":" + std::to_string(issue.position->column) + ": " +
                                   message_of(issue) + " [" + issue.rule + "]");
        }
        cases.push_back(std::move(one));
    }
    write_junit("huitong check", cases, out);
}

void write_findings(const Outcome& findings, const std::string& format, const std::vector<std::string>& files, std::ostream& out) {
    if (format == "json") write_findings_json(findings, out);
    else if (format == "sarif") write_findings_sarif(findings, out);
    else if (format == "junit") write_findings_junit(findings, files, out);
    else write_findings_text(findings, out);
}

} // namespace huitong::app
