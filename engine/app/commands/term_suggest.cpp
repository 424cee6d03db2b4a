/// `huitong term suggest`: for a name, or for the rows of `map gaps --format csv`. What it prints are drafts; a person decides.
#include "app/commands/term_options.hpp"
#include "app/print.hpp"
#include "base/csv.hpp"
#include "terminology/search/suggest.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {

void TermOptions::add_to(Verb command) {
    command.add_option("--terminology", folders, "folders of code systems (*.codes, *.csv, *.json)").required();
    command.add_option("--system", system, "url of one of them");
}

OpenedTerms open_terms(const TermOptions& options) {
    OpenedTerms out;
    out.terminology = std::make_shared<terminology::Terminology>(nullptr);
    Outcome issues;
    for (const auto& folder : options.folders) issues.add(out.terminology->load_directory(folder));
    const auto& library = out.terminology->library();
    if (options.system.empty()) out.systems = library.added_systems();
    else if (auto one = library.system(options.system)) out.systems.push_back(std::move(one));
    else issues.add(error(IssueCode::not_found, "", "code-system-unknown", {options.system}));
    print_issues(issues);
    out.ok = !issues.has_errors();
    return out;
}

namespace {

struct Options {
    TermOptions terms;
    std::string name, code, gaps;
    std::size_t count = 5;
};

std::string joined(const std::vector<std::string>& reasons) {
    std::string out;
    for (const auto& reason : reasons) out += (out.empty() ? "" : "; ") + reason;
    return out;
}

void print_text(const terminology::NameIndex& index, const Options& options) {
    for (const auto& one : terminology::suggest(index, options.code, options.name, options.count)) {
        const auto& table = *index.system().concepts;
        std::printf("%.2f\t%s\t%s\t%s\n", one.score, std::string(table.code(one.at)).c_str(), std::string(table.display(one.at)).c_str(),
                    joined(one.reasons).c_str());
    }
}

/// Rows of the code map with the best suggestion filled in, as drafts; the others and the reasons stand in the note.
int print_rows(const terminology::NameIndex& index, const Options& options) {
    std::ifstream in(options.gaps, std::ios::binary);
    const auto table = read_csv_table(std::string(std::istreambuf_iterator<char>(in), {}));
    print_issues(table.issues);
    if (!in || table.issues.has_errors()) return kUsage;
    const auto& concepts = *index.system().concepts;
    std::cout << "code,name,target_system,target_code,target_name,relationship,state,drafted_by,reviewed_by,unit,note\n";
    for (const auto& row : table.value.rows) {
        const auto code = table.value.cell(row, "code"), name = table.value.cell(row, "name");
        const auto found = terminology::suggest(index, code, name, options.count);
        std::string note(table.value.cell(row, "note"));
        for (const auto& one : found) {
            char score[16];
            std::snprintf(score, sizeof score, "%.2f", one.score);
            note += (note.empty() ? "" : " | ") + std::string(concepts.code(one.at)) + " " + std::string(concepts.display(one.at)) + " " +
                    score + " (" + joined(one.reasons) + ")";
        }
        std::cout << csv_cell(code) << ',' << csv_cell(name) << ',';
        if (found.empty()) std::cout << ",,,";
        else
            std::cout << csv_cell(index.system().url) << ',' << csv_cell(concepts.code(found.front().at)) << ','
                      << csv_cell(concepts.display(found.front().at)) << ',' << (found.front().score == 1 ? "equivalent" : "inexact");
        std::cout << (found.empty() ? "unmatched" : "") << ",draft,suggest,,," << csv_cell(note) << "\n";
    }
    return kOk;
}

int run(const Options& options) {
    const auto opened = open_terms(options.terms);
    if (!opened.ok) return kConfiguration;
    for (const auto& system : opened.systems) {
        const terminology::NameIndex index(system);
        if (!options.gaps.empty()) return print_rows(index, options);
        print_text(index, options);
    }
    return kOk;
}

} // namespace

std::function<int()> make_term_suggest(Verb command) {
    auto options = std::make_shared<Options>();
    const auto name = command.add_option("name", options->name, "name of the local code");
    const auto gaps =
        command.add_option("--gaps", options->gaps, "rows of `map gaps --format csv`; prints rows for the code map, as drafts");
    name.excludes(gaps);
    command.add_option("--code", options->code, "the local code itself");
    command.add_option("--count", options->count, "most suggestions");
    options->terms.add_to(command);
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
