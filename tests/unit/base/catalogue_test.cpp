// A rule without words reaches a nurse as a bare identifier. Every rule the sources name must have its row, in both languages.
#include "base/catalogue.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <regex>
#include <set>

using namespace huitong;

namespace {

/// rule -> file that names it, from calls error(IssueCode::x, "where", "rule" …) and their three siblings. Rules made at run time are not
/// seen.
std::map<std::string, std::string> rules_of_sources() {
    static const std::regex kCall(
        R"re(\b(?:error|warning|fatal|information)\(\s*IssueCode::\w+\s*,\s*(?:"[^"]*"|[^,"]*(?:"[^"]*"[^,"]*)*)\s*,\s*"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)")re");
    std::map<std::string, std::string> out;
    for (const auto* folder : {"engine", "adapters"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(tests::source_folder() / folder)) {
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
            const auto text = tests::read_file(entry.path());
            for (std::sregex_iterator at(text.begin(), text.end(), kCall), end; at != end; ++at) out[(*at)[1]] = entry.path().string();
        }
    }
    return out;
}

std::set<std::string> slots_of(std::string_view text) {
    std::set<std::string> out;
    for (std::size_t at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) out.emplace(text.substr(at, 3));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(catalogue)

BOOST_AUTO_TEST_CASE(every_rule_named_in_the_sources_has_a_row) {
    const auto rules = rules_of_sources();
    BOOST_TEST(rules.size() > 100u, "the pattern finds only " << rules.size() << " rules; has the form of the calls changed?");
    for (const auto& [rule, file] : rules) BOOST_TEST(find_catalogue_row(rule) != nullptr, "no row for " << rule << " of " << file);
}

// The engines write their rules in more ways than the calls above: every literal that looks like one of theirs counts.
BOOST_AUTO_TEST_CASE(no_rule_of_the_engines_lacks_its_words) {
    static const std::regex kRule(R"re("((?:validation|fhirpath|structure|ucum)-[a-z0-9]+(?:-[a-z0-9]+)*)")re");
    std::set<std::string> rules;
    for (const auto* folder : {"engine/validation", "engine/fhirpath", "engine/fhir", "engine/ucum"}) {
        for (const auto& entry : std::filesystem::directory_iterator(tests::source_folder() / folder)) {
            if (!entry.is_regular_file()) continue;
            const auto text = tests::read_file(entry.path());
            for (std::sregex_iterator at(text.begin(), text.end(), kRule), end; at != end; ++at) rules.insert((*at)[1]);
        }
    }
    BOOST_TEST(rules.size() > 100u);
    for (const auto& rule : rules) BOOST_TEST(find_catalogue_row(rule) != nullptr, "no row for " << rule);
}

BOOST_AUTO_TEST_CASE(every_row_speaks_both_languages_and_fills_the_same_arguments) {
    for (const auto& row : catalogue_rows()) {
        BOOST_TEST_CONTEXT(row.rule) {
            BOOST_TEST(!row.en.empty());
            BOOST_TEST(!row.zh.empty());
            BOOST_TEST((slots_of(row.en) == slots_of(row.zh)));
            BOOST_TEST(row.hint_en.empty() == row.hint_zh.empty());
            BOOST_TEST((slots_of(row.hint_en) == slots_of(row.hint_zh)));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_rule_stands_in_one_row_only) {
    std::set<std::string_view> seen;
    for (const auto& row : catalogue_rows()) BOOST_TEST(seen.insert(row.rule).second, row.rule << " stands twice");
}

BOOST_AUTO_TEST_CASE(arguments_fill_their_places) {
    const auto issue = error(IssueCode::structure, "", "json-depth-max", {"64"});
    BOOST_TEST(text_of(issue, Language::en).find("64") != std::string::npos);
    BOOST_TEST(text_of(issue, Language::zh).find("64") != std::string::npos);
    BOOST_TEST(text_of(issue, Language::zh) != text_of(issue, Language::en));
}

BOOST_AUTO_TEST_CASE(a_missing_argument_leaves_no_brace) {
    BOOST_TEST(text_of(error(IssueCode::structure, "", "json-depth-max"), Language::en).find('{') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_rule_shows_its_id_and_arguments) {
    BOOST_TEST(text_of(error(IssueCode::invalid, "", "of-no-table", {"a", "b"}), Language::zh) == "of-no-table a b");
    BOOST_TEST(hint_of(error(IssueCode::invalid, "", "of-no-table"), Language::en) == "");
}

BOOST_AUTO_TEST_SUITE_END()
