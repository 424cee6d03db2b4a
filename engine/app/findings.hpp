/// Findings of checks and tests as people and machines want them: text with a caret, JSON, SARIF 2.1.0, JUnit XML.
#pragma once

#include "base/outcome.hpp"

#include <iosfwd>

namespace huitong::app {

/// One line a finding, and for a place in a readable file the line with a caret below it; in the language of the environment.
void write_findings_text(const Outcome& findings, std::ostream& out);

} // namespace huitong::app
