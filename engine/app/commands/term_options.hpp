/// Where the verbs of `term` find code systems.
#pragma once

#include "app/command.hpp"
#include "terminology/library.hpp"
#include "terminology/terminology.hpp"

namespace huitong::app::commands {

struct TermOptions {
    std::vector<std::string> folders;
    std::string system; ///< url of one system; "" = all that were loaded
    void add_to(Verb command);
};

struct OpenedTerms {
    bool ok = false; ///< issues were printed when not
    std::shared_ptr<terminology::Terminology> terminology;
    std::vector<std::shared_ptr<const terminology::CodeSystem>> systems;
};
OpenedTerms open_terms(const TermOptions& options);

std::function<int()> make_term_import(Verb command);
std::function<int()> make_term_suggest(Verb command);
std::function<int()> make_term_review(Verb command);

} // namespace huitong::app::commands
