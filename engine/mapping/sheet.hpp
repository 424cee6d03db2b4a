/// A mapping sheet: a map of a table as a spreadsheet that its owners keep, compiled to FML.
///
/// Head (lines with #): `url`, `title`, `source` (url of the table's model), `about` (resource types that the row is about: they are
/// written anew; all others are created when absent). Columns: `source` (a column's name, a text in single quotes, or a FHIRPath expression
/// in parentheses with columns as `row.name`), `target` (`Patient.name.text`; `[label]` keeps two of one name apart), `condition`
/// (FHIRPath;
/// `$this` is the cell), `code_map` (url of a code map, or `male=M; female=F; unknown=*` for a code), `note`.
/// What every map must write (identifiers' systems, links, institutions, requests) is added; rules are named by the line of their row.
/// Form of the bundle: fhir-profiles/shared-record.md. Pure; any thread.
#pragma once

#include "fhir/definitions.hpp"

namespace huitong::mapping {

/// FML text. Issues, with file and line: sheet-head, sheet-target, sheet-identifier, sheet-column, sheet-link, sheet-code-map,
/// fml-unknown-element, fml-unknown-type, and those of read_csv_table.
Parsed<std::string> compile_sheet(std::string_view text, const std::string& file, const fhir::Definitions& definitions);

} // namespace huitong::mapping
