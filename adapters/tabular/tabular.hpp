/// Table feeds: CSV or TSV files dropped by a front-end server, every row one message, every column a string.
///
/// Settings: `drop` = folder (*.csv, *.tsv, *.txt), `charset` = auto | name, `separator` = auto | tab | one character, `table` = name
/// (default: the file's stem), `key_columns` = columns that name a row, `patient_column` = columns that name the patient, `poll_ms`. Tree:
/// root `Row` with a child for each filled cell, named by the header, and `_table`, `_line`. Spans count bytes of the row message. They are
/// explained in docs/guides/feeds-tables.md.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::tabular {

std::unique_ptr<feeds::Adapter> make_tabular_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock);

} // namespace huitong::adapters::tabular
