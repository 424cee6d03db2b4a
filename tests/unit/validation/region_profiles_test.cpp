// The profiles of the shared record: each has an example that passes and counter-examples that fail for the reason they were made for.
// fhir-profiles/verdicts.tsv says which; "valid", or the rule that is broken and where.
#include "fhir/snapshot.hpp"
#include "support/files.hpp"
#include "unit/validation/trees.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace huitong;
using namespace huitong::validation;
using namespace huitong::validation::tests;

namespace {

std::vector<fhir::DocumentPtr> definitions_in(const char* folder) {
    std::vector<fhir::DocumentPtr> out;
    for (const auto& file : std::filesystem::directory_iterator(huitong::tests::source_folder() / "fhir-profiles" / folder))
        out.push_back(read(huitong::tests::read_file(file.path())));
    return out;
}

/// "rule @ place what" of each issue; what: the element that is too few or too many, or the key of the rule that is broken.
std::string reasons(const Outcome& outcome) {
    std::string out;
    for (const auto& issue : outcome.issues()) {
        out += (out.empty() ? "" : "; ") + issue.rule + " @ " + issue.where;
        if (!issue.arguments.empty()) out += " " + issue.arguments.front();
    }
    return out.empty() ? "valid" : out;
}

const Validator& region_validator() {
    static const auto validator = [] {
        auto definitions = fresh_definitions();
        for (const auto* folder : {"extensions", "profiles"}) {
            for (const auto& document : definitions_in(folder)) {
                const auto issues = definitions->add_structure(document->root());
                if (!issues.empty()) throw std::runtime_error(std::string(document->root().text("id")) + ": " + lines(issues));
            }
        }
        return std::make_unique<Validator>(definitions, std::make_shared<terminology::Terminology>(definitions));
    }();
    return *validator;
}

CsvTable verdicts() {
    auto table = read_csv_table(huitong::tests::read_file(huitong::tests::source_folder() / "fhir-profiles/verdicts.tsv"), '\t');
    BOOST_REQUIRE(!table.issues.has_errors());
    return std::move(table.value);
}

} // namespace

BOOST_AUTO_TEST_SUITE(region_profiles)

BOOST_AUTO_TEST_CASE(examples_pass_and_counter_examples_fail_for_their_reason) {
    const auto table = verdicts();
    for (const auto& row : table.rows) {
        const auto file = table.cell(row, "example");
        const auto document = read(huitong::tests::read_file(huitong::tests::source_folder() / "fhir-profiles" / file));
        const auto found = reasons(region_validator().check(document->root()));
        BOOST_TEST(found == table.cell(row, "verdict"), file << "\t" << found);
    }
}

BOOST_AUTO_TEST_CASE(every_profile_has_an_example_and_counter_examples) {
    std::set<std::string> named;
    const auto table = verdicts();
    for (const auto& row : table.rows) named.emplace(table.cell(row, "example"));
    for (const auto& profile : definitions_in("profiles")) {
        const std::string id(profile->root().text("id"));
        BOOST_TEST(named.contains("examples/" + id + ".json"), id);
        const auto first = named.lower_bound("counter-examples/" + id + "/");
        BOOST_TEST((first != named.end() && first->starts_with("counter-examples/" + id + "/")), id);
    }
}

BOOST_AUTO_TEST_CASE(differentials_stand_in_the_order_of_their_base) {
    auto definitions = fresh_definitions();
    for (const auto& extension : definitions_in("extensions")) BOOST_REQUIRE(definitions->add_structure(extension->root()).empty());
    for (const auto& profile : definitions_in("profiles")) {
        const auto made = fhir::make_snapshot(*definitions, profile->root(), fhir::DifferentialOrder::as_base);
        BOOST_TEST(lines(made.issues) == "", profile->root().text("id") << ": " << lines(made.issues));
    }
}

BOOST_AUTO_TEST_SUITE_END()
