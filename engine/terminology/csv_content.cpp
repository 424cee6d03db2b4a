/// Code maps and code lists as laboratory staff keep them: CSV. Each map row says who reviewed it; a row without a reviewer translates, but is marked unreviewed.
#include "base/csv.hpp"
#include "terminology/content.hpp"

#include <algorithm>
#include <array>

namespace huitong::terminology {
namespace {

constexpr std::array<std::string_view, 10> kEquivalences = {"equal", "equivalent", "relatedto", "wider", "subsumes", "narrower", "specializes", "inexact", "unmatched", "disjoint"};

std::string header_value(const CsvTable& table, std::string_view key) {
    for (const auto& comment : table.comments) {
        const auto colon = comment.find(": ");
        if (colon != comment.npos && std::string_view(comment).substr(0, colon) == key) return comment.substr(colon + 2);
    }
    return {};
}

Issue row_issue(const std::string& file, std::uint32_t line, std::string rule, std::vector<std::string> arguments) {
    auto issue = error(IssueCode::invalid, file, std::move(rule), std::move(arguments));
    issue.position = TextPosition{file, line, 1};
    return issue;
}

CodeSystem read_system(const CsvTable& table) {
    CodeSystem out;
    out.url = header_value(table, "url");
    out.version = header_value(table, "version");
    out.name = header_value(table, "title");
    out.complete = header_value(table, "content") != "fragment";
    for (const auto& row : table.rows) {
        Concept read;
        read.code = table.cell(row, "code");
        read.display = table.cell(row, "name");
        read.parent = table.cell(row, "parent");
        read.inactive = table.cell(row, "inactive") == "true" || table.cell(row, "inactive") == "1";
        if (const auto english = table.cell(row, "english"); !english.empty()) read.designations.push_back({"en", "", std::string(english)});
        if (!read.code.empty()) out.concepts.push_back(std::move(read));
    }
    out.index();
    return out;
}

ConceptMap read_map(const CsvTable& table, const std::string& file, Outcome& issues) {
    ConceptMap out;
    out.url = header_value(table, "url");
    out.version = header_value(table, "version");
    out.title = header_value(table, "title");
    auto& rows = out.groups[header_value(table, "source")];
    const auto default_target = header_value(table, "target");
    for (const auto& row : table.rows) {
        const std::string code(table.cell(row, "code"));
        Match match;
        match.equivalence = table.cell(row, "relationship");
        if (code.empty()) {
            issues.add(row_issue(file, row.line, "code-map-no-code", {}));
            continue;
        }
        if (std::find(kEquivalences.begin(), kEquivalences.end(), match.equivalence) == kEquivalences.end()) {
            issues.add(row_issue(file, row.line, "code-map-relationship", {match.equivalence}));
            continue;
        }
        match.target.system = table.cell(row, "target_system").empty() ? default_target : std::string(table.cell(row, "target_system"));
        match.target.code = table.cell(row, "target_code");
        match.target.display = table.cell(row, "target_name");
        match.comment = table.cell(row, "note");
        match.reviewed = !table.cell(row, "reviewed_by").empty();
        match.map_url = out.url;
        match.map_version = out.version;
        if (match.target.code.empty() && match.equivalence != "unmatched") {
            issues.add(row_issue(file, row.line, "code-map-no-target", {code}));
            continue;
        }
        rows[code].push_back(std::move(match));
    }
    return out;
}

}  // namespace

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
    if (header_value(table.value, "kind") == "system") out.value.system = read_system(table.value);
    else out.value.map = read_map(table.value, file, out.issues);
    return out;
}

}  // namespace huitong::terminology
