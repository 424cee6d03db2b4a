/// Separated tables (CSV, TSV): quoted cells, line breaks inside quotes, every cell a string. One reader for registers, sheets and table
/// feeds. The text must be UTF-8 already (base/charset.hpp). Source: RFC 4180; a quote inside an unquoted cell is kept as it is.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong {

struct CsvRow {
    std::vector<std::string> cells;
    std::uint32_t line = 0; ///< line of the row's first cell, from 1
    Span source;            ///< bytes of the row in the text, without its line end
};

/// Rows in order; wholly empty lines are left out. Issue: csv-quote-open (a quote that never closes, with its line).
Parsed<std::vector<CsvRow>> read_csv(std::string_view text, char separator = ',');

/// Quotes the cell when it needs it.
std::string csv_cell(std::string_view text, char separator = ',');

/// A table with a header row: cells by column name. Lines that begin with '#' before the header are comments.
struct CsvTable {
    std::vector<std::string> header;
    std::vector<CsvRow> rows;
    std::vector<std::string> comments; ///< without '#', trimmed
    /// Index of a column, or npos.
    std::size_t column(std::string_view name) const;
    /// Cell of a row, "" when the column is absent or the row is short.
    std::string_view cell(const CsvRow& row, std::string_view name) const;
};
/// Issues: csv-quote-open, csv-no-header, csv-columns (a row with more cells than the header; line given).
Parsed<CsvTable> read_csv_table(std::string_view text, char separator = ',');

} // namespace huitong
