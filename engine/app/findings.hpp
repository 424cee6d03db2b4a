/// Findings of checks and tests as people and machines want them: text with a caret, JSON, SARIF 2.1.0, JUnit XML.
#pragma once

#include "base/outcome.hpp"

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::app {

/// One line a finding, and for a place in a readable file the line with a caret below it; in the language of the environment.
void write_findings_text(const Outcome& findings, std::ostream& out);
/// The same for an expression that came as an argument: places that name no file stand in `source`.
void write_findings_text(const Outcome& findings, std::string_view source, std::ostream& out);
/// An array of objects: severity, code, rule, where, file, line, column, message, hint.
void write_findings_json(const Outcome& findings, std::ostream& out);
/// Source: SARIF 2.1.0, §3.13.
void write_findings_sarif(const Outcome& findings, std::ostream& out);

/// A test of a JUnit report; no failures: passed.
struct JUnitCase {
    std::string group, name;
    std::vector<std::string> failures;
};
void write_junit(const std::string& suite, const std::vector<JUnitCase>& cases, std::ostream& out);
/// One test a file: `files` are all that were looked at.
void write_findings_junit(const Outcome& findings, const std::vector<std::string>& files, std::ostream& out);

/// `format` is text, json, sarif or junit.
void write_findings(const Outcome& findings, const std::string& format, const std::vector<std::string>& files, std::ostream& out);

} // namespace huitong::app
