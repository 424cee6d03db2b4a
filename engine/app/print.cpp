#include "app/print.hpp"

#include "base/catalogue.hpp"

#include <iostream>

namespace huitong::app {

void print_issues(const Outcome& issues) {
    const auto language = language_of_environment();
    for (const auto& issue : issues.issues()) {
        std::string place = issue.where;
        if (issue.position) {
            place = issue.position->file;
            if (issue.position->line != 0)
                place += ':' + std::to_string(issue.position->line) + ':' + std::to_string(issue.position->column);
            if (!issue.where.empty()) place += ' ' + issue.where;
        }
        std::cerr << severity_text(issue.severity) << "  " << (place.empty() ? "" : place + "  ") << text_of(issue, language) << "  ["
                  << issue.rule << "]";
        if (const auto hint = hint_of(issue, language); !hint.empty()) std::cerr << "\n       " << hint;
        std::cerr << "\n";
    }
}

Exit exit_code_of(const Outcome& outcome) {
    if (!outcome.has_errors()) return kOk;
    const auto& rule = outcome.leading()->rule;
    if (rule.starts_with("store-") || rule.starts_with("journal-")) return kDataStore;
    if (rule.starts_with("control-")) return kRemote;
    return kConfiguration;
}

} // namespace huitong::app
