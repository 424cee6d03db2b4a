/// Rows of a view as messages: the same text as a row of a table file (adapters/tabular/table_file.hpp), so that the same maps serve. Pure.
#pragma once

#include "adapters/sql/odbc.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::sql {

struct RowRules {
    feeds::SourceId source;
    std::string table; ///< what the map sees as `_table`
    std::vector<std::string> key_columns;
    std::size_t cell_bytes_max = 1 << 20;
};

/// Where the columns that matter stand among the columns of the view.
struct Places {
    std::vector<Column> columns;
    std::size_t time = 0;
    std::vector<std::size_t> keys, patients;
};

/// Issues of the row, in its front check: table-key-missing, sql-cell-bytes-max, sql-cell-nul, sql-cell-undecodable (warning).
feeds::RawMessage row_message(const RowRules& rules, const Places& places, const std::vector<Cell>& cells, Instant received_at);

} // namespace huitong::adapters::sql
