/// The logical model of a table that nobody has described yet, from its header and some rows, or from the DDL that made it; and a mapping
/// sheet with a row a column to be filled in. Pure; any thread.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::mapping {

struct TableColumn {
    std::string name;
    std::string form;  ///< what its cells look like: "date", "number", "code (4)", "text"; "" without rows
    std::string words; ///< comment of the DDL
    bool is_required = false;
};

struct TableModel {
    std::string name;  ///< of the model, a plain word: "CountyResult"
    std::string title; ///< in words
    std::vector<TableColumn> columns;
};

/// From a table as text in UTF-8: a header row and any number of rows, none of whose values are kept.
/// Issues: those of read_csv_table, table-column-twice.
Parsed<TableModel> model_of_table(std::string_view text, char separator);

/// From the first CREATE TABLE of a script; comments of columns are taken from COMMENT '…' and from COMMENT ON COLUMN.
/// Issue: table-no-ddl.
Parsed<TableModel> model_of_ddl(std::string_view script);

/// As StructureDefinition, kind logical, in the url space `base` ("https://hospital.example/fhir").
std::string write_table_model(const TableModel& model, std::string_view base);
/// The sheet to fill in: columns source, target, condition, code_map, note. See sheet.hpp.
std::string write_skeleton_sheet(const TableModel& model, std::string_view base);

} // namespace huitong::mapping
