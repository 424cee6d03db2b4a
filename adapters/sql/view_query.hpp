/// The queries of a view feed as text. Pure. Names come from the configuration and are quoted, values are bound parameters.
#pragma once

#include "base/outcome.hpp"

#include <vector>

namespace huitong::adapters::sql {

/// What differs between databases: how the number of rows is limited.
enum class RowLimit : std::uint8_t { limit, fetch_first, top, none };
/// By the product's name as its driver gives it; `none` for those we do not know: the driver is asked to stop instead.
RowLimit row_limit_of(std::string_view product);

struct ViewNames {
    std::string view; ///< "v_results" or "lis.v_results"
    std::string time_column;
    std::vector<std::string> key_columns;
    std::vector<std::string> columns; ///< empty: all
    std::string quote = "\"";         ///< "": names are written as they are
};

/// True when a name cannot end its quotes or the statement.
bool is_plain_name(std::string_view name);

/// No row, but the columns.
std::string describe_query(const ViewNames& names);
/// Rows behind a time and a key, in their order: parameters are the time, the time again, then for keys k1 … kn: k1; k1, k2; … each prefix
/// of equal keys and the greater one (see `page_parameters`). `behind`: Nothing = from the first row that has a time; time = from that time
/// on, itself included; row = behind that row.
enum class Behind : std::uint8_t { nothing, time, row };
std::string page_query(const ViewNames& names, Behind behind, RowLimit limit, std::size_t rows);
/// Indexes of the values (0 = time, 1 … n = keys) that the parameters of `page_query` take, in order.
std::vector<std::size_t> page_parameters(std::size_t keys, Behind behind);
/// How many rows no page ever shows: without a time, or without a key.
std::string unseen_query(const ViewNames& names);

} // namespace huitong::adapters::sql
