/// Index rows of one version into the tables. Used by the writer inside its transaction.
#pragma once

#include "store/rows.hpp"
#include "store/sqlite/symbols.hpp"
#include "store/store.hpp"

namespace huitong::store {

/// The row id of a patient's compartment, made on first use; 0 for "".
std::int64_t intern_patient(Connection& writer, const std::string& patient_id);

void write_rows(Connection& writer, Symbols& symbols, const std::string& type, const IndexRows& rows, VersionKey vid);

/// Symbol texts of units: "system|unit" as written, "=unit" canonical.
inline std::string written_unit(const std::string& system, const std::string& unit) { return system + '|' + unit; }
inline std::string canonical_unit(const std::string& unit) { return '=' + unit; }

} // namespace huitong::store
