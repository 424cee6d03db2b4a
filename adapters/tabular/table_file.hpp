/// A table file split into row messages, and a row message read back. Pure.
///
/// A row message is UTF-8 text of three parts: `#table NAME`, the header line, the row as it stood in the file. The line number is a
/// parameter of the media type ("text/csv;row;line=12"), not of the bytes: a nightly full export moves rows about, and an unchanged row
/// must stay a duplicate.
#pragma once

#include "adapters/drop/drop.hpp"

namespace huitong::adapters::tabular {

struct TableRules {
    feeds::SourceId source;
    std::string charset = "auto";
    char separator = '\0'; ///< '\0': found from the header line
    std::string table;     ///< "": the file's stem
    std::vector<std::string> key_columns, patient_columns;
};
TableRules read_table_rules(const feeds::FeedSettings& settings);

/// A file that cannot be trusted as a whole (no header, a configured column missing, an open quote) yields no messages and fails.
/// Issues: csv-no-header, csv-quote-open, table-column-missing, table-charset-mismatch (warning), charset-undecodable (warning).
/// Issues of a row, in its front check: csv-columns, table-key-missing.
drop::Contents split_table(drop::DropFile file, const TableRules& rules, Instant received_at);

/// The tree of a row message.
Parsed<fhir::DocumentPtr> read_row(const feeds::RawMessage& message, const TableRules& rules);

} // namespace huitong::adapters::tabular
