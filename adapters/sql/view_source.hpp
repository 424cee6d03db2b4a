/// A database view that is read again and again: pages of rows in the order of a time column, behind a mark that moves only after the rows
/// are durable.
///
/// A pass starts `overlap` before the mark, because transactions that began earlier commit later, and every `sweep_hours` a week before it,
/// because clocks go back; rows that were read before are known by their content. A row that was deleted is seen when the view shows it,
/// with a column that says so. Rows without a time or a key are never seen: `doctor` counts them.
#pragma once

#include "adapters/drop/poll.hpp"
#include "adapters/sql/row.hpp"
#include "adapters/sql/view_query.hpp"

#include <filesystem>

namespace huitong::adapters::sql {

struct ViewSettings {
    ConnectionSettings connection;
    ViewNames names;
    std::vector<std::string> patient_columns;
    RowRules rows;
    Reading reading;
    std::string start_at; ///< first time that is read, when there is no mark; "" = all
    std::size_t batch_rows = 500;
    std::int64_t overlap = 300, sweep = 7 * 86'400; ///< seconds; of a number so many
    std::uint32_t sweep_hours = 24;                 ///< 0: never
    int offset_minutes = 480;
    std::filesystem::path mark_file;
};
/// They are explained in docs/guides/feeds-sql.md.
ViewSettings read_view_settings(const feeds::FeedSettings& settings);

/// Issues of its `fetch`: those of odbc.hpp; sql-settings, sql-column-missing, sql-key-not-unique. `clock` outlives the source.
std::unique_ptr<drop::Source> make_view_source(ViewSettings settings, const Clock& clock);

/// Connects, reads the columns, counts the rows that no page shows; see feeds::Adapter::probe.
Outcome probe_view(const ViewSettings& settings);

} // namespace huitong::adapters::sql
