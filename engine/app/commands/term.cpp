/// `huitong term`: code systems on disk (import), and finding codes in them (search, lookup, suggest), and the states of code maps
/// (review).
#include "app/commands/commands.hpp"
#include "app/commands/term_options.hpp"
#include "app/print.hpp"
#include "base/json_writer.hpp"
#include "terminology/search/name_index.hpp"

#include <algorithm>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct SearchOptions {
    TermOptions terms;
    std::string query, format = "text";
    std::size_t count = 10;
};

struct SystemHit {
    const terminology::CodeSystem* system = nullptr;
    terminology::Hit hit;
};

void print_hit(const SystemHit& found, const std::string& format) {
    const auto& [system, hit] = found;
    const auto& table = *system->concepts;
    if (format == "json") {
        JsonWriter out;
        out.object().member("system", system->url).member("code", table.code(hit.at)).member("display", table.display(hit.at));
        out.member("found", terminology::found_text(hit.how)).member("name", hit.name).end_object();
        std::cout << out.take() << "\n";
        return;
    }
    std::cout << table.code(hit.at) << "\t" << table.display(hit.at) << "\t" << terminology::found_text(hit.how) << "\t" << system->url
              << "\n";
}

/// The better hit first, whatever system it is of.
int search(const SearchOptions& options) {
    const auto opened = open_terms(options.terms);
    if (!opened.ok) return kConfiguration;
    std::vector<SystemHit> found;
    for (const auto& system : opened.systems) {
        for (const auto& hit : terminology::NameIndex(system).search(options.query, options.count)) found.push_back({system.get(), hit});
    }
    std::stable_sort(found.begin(), found.end(), [](const SystemHit& a, const SystemHit& b) { return a.hit.how < b.hit.how; });
    if (found.size() > options.count) found.resize(options.count);
    for (const auto& one : found) print_hit(one, options.format);
    return found.empty() ? kFindings : kOk;
}

struct LookupOptions {
    TermOptions terms;
    std::string code;
};

void print_concept(const terminology::CodeSystem& system, terminology::ConceptIndex at) {
    const auto& table = *system.concepts;
    const auto line = [](std::string_view name, std::string_view value) {
        if (!value.empty()) std::cout << "  " << name << ": " << value << "\n";
    };
    std::cout << table.code(at) << "  " << table.display(at) << "  (" << system.canonical() << ")\n";
    line("definition", table.definition(at));
    if (table.is_inactive(at)) std::cout << "  no longer active\n";
    for (const auto parent : table.parents(at)) line("above", std::string(table.code(parent)) + "  " + std::string(table.display(parent)));
    for (const auto child : table.children(at)) line("below", std::string(table.code(child)) + "  " + std::string(table.display(child)));
    for (const auto& one : table.designations(at)) line(one.language.empty() ? "name" : one.language, one.value);
    for (const auto& one : table.properties(at)) line(one.name, one.value);
}

int lookup(const LookupOptions& options) {
    const auto opened = open_terms(options.terms);
    if (!opened.ok) return kConfiguration;
    bool any = false;
    for (const auto& system : opened.systems) {
        const auto at = system->find(options.code);
        if (at == terminology::kNoConcept) continue;
        any = true;
        print_concept(*system, at);
    }
    return any ? kOk : kFindings;
}

} // namespace

std::function<int()> make_term(Verb command) {
    command.needs_a_verb();
    auto searching = std::make_shared<SearchOptions>();
    auto looking = std::make_shared<LookupOptions>();
    const auto search_verb = command.add_verb("search", "finds codes by name, code, pinyin initials or near match");
    search_verb.add_option("query", searching->query, "高血压, gxy, I10, hypertension").required();
    search_verb.add_option("--count", searching->count, "most hits");
    search_verb.add_option("--format", searching->format, "text, or json: a line a hit").one_of({"text", "json"});
    searching->terms.add_to(search_verb);
    const auto lookup_verb = command.add_verb("lookup", "everything about a code");
    lookup_verb.add_option("code", looking->code).required();
    looking->terms.add_to(lookup_verb);
    const auto import_verb = command.add_verb("import", "compiles a list that its owner published into a file the hub maps into memory");
    auto run_import = make_term_import(import_verb);
    const auto suggest_verb = command.add_verb("suggest", "targets for local codes that no map covers, ranked, with reasons");
    auto run_suggest = make_term_suggest(suggest_verb);
    const auto review_verb = command.add_verb("review", "moves rows of a code map: draft, reviewed by a second person, active, retired");
    auto run_review = make_term_review(review_verb);
    return [=] {
        if (review_verb.chosen()) return run_review();
        if (search_verb.chosen()) return search(*searching);
        if (lookup_verb.chosen()) return lookup(*looking);
        return import_verb.chosen() ? run_import() : run_suggest();
    };
}

} // namespace huitong::app::commands
