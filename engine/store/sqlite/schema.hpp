/// The tables of a store. Everything that repeats is interned: types, parameters, systems, units and actors as symbols (few, in memory),
/// values of tokens, strings and URIs as terms, targets of references as resources (a row without versions when nobody wrote it yet).
/// Index rows are keyed by (type and parameter) first and end in the growing version key, so that equal values stay in order of time.
#pragma once

#include "store/sqlite/connection.hpp"

#include <vector>

namespace huitong::store {

constexpr int kSchemaVersion = 5;

/// Security labels as a version holds them: each followed by a blank.
std::vector<std::string> split_labels(std::string_view text);

/// Makes the tables of an empty database; returns the schema version found.
int prepare_schema(Connection& connection);
/// Brings an older database to kSchemaVersion, in one transaction; false when nobody knows how.
bool upgrade_schema(Connection& connection, int found);

} // namespace huitong::store
