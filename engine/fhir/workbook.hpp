/// The first sheet of a spreadsheet workbook (*.xlsx) as separated text. Workbooks are written by base/xlsx.hpp.
///
/// Read: cells as a person sees them where that is certain: texts, numbers to the fifteen digits that a spreadsheet keeps and with
/// the leading zeros of their format (00000000), booleans, and dates by their style (2026-11-20, 2026-11-20 08:45:00). A formula gives its
/// stored result. A row of the sheet is a line of the text, also when it is empty, so that a finding's line is the row. Source: ECMA-376
/// Part 1, §18.2 to §18.8 (SpreadsheetML). Pure; any thread.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>

namespace huitong::fhir {

/// By its first bytes: a zip archive.
bool is_workbook(std::string_view bytes);

/// As CSV in UTF-8. Issues, with `file`: workbook-unreadable, workbook-bytes (what it unpacks to is too much).
Parsed<std::string> read_workbook(std::string_view bytes, const std::string& file);

} // namespace huitong::fhir
