#include "identity/evaluate.hpp"

#include "identity/index.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace huitong::identity {
namespace {

constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

/// "family+given" → their places; empty: a column is not there.
std::vector<std::size_t> places_of(const CsvTable& table, std::string_view columns) {
    std::vector<std::size_t> out;
    while (!columns.empty()) {
        const auto end = columns.find('+');
        const auto place = table.column(columns.substr(0, end));
        if (place == kNoColumn) return {};
        out.push_back(place);
        columns = end == columns.npos ? std::string_view() : columns.substr(end + 1);
    }
    return out;
}

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
    return begin == text.npos ? std::string() : std::string(text.substr(begin, end - begin + 1));
}

std::string cells_of(const CsvRow& row, const std::vector<std::size_t>& places) {
    std::string out;
    for (const auto place : places) {
        if (place >= row.cells.size()) continue;
        const auto cell = trimmed(row.cells[place]);
        if (!out.empty() && !cell.empty()) out += ' ';
        out += cell;
    }
    return out;
}

/// 19560314 and 1956/3/14 as FHIR writes them.
std::string date_of(std::string text) {
    if (text.size() == 8 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return text.substr(0, 4) + '-' + text.substr(4, 2) + '-' + text.substr(6);
    std::replace(text.begin(), text.end(), '/', '-');
    return text;
}

std::uint64_t pairs_of(std::uint64_t size) { return size * (size - 1) / 2; }

using Places = std::map<std::string, std::vector<std::size_t>>;

Result<Places> find_columns(const CsvTable& table, const EvaluationSheet& sheet) {
    Places out;
    const EvaluationSheet usual;
    for (const auto& [field, columns] : sheet.columns) {
        out[field] = places_of(table, columns);
        const auto found = usual.columns.find(field);
        const bool is_usual = found != usual.columns.end() && found->second == columns;
        if (out[field].empty() && !is_usual) return Outcome(error(IssueCode::not_found, field, "identity-column", {columns}));
    }
    out["truth"] = places_of(table, sheet.truth);
    if (out["truth"].empty()) return Outcome(error(IssueCode::not_found, "truth", "identity-column", {sheet.truth}));
    return out;
}

Record record_of_row(const CsvRow& row, const Places& places, const IdNumberRules& rules) {
    Statement statement;
    statement.name = cells_of(row, places.at("name"));
    statement.pinyin = cells_of(row, places.at("pinyin"));
    statement.birth_date = date_of(cells_of(row, places.at("birth_date")));
    statement.institution = cells_of(row, places.at("institution"));
    statement.numbers.push_back(cells_of(row, places.at("id_number")));
    return record_of(statement, rules);
}

/// Patient ids in the order of the rows.
std::string patient_of(std::size_t row) {
    auto digits = std::to_string(row);
    return std::string(digits.size() < 9 ? 9 - digits.size() : 0, '0') + digits;
}

} // namespace

Outcome read_evaluation_sheet(std::string_view text, EvaluationSheet& sheet) {
    auto table = read_csv_table(text);
    if (table.issues.has_errors()) return std::move(table.issues);
    for (const auto& row : table.value.rows) {
        const std::string field(table.value.cell(row, "field")), column(table.value.cell(row, "column"));
        if (field == "truth") sheet.truth = column;
        else if (field == "truth_pattern") sheet.truth_pattern = column;
        else if (sheet.columns.contains(field)) sheet.columns[field] = column;
        else return error(IssueCode::invalid, "", "identity-field", {field});
    }
    return {};
}

Result<Evaluation> evaluate(const CsvTable& table, const EvaluationSheet& sheet, const IdNumberRules& rules) {
    const auto places = find_columns(table, sheet);
    if (!places) return places.error();
    const RE2 pattern(sheet.truth_pattern.empty() ? "(.*)" : sheet.truth_pattern, RE2::Quiet);
    if (!pattern.ok() || pattern.NumberOfCapturingGroups() != 1)
        return Outcome(error(IssueCode::value, "truth_pattern", "identity-pattern"));
    Evaluation out;
    Index index;
    std::vector<std::string> truths;
    for (const auto& row : table.rows) {
        const auto patient = patient_of(truths.size());
        auto cell = cells_of(row, places->at("truth"));
        RE2::PartialMatch(std::string(cell), pattern, &cell);
        truths.push_back(std::move(cell));
        auto record = record_of_row(row, *places, rules);
        out.with_number += record.use == NumberUse::own ? 1 : 0;
        out.guardian_numbers += record.use == NumberUse::guardian ? 1 : 0;
        index.put(patient, std::move(record), patient);
    }
    out.records = truths.size();
    std::map<std::string, std::uint64_t> by_truth, by_person;
    std::map<std::pair<std::string, std::string>, std::uint64_t> by_both;
    for (std::size_t row = 0; row < truths.size(); ++row) {
        const auto person = index.person_of(patient_of(row));
        ++by_truth[truths[row]];
        ++by_person[person];
        ++by_both[{person, truths[row]}];
    }
    for (const auto& [truth, size] : by_truth) out.true_pairs += pairs_of(size);
    for (const auto& [person, size] : by_person) out.linked_pairs += pairs_of(size);
    for (const auto& [both, size] : by_both) out.right_pairs += pairs_of(size);
    for (const auto& review : index.reviews(static_cast<std::size_t>(-1))) {
        ++out.review_pairs;
        if (truths[std::stoul(review.a)] == truths[std::stoul(review.b)]) ++out.right_reviews;
    }
    return out;
}

} // namespace huitong::identity
