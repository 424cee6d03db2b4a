/// How good the judge is on labelled records: pairwise precision, recall and F1, as `huitong mpi evaluate` prints them. Thread: any.
#pragma once

#include "base/csv.hpp"
#include "identity/record.hpp"

#include <map>

namespace huitong::identity {

/// Which columns hold what. Fields: name, pinyin, birth_date, id_number, institution, truth. A name in several columns is "family+given".
struct EvaluationSheet {
    std::map<std::string, std::string> columns = {
        {"name", "name"}, {"pinyin", "pinyin"}, {"birth_date", "birth_date"}, {"id_number", "id_number"}, {"institution", "institution"}};
    std::string truth;         ///< column that is equal for records of one person
    std::string truth_pattern; ///< RE2 with one group that finds the person inside that cell, "" = the whole cell
};
/// Reads the sheet's file: a table with the columns field and column (and a field truth_pattern). Issues: identity-field and those of CSV.
Outcome read_evaluation_sheet(std::string_view text, EvaluationSheet& sheet);

struct Evaluation {
    std::size_t records = 0, with_number = 0, guardian_numbers = 0;
    std::uint64_t true_pairs = 0;   ///< pairs of records of one person, by the truth
    std::uint64_t linked_pairs = 0; ///< pairs that the judge made one person
    std::uint64_t right_pairs = 0;  ///< both
    std::uint64_t review_pairs = 0, right_reviews = 0;
    double precision() const { return ratio(right_pairs, linked_pairs); }
    double recall() const { return ratio(right_pairs, true_pairs); }
    double f1() const { return ratio(2 * right_pairs, linked_pairs + true_pairs); }

private:
    static double ratio(std::uint64_t part, std::uint64_t whole) {
        return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
    }
};
/// Links all rows, in their order. Issues: identity-column (the truth's column, or the named one, is not there), identity-pattern.
Result<Evaluation> evaluate(const CsvTable& table, const EvaluationSheet& sheet, const IdNumberRules& rules);

} // namespace huitong::identity
