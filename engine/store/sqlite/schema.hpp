/// The tables of a store. Everything that repeats is interned: types, parameters, systems, units and actors as symbols (few, in memory),
/// values of tokens, strings and URIs as terms, targets of references as resources (a row without versions when nobody wrote it yet).
/// Index rows are keyed by (type and parameter) first, those of dates and numbers by segment before it, and end in the growing version key,
/// so that equal values stay in order of time.
#pragma once

#include "store/sqlite/connection.hpp"

#include <vector>

namespace huitong::store {

constexpr int kSchemaVersion = 7;

/// Dates and numbers of new versions may lie anywhere between those of old ones. Their tables are therefore sorted run by run: the rows of
/// so many version keys stand together, so that new rows change the few pages of the newest run however large the store is. Whoever reads
/// looks into every run.
constexpr std::uint64_t kSegmentVersions = 65'536;
constexpr std::uint64_t segment_of(std::uint64_t version_key) { return version_key / kSegmentVersions; }

/// Security labels as a version holds them: each followed by a blank.
std::vector<std::string> split_labels(std::string_view text);

/// Makes the tables of an empty database; returns the schema version found.
int prepare_schema(Connection& connection);
/// Brings an older database to kSchemaVersion, in one transaction; false when nobody knows how.
bool upgrade_schema(Connection& connection, int found);

} // namespace huitong::store
