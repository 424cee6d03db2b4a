/// The tables of a store. Texts that repeat (types, parameters, systems, units, actors) are interned in `symbol`; index rows are keyed by
/// (type and parameter) first and end in the growing version key, so that equal values stay in order of time.
#pragma once

#include "store/sqlite/connection.hpp"

namespace huitong::store {

constexpr int kSchemaVersion = 1;
/// t_to of a version that is still current.
constexpr std::int64_t kForever = INT64_MAX;

/// Makes the tables of an empty database; returns the schema version found.
int prepare_schema(Connection& connection);

} // namespace huitong::store
