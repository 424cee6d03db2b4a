#include "adapters/sql/row.hpp"

#include "base/csv.hpp"

#include <algorithm>

namespace huitong::adapters::sql {
namespace {

void check_cell(const RowRules& rules, const std::string& column, const Cell& cell, Outcome& issues) {
    if (cell.too_long) issues.add(error(IssueCode::too_long, column, "sql-cell-bytes-max", {column, std::to_string(rules.cell_bytes_max)}));
    if (cell.text.find('\0') != std::string::npos) issues.add(error(IssueCode::value, column, "sql-cell-nul", {column}));
    if (cell.undecodable) issues.add(warning(IssueCode::value, column, "sql-cell-undecodable", {column}));
}

} // namespace

feeds::RawMessage row_message(const RowRules& rules, const Places& places, const std::vector<Cell>& cells, Instant received_at) {
    feeds::RawMessage out;
    out.source = rules.source;
    out.media_type = "text/csv;row";
    out.received_at = received_at;
    out.charset = "UTF-8";
    out.sender = rules.table;
    out.control_id = rules.table;
    std::string header, row;
    for (std::size_t at = 0; at < cells.size(); ++at) {
        const auto& name = places.columns[at].name;
        header.append(at == 0 ? "" : ",").append(csv_cell(name));
        row.append(at == 0 ? "" : ",").append(csv_cell(cells[at].text));
        check_cell(rules, name, cells[at], out.front_check);
    }
    out.bytes = "#table " + rules.table + "\n" + header + "\n" + row + "\n";
    for (std::size_t at = 0; at < places.keys.size(); ++at) {
        const auto& value = cells[places.keys[at]].text;
        if (value.empty())
            out.front_check.add(error(IssueCode::required, rules.key_columns[at], "table-key-missing", {rules.key_columns[at]}));
        out.control_id.append(at == 0 ? ":" : "|").append(value);
    }
    for (const auto column : places.patients) {
        const auto& value = cells[column].text;
        if (!value.empty() && std::find(out.order_keys.begin(), out.order_keys.end(), value) == out.order_keys.end())
            out.order_keys.push_back(value);
    }
    return out;
}

} // namespace huitong::adapters::sql
