/// Plain CSV lists, the NHSA lists among them, and the LOINC table.
#include "base/csv.hpp"
#include "terminology/importers/import.hpp"

#include <algorithm>
#include <array>

namespace huitong::terminology {
namespace {

Issue row_issue(const std::string& file, std::uint32_t line, std::string rule, std::vector<std::string> arguments) {
    auto issue = error(IssueCode::invalid, file, std::move(rule), std::move(arguments));
    issue.position = TextPosition{file, line, 1};
    return issue;
}

std::string trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const auto begin = text.find_first_not_of(kBlank);
    if (begin == text.npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

/// The first of those columns that the table has; "" when it has none.
std::string_view column_of(const CsvTable& table, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        if (table.column(name) != std::string::npos) return name;
    }
    return {};
}

/// A list may be separated by tabs or commas: the header tells.
char separator_of(std::string_view text) {
    const auto line = text.substr(0, text.find('\n'));
    return line.find('\t') != line.npos ? '\t' : ',';
}

Parsed<CsvTable> read_list(std::string_view text, const std::string& file) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    auto table = read_csv_table(text, separator_of(text));
    for (auto& issue : table.issues.issues()) issue.where = file;
    return table;
}

} // namespace

std::string parent_by_code(std::string_view code, const std::unordered_set<std::string>& codes) {
    for (auto size = code.size() - (code.empty() ? 0 : 1); size > 0; --size) {
        std::string shorter(code.substr(0, size));
        if (codes.contains(shorter)) return shorter;
    }
    return {};
}

Parsed<CodeSystem> import_csv(std::string_view text, const std::string& file, const ImportSettings& settings) {
    Parsed<CodeSystem> out;
    auto table = read_list(text, file);
    out.issues = std::move(table.issues);
    const auto& read = table.value;
    const auto code_column = column_of(read, {"code", "icd_code", "tcm_code"});
    const auto name_column = column_of(read, {"name", "icd_name", "tcm_name", "disease", "display"});
    const bool by_code = read.column("parent") == std::string::npos;
    SystemImport import(settings);
    import.system.complete = true;
    if (code_column.empty() || name_column.empty()) {
        out.issues.add(row_issue(file, 1, "import-no-column", {code_column.empty() ? "code" : "name"}));
    } else {
        std::unordered_set<std::string> codes;
        if (by_code) {
            for (const auto& row : read.rows) codes.insert(trimmed(read.cell(row, code_column)));
        }
        std::unordered_set<std::string> seen;
        for (const auto& row : read.rows) {
            ConceptDraft draft;
            draft.code = trimmed(read.cell(row, code_column));
            draft.display = trimmed(read.cell(row, name_column));
            auto parent = by_code ? parent_by_code(draft.code, codes) : trimmed(read.cell(row, "parent"));
            if (!parent.empty()) draft.parents.push_back(std::move(parent));
            draft.inactive = read.cell(row, "inactive") == "true" || read.cell(row, "inactive") == "1";
            if (auto english = trimmed(read.cell(row, "english")); !english.empty())
                draft.designations.push_back({"en", "", "", "", std::move(english), ""});
            if (draft.code.empty()) out.issues.add(row_issue(file, row.line, "code-map-no-code", {}));
            else if (!seen.insert(draft.code).second) out.issues.add(row_issue(file, row.line, "code-list-duplicate", {draft.code}));
            else import.add(draft);
        }
    }
    out.value = import.finish();
    return out;
}

Parsed<CodeSystem> import_loinc(std::string_view text, std::string_view variant, const std::string& file, const ImportSettings& settings) {
    constexpr std::array<std::string_view, 7> kAxes = {"COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP", "CLASS"};
    Parsed<CodeSystem> out;
    auto table = read_list(text, file);
    out.issues = std::move(table.issues);
    const auto& read = table.value;
    SystemImport import(settings);
    for (const auto axis : kAxes) import.declare(std::string(axis), PropertyType::string);
    import.declare("STATUS", PropertyType::string);
    std::unordered_map<std::string, std::string> translated;
    if (!variant.empty()) {
        const auto other = read_list(variant, file);
        for (const auto& row : other.value.rows) {
            std::string name;
            for (const auto axis : kAxes) {
                const auto part = axis == "CLASS" ? std::string() : trimmed(other.value.cell(row, axis));
                if (!part.empty()) name += (name.empty() ? "" : ":") + part;
            }
            if (!name.empty()) translated.emplace(other.value.cell(row, "LOINC_NUM"), std::move(name));
        }
    }
    if (read.column("LOINC_NUM") == std::string::npos) out.issues.add(row_issue(file, 1, "import-no-column", {"LOINC_NUM"}));
    for (const auto& row : read.rows) {
        ConceptDraft draft;
        draft.code = trimmed(read.cell(row, "LOINC_NUM"));
        if (draft.code.empty()) continue;
        draft.display = trimmed(read.cell(row, "LONG_COMMON_NAME"));
        for (const auto axis : kAxes) {
            if (auto value = trimmed(read.cell(row, axis)); !value.empty())
                draft.properties.push_back({std::string(axis), std::move(value), PropertyType::string});
        }
        const auto status = trimmed(read.cell(row, "STATUS"));
        draft.properties.push_back({"STATUS", status, PropertyType::string});
        draft.inactive = status == "DEPRECATED" || status == "DISCOURAGED";
        for (const auto* const column : {"SHORTNAME", "DisplayName"}) {
            if (auto name = trimmed(read.cell(row, column)); !name.empty() && name != draft.display)
                draft.designations.push_back({"en", "", column, "", std::move(name), ""});
        }
        if (const auto found = translated.find(draft.code); found != translated.end())
            draft.designations.push_back({"zh-CN", "", "", "", found->second, ""});
        import.add(draft);
    }
    out.value = import.finish();
    return out;
}

} // namespace huitong::terminology
