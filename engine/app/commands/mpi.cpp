#include "app/commands/commands.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "base/catalogue.hpp"
#include "base/charset.hpp"
#include "fhir/json.hpp"
#include "identity/evaluate.hpp"
#include "identity/steward_desk.hpp"

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

/// The steward's desk of the hub that runs on the directory; where none runs, one of our own. Opening a directory takes its lock.
Result<std::string> ask_desk(const Options& options, const std::string& verb, const identity::StewardDesk::Words& words) {
    std::string form;
    for (const auto& [name, value] : words) form += (form.empty() ? "" : "&") + name + '=' + query_text(value);
    const auto answer = ask_hub(options.data, "POST", "/mpi/" + verb, form);
    if (answer && answer->status == 200) return answer->body;
    if (answer) return issues_of(*answer);
    store::StoreOptions store_options;
    store_options.directory = options.data;
    const auto store = store::open_store(store_options);
    if (!store) return store.error();
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) return definitions.error();
    const search::Registry registry(*definitions);
    const SystemClock clock;
    identity::Linker linker(**store, identity::IdNumberRules{options.demo});
    auto own = identity::StewardDesk(linker, **store, registry, clock).answer(verb, words);
    if (!own) return own.error();
    return std::move(own->json);
}

std::string reasons_of(fhir::Element element) { return words_of(fhir::texts_of(element, "reasons")); }

int queue(const Options& options) {
    const auto answer = ask_desk(options, "queue", {{"count", std::to_string(options.count)}});
    if (!answer) return failed(answer.error());
    const auto parsed = fhir::read_plain_json(*answer);
    for (const auto review : parsed.value->root().children("reviews"))
        std::cout << "Patient/" << review.text("a") << "  Patient/" << review.text("b") << "  " << reasons_of(review) << "\n";
    return kOk;
}

int decide(const Options& options, const std::string& saying) {
    const auto answer =
        ask_desk(options, "decide", {{"a", options.a}, {"b", options.b}, {"saying", saying}, {"who", options.who}, {"why", options.why}});
    if (!answer) return failed(answer.error());
    const auto parsed = fhir::read_plain_json(*answer);
    for (const auto one : parsed.value->root().children("persons"))
        std::cout << "Patient/" << one.text("patient") << "  person " << one.text("person") << "\n";
    return kOk;
}

void print_record(fhir::Element record) {
    std::cout << "Patient/" << record.text("patient") << "\n  person  " << record.text("person") << "\n";
    for (const auto fellow : record.children("fellows"))
        std::cout << "  with    Patient/" << fellow.text("patient") << "  " << reasons_of(fellow) << "\n";
    for (const auto event : record.children("events")) {
        std::cout << "  event   " << event.text("id") << "  " << event.text("kind");
        if (event.child("person")) std::cout << "  person " << event.text("person");
        if (event.child("with")) std::cout << "  with Patient/" << event.text("with");
        if (event.child("who")) std::cout << "  by " << event.text("who") << ": " << event.text("why");
        const auto reasons = reasons_of(event);
        std::cout << (reasons.empty() ? "" : "  ") << reasons << "\n";
    }
}

int explain(const Options& options) {
    const auto answer = ask_desk(options, "explain", {{"a", options.a}, {"b", options.b}});
    if (!answer) return failed(answer.error());
    const auto parsed = fhir::read_plain_json(*answer);
    const auto root = parsed.value->root();
    if (options.b.empty()) print_record(root);
    else std::cout << root.text("verdict") << "  " << reasons_of(root) << "\n";
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

std::function<int()> make_mpi(Verb command) {
    auto options = std::make_shared<Options>();
    command.needs_a_verb();
    const auto queued = command.add_verb("queue", "pairs of records that wait for a steward, oldest first");
    const auto link = command.add_verb("link", "a steward's word: two records are one person");
    const auto unlink = command.add_verb("unlink", "a steward's word: they are two; the second leaves the first's person");
    const auto withdraw = command.add_verb("withdraw", "takes the newest word on two records back");
    const auto explained = command.add_verb("explain", "whose record this is and why; or why two are one person, or not");
    const auto evaluated = command.add_verb("evaluate", "precision, recall and F1 over labelled records");
    for (const auto verb : {queued, link, unlink, withdraw, explained})
        verb.add_option("--data", options->data, "data directory; a hub that runs on it is asked").required().existing_folder();
    queued.add_option("--count", options->count, "at most so many");
    for (const auto verb : {link, unlink, withdraw, explained}) verb.add_option("patient", options->a, "id of a Patient").required();
    for (const auto verb : {link, unlink, withdraw}) {
        verb.add_option("other", options->b, "id of the other Patient").required();
        verb.add_option("--who", options->who, "who decides").required();
        verb.add_option("--why", options->why, "what was seen").required();
    }
    explained.add_option("other", options->b, "id of another Patient");
    evaluated.add_option("--records", options->records, "table with a header row").required().existing_file();
    evaluated.add_option("--truth", options->truth, "column that is equal for records of one person");
    evaluated.add_option("--sheet", options->sheet, "table field,column: which column holds what").existing_file();
    evaluated.add_option("--column", options->columns, "field=COLUMN, for name, pinyin, birth_date, id_number, institution");
    evaluated.add_flag("--unassigned-regions", options->demo, "numbers of regions that belong to nobody count as well");
    return [=] {
        if (queued.chosen()) return queue(*options);
        if (link.chosen()) return decide(*options, "link");
        if (unlink.chosen()) return decide(*options, "unlink");
        if (withdraw.chosen()) return decide(*options, "withdraw");
        if (explained.chosen()) return explain(*options);
        return evaluate(*options);
    };
}

} // namespace huitong::app::commands
