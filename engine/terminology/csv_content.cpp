/// Code maps and code lists as laboratory staff keep them: CSV. Each map row says who reviewed it; a row without a reviewer translates, but
/// is marked unreviewed.
#include "base/csv.hpp"
#include "terminology/content.hpp"
#include "terminology/map_states.hpp"

#include <algorithm>
#include <array>

namespace huitong::terminology {
namespace {

constexpr std::array<std::string_view, 10> kEquivalences = {"equal",    "equivalent",  "relatedto", "wider",     "subsumes",
                                                            "narrower", "specializes", "inexact",   "unmatched", "disjoint"};

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == text.npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

/// Cells are trimmed: spreadsheets leave blanks behind codes, and such a code would never be found.
std::string cell(const CsvTable& table, const CsvRow& row, std::string_view column) { return trimmed(table.cell(row, column)); }

std::string header_value(const CsvTable& table, std::string_view key) {
    for (const std::string_view comment : table.comments) {
        const auto colon = comment.find(':');
        if (colon != comment.npos && trimmed(comment.substr(0, colon)) == key) return trimmed(comment.substr(colon + 1));
    }
    return {};
}

Issue row_issue(const std::string& file, std::uint32_t line, std::string rule, std::vector<std::string> arguments) {
    auto issue = error(IssueCode::invalid, file, std::move(rule), std::move(arguments));
    issue.position = TextPosition{file, line, 1};
    return issue;
}

CodeSystem read_system(const CsvTable& table, const std::string& file, Outcome& issues) {
    CodeSystem out;
    out.url = header_value(table, "url");
    out.version = header_value(table, "version");
    out.name = header_value(table, "title");
    out.title = out.name;
    out.language = header_value(table, "language");
    out.status = "active";
    // Only a list that says so is whole: else every code it lacks would be called wrong.
    out.complete = header_value(table, "content") == "complete";
    out.fragment = !out.complete;
    ConceptTableBuilder builder;
    std::set<std::string> seen;
    for (const auto& row : table.rows) {
        ConceptDraft read;
        read.code = cell(table, row, "code");
        read.display = cell(table, row, "name");
        if (auto parent = cell(table, row, "parent"); !parent.empty()) read.parents.push_back(std::move(parent));
        read.inactive = cell(table, row, "inactive") == "true" || cell(table, row, "inactive") == "1";
        if (auto english = cell(table, row, "english"); !english.empty())
            read.designations.push_back({"en", "", "", "", std::move(english), ""});
        if (read.code.empty()) issues.add(row_issue(file, row.line, "code-map-no-code", {}));
        else if (!seen.insert(read.code).second) issues.add(row_issue(file, row.line, "code-list-duplicate", {read.code}));
        else builder.add(read);
    }
    out.concepts = builder.finish();
    return out;
}

/// Life cycle of a row: draft → reviewed (by somebody else than who drafted it) → active → retired. Without a state, a reviewer makes it
/// active. Retired rows translate nothing; drafts translate, marked as not reviewed.
enum class RowState : std::uint8_t { draft, reviewed, retired };

std::optional<RowState> state_of(const CsvTable& table, const CsvRow& row, const std::string& file, Outcome& issues) {
    const auto state = cell(table, row, "state");
    const auto drafted = cell(table, row, "drafted_by"), reviewed = cell(table, row, "reviewed_by");
    if (state == "retired") return RowState::retired;
    if (state == "draft") return RowState::draft;
    if (!state.empty() && state != "reviewed" && state != "active") {
        issues.add(row_issue(file, row.line, "code-map-state", {state}));
        return std::nullopt;
    }
    if (!state.empty() && reviewed.empty()) issues.add(row_issue(file, row.line, "code-map-no-reviewer", {cell(table, row, "code")}));
    if (!reviewed.empty() && person_of(reviewed) == person_of(drafted)) {
        issues.add(row_issue(file, row.line, "code-map-four-eyes", {cell(table, row, "code")}));
        return RowState::draft;
    }
    return reviewed.empty() ? RowState::draft : RowState::reviewed;
}

std::optional<Match> read_match(const CsvTable& table, const CsvRow& row, const std::string& file, const ConceptMap& map, Outcome& issues) {
    Match match;
    match.equivalence = cell(table, row, "relationship");
    if (std::find(kEquivalences.begin(), kEquivalences.end(), match.equivalence) == kEquivalences.end()) {
        issues.add(row_issue(file, row.line, "code-map-relationship", {match.equivalence}));
        return std::nullopt;
    }
    match.target.system = cell(table, row, "target_system");
    if (match.target.system.empty()) match.target.system = map.groups.front().target;
    match.target.code = cell(table, row, "target_code");
    match.target.display = cell(table, row, "target_name");
    match.comment = cell(table, row, "note");
    const auto state = state_of(table, row, file, issues);
    if (!state || *state == RowState::retired) return std::nullopt;
    match.reviewed = *state == RowState::reviewed;
    match.map_url = map.url;
    match.map_version = map.version;
    if (match.target.code.empty() && match.equivalence != "unmatched") {
        issues.add(row_issue(file, row.line, "code-map-no-target", {cell(table, row, "code")}));
        return std::nullopt;
    }
    return match;
}

ConceptMap read_map(const CsvTable& table, const std::string& file, Outcome& issues) {
    ConceptMap out;
    out.url = header_value(table, "url");
    out.version = header_value(table, "version");
    out.title = header_value(table, "title");
    auto& group = out.groups.emplace_back();
    group.source = header_value(table, "source");
    group.target = header_value(table, "target");
    for (const auto& row : table.rows) {
        auto code = cell(table, row, "code");
        if (code.empty()) {
            issues.add(row_issue(file, row.line, "code-map-no-code", {}));
            continue;
        }
        auto match = read_match(table, row, file, out, issues);
        if (!match) continue;
        auto& targets = group.rows[code];
        if (targets.empty()) group.order.push_back(std::move(code));
        targets.push_back(std::move(*match));
    }
    return out;
}

} // namespace

Parsed<CsvContent> read_csv_content(std::string_view text, const std::string& file) {
    Parsed<CsvContent> out;
    auto table = read_csv_table(text);
    for (auto& issue : table.issues.issues()) {
        issue.where = file;
        out.issues.add(std::move(issue));
    }
    if (out.issues.has_errors()) return out;
    if (header_value(table.value, "url").empty()) {
        out.issues.add(row_issue(file, 1, "code-map-no-url", {}));
        return out;
    }
    if (header_value(table.value, "kind") == "system") out.value.system = read_system(table.value, file, out.issues);
    else out.value.map = read_map(table.value, file, out.issues);
    return out;
}

} // namespace huitong::terminology
