#include "app/print.hpp"

#include "app/findings.hpp"

#include <iostream>

namespace huitong::app {

void print_issues(const Outcome& issues) { write_findings_text(issues, std::cerr); }

Exit exit_code_of(const Outcome& outcome) {
    if (!outcome.has_errors()) return kOk;
    const auto& rule = outcome.leading()->rule;
    if (rule.starts_with("store-") || rule.starts_with("journal-") || rule.starts_with("backup-")) return kDataStore;
    if (rule.starts_with("control-") || rule.starts_with("exchange-")) return kRemote;
    return kConfiguration;
}

} // namespace huitong::app
