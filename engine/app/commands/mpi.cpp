#include "app/commands/commands.hpp"
#include "app/print.hpp"
#include "base/catalogue.hpp"
#include "base/charset.hpp"
#include "identity/decision_record.hpp"
#include "identity/evaluate.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string data, a, b, who, why, records, sheet, truth;
    std::vector<std::string> columns;
    std::size_t count = 50;
    bool demo = false;
};

int failed(const Outcome& outcome) {
    print_issues(outcome);
    return outcome.leading()->rule.starts_with("identity-") ? kFindings : exit_code_of(outcome);
}

std::string read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    return to_utf8(bytes, guess_charset(bytes)).value;
}

std::string words_of(const std::vector<std::string>& rules) {
    std::string out;
    for (const auto& rule : rules)
        out += (out.empty() ? "" : "; ") + text_of(error(IssueCode::informational, "", rule), language_of_environment());
    return out;
}

/// The data directory of a hub that does not run. Opening it takes its lock.
struct Directory {
    std::shared_ptr<store::Store> store;
    std::unique_ptr<identity::Linker> linker;
};
Result<Directory> open_directory(const Options& options) {
    store::StoreOptions store_options;
    store_options.directory = options.data;
    auto store = store::open_store(store_options);
    if (!store) return store.error();
    Directory out;
    out.store = std::move(*store);
    out.linker = std::make_unique<identity::Linker>(*out.store, identity::IdNumberRules{options.demo});
    return out;
}

int queue(const Options& options) {
    const auto directory = open_directory(options);
    if (!directory) return failed(directory.error());
    for (const auto& review : directory->linker->reviews(options.count))
        std::cout << "Patient/" << review.a << "  Patient/" << review.b << "  " << words_of(review.judgement.reasons) << "\n";
    return kOk;
}

int decide(const Options& options, identity::Linker::Saying saying) {
    const auto directory = open_directory(options);
    if (!directory) return failed(directory.error());
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) return failed(definitions.error());
    const search::Registry registry(*definitions);
    auto& [store, linker] = *directory;
    const auto decided = linker->decide(options.a, options.b, saying, options.who, options.why);
    if (!decided) return failed(decided.error());
    auto commit =
        identity::decision_commit(*store, registry, *decided, options.a, options.b, saying, options.who, options.why, SystemClock().now());
    const auto done = store->commit_and_wait(std::move(commit));
    if (!done) return failed(done.error());
    std::cout << "Patient/" << options.a << "  person " << linker->person_of(options.a) << "\nPatient/" << options.b << "  person "
              << linker->person_of(options.b) << "\n";
    return kOk;
}

void print_record(const identity::Linker& linker, const std::string& patient) {
    std::cout << "Patient/" << patient << "\n  person  " << linker.person_of(patient) << "\n";
    for (const auto& fellow : linker.same_person(patient)) {
        if (fellow != patient)
            std::cout << "  with    Patient/" << fellow << "  " << words_of(linker.judge_pair(patient, fellow).reasons) << "\n";
    }
    for (const auto& event : linker.events(patient)) {
        std::cout << "  event   " << event.id << "  " << event.kind;
        if (!event.person.empty()) std::cout << "  person " << event.person;
        if (!event.with.empty()) std::cout << "  with Patient/" << event.with;
        if (!event.who.empty()) std::cout << "  by " << event.who << ": " << event.why;
        if (!event.reasons.empty()) std::cout << "  " << words_of(event.reasons);
        std::cout << "\n";
    }
}

int explain(const Options& options) {
    const auto directory = open_directory(options);
    if (!directory) return failed(directory.error());
    const auto& linker = *directory->linker;
    if (linker.person_of(options.a).empty()) return failed(error(IssueCode::not_found, "", "identity-unknown-patient"));
    if (options.b.empty()) {
        print_record(linker, options.a);
        return kOk;
    }
    const auto judgement = linker.judge_pair(options.a, options.b);
    std::cout << identity::verdict_text(judgement.verdict) << "  " << words_of(judgement.reasons) << "\n";
    return kOk;
}

Outcome read_sheet(const Options& options, identity::EvaluationSheet& sheet) {
    if (!options.sheet.empty()) {
        auto read = identity::read_evaluation_sheet(read_text(options.sheet), sheet);
        if (read.has_errors()) return read;
    }
    for (const auto& column : options.columns) {
        const auto field = column.substr(0, column.find('='));
        if (!sheet.columns.contains(field) || field.size() == column.size())
            return error(IssueCode::invalid, "", "identity-field", {field});
        sheet.columns[field] = column.substr(field.size() + 1);
    }
    if (!options.truth.empty()) sheet.truth = options.truth;
    return {};
}

int evaluate(const Options& options) {
    identity::EvaluationSheet sheet;
    if (auto issues = read_sheet(options, sheet); issues.has_errors()) return failed(issues);
    const auto table = read_csv_table(read_text(options.records));
    if (table.issues.has_errors()) return failed(table.issues);
    const auto figures = identity::evaluate(table.value, sheet, identity::IdNumberRules{options.demo});
    if (!figures) return failed(figures.error());
    fmt::print("records {}, with a valid number of their own {}, with a relative's number {}\n", figures->records, figures->with_number,
               figures->guardian_numbers);
    fmt::print("pairs: true {}, linked {}, linked and true {}\n", figures->true_pairs, figures->linked_pairs, figures->right_pairs);
    fmt::print("precision {:.5f}  recall {:.5f}  F1 {:.5f}\n", figures->precision(), figures->recall(), figures->f1());
    fmt::print("for a steward: {} pairs, {} of them true\n", figures->review_pairs, figures->right_reviews);
    return kOk;
}

} // namespace

std::function<int()> make_mpi(CLI::App& command) {
    auto options = std::make_shared<Options>();
    command.require_subcommand(1);
    auto* queued = command.add_subcommand("queue", "pairs of records that wait for a steward, oldest first");
    auto* link = command.add_subcommand("link", "a steward's word: two records are one person");
    auto* unlink = command.add_subcommand("unlink", "a steward's word: they are two; the second leaves the first's person");
    auto* withdraw = command.add_subcommand("withdraw", "takes the newest word on two records back");
    auto* explained = command.add_subcommand("explain", "whose record this is and why; or why two are one person, or not");
    auto* evaluated = command.add_subcommand("evaluate", "precision, recall and F1 over labelled records");
    for (auto* verb : {queued, link, unlink, withdraw, explained})
        verb->add_option("--data", options->data, "data directory of a hub that does not run")->required()->check(CLI::ExistingDirectory);
    queued->add_option("--count", options->count, "at most so many");
    for (auto* verb : {link, unlink, withdraw, explained}) verb->add_option("patient", options->a, "id of a Patient")->required();
    for (auto* verb : {link, unlink, withdraw}) {
        verb->add_option("other", options->b, "id of the other Patient")->required();
        verb->add_option("--who", options->who, "who decides")->required();
        verb->add_option("--why", options->why, "what was seen")->required();
    }
    explained->add_option("other", options->b, "id of another Patient");
    evaluated->add_option("--records", options->records, "table with a header row")->required()->check(CLI::ExistingFile);
    evaluated->add_option("--truth", options->truth, "column that is equal for records of one person");
    evaluated->add_option("--sheet", options->sheet, "table field,column: which column holds what")->check(CLI::ExistingFile);
    evaluated->add_option("--column", options->columns, "field=COLUMN, for name, pinyin, birth_date, id_number, institution");
    evaluated->add_flag("--unassigned-regions", options->demo, "numbers of regions that belong to nobody count as well");
    return [=] {
        using Saying = identity::Linker::Saying;
        if (queued->parsed()) return queue(*options);
        if (link->parsed()) return decide(*options, Saying::same);
        if (unlink->parsed()) return decide(*options, Saying::different);
        if (withdraw->parsed()) return decide(*options, Saying::withdraw);
        if (explained->parsed()) return explain(*options);
        return evaluate(*options);
    };
}

} // namespace huitong::app::commands
