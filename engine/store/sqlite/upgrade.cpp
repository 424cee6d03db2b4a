/// Older databases brought to the present schema. Each step goes from one version to the next, all in one transaction: a directory is
/// either as it was or upgraded.
#include "store/sqlite/schema.hpp"
#include "store/sqlite/symbols.hpp"

#include <iterator>

namespace huitong::store {
namespace {

/// Rewrites texts that can be packed. `select` gives a key and a text, `update` takes the packed text and the key.
void pack_column(Connection& connection, const char* select, const char* update) {
    std::vector<std::pair<std::int64_t, std::string>> texts;
    {
        auto rows = connection.prepare(select);
        while (rows.step()) {
            if (!pack_text(rows.text(1)).empty()) texts.emplace_back(rows.integer(0), std::string(rows.text(1)));
        }
    }
    for (const auto& [key, text] : texts) {
        const PackedText packed(text);
        connection.prepare(update).bind(packed, key).run();
    }
}

/// 2 → 3: values that repeat are rows of sets (versions written before keep theirs, with the empty set of their type beside them); replaced
/// versions are found by `older`, current ones have t_to 0; ids and tokens are packed; dictionaries belong to types.
void to_sets(Connection& connection) {
    connection.execute(R"sql(
DROP INDEX version_resource;
DROP INDEX version_type;
DROP INDEX version_closed;
UPDATE version SET t_to = 0 WHERE t_to = 9223372036854775807;
CREATE INDEX version_closed ON version(t_to) WHERE t_to > 0;
CREATE TABLE older(rid INTEGER, version INTEGER, vid INTEGER NOT NULL, PRIMARY KEY(rid, version)) WITHOUT ROWID;
INSERT INTO older SELECT v.rid, v.version, v.vid FROM version v JOIN resource r ON r.rid = v.rid WHERE v.vid <> r.current;
CREATE TABLE tag_set(id INTEGER PRIMARY KEY, type INTEGER NOT NULL);
CREATE TABLE tag(set_id INTEGER, p INTEGER, term INTEGER, PRIMARY KEY(set_id, p, term)) WITHOUT ROWID;
CREATE TABLE tagged(set_id INTEGER, vid INTEGER, PRIMARY KEY(set_id, vid)) WITHOUT ROWID;
CREATE TABLE type_count(type INTEGER PRIMARY KEY, versions INTEGER NOT NULL);
INSERT INTO type_count SELECT type, count(*) FROM version WHERE action < 2 GROUP BY type;
INSERT INTO tag_set(type) SELECT type FROM type_count;
INSERT INTO tagged SELECT s.id, v.vid FROM version v JOIN tag_set s ON s.type = v.type WHERE v.action < 2;
ALTER TABLE dictionary ADD COLUMN type INTEGER NOT NULL DEFAULT 0;
CREATE TABLE new_resource(rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id NOT NULL, version INTEGER NOT NULL, current INTEGER NOT NULL, UNIQUE(type, id));
INSERT INTO new_resource SELECT * FROM resource;
DROP TABLE resource;
ALTER TABLE new_resource RENAME TO resource;
CREATE TABLE new_term(kind INTEGER, text, system INTEGER, id INTEGER NOT NULL, PRIMARY KEY(kind, text, system)) WITHOUT ROWID;
INSERT INTO new_term SELECT * FROM term;
DROP TABLE term;
ALTER TABLE new_term RENAME TO term;
CREATE TEMP TABLE term_place AS SELECT id, kind, text, system FROM term WHERE kind = 1;
)sql");
    pack_column(connection, "SELECT rid, id FROM resource", "UPDATE resource SET id = ? WHERE rid = ?");
    pack_column(connection, "SELECT rowid, text FROM term_place",
                "UPDATE term SET text = ?1 WHERE (kind, text, system) = (SELECT kind, text, system FROM term_place WHERE rowid = ?2)");
    connection.execute("DROP TABLE term_place; PRAGMA user_version=3;");
}

/// 3 → 4: the text index, empty; it is filled beside the work.
void to_words(Connection& connection) {
    connection.execute(R"sql(
CREATE TABLE word(block INTEGER, word TEXT, places BLOB NOT NULL, PRIMARY KEY(block, word)) WITHOUT ROWID;
PRAGMA user_version=4;
)sql");
}

/// 4 → 5: codes and their times over all patients, empty; filled beside the work. What belongs to no patient had no rows in the timeline:
/// its types are noted.
void to_occurrences(Connection& connection) {
    connection.execute(R"sql(
CREATE TABLE occurrence(block INTEGER, type INTEGER, term INTEGER, entries BLOB NOT NULL, PRIMARY KEY(block, type, term)) WITHOUT ROWID;
INSERT INTO counter SELECT 'partly-timed ' || s.text, 1 FROM (SELECT DISTINCT type FROM version WHERE patient = 0 AND action < 2) v
    JOIN symbol s ON s.id = v.type;
PRAGMA user_version=5;
)sql");
}

/// 5 → 6: dates and numbers in segments.
void to_segments(Connection& connection) {
    static_assert(kSegmentVersions == 1U << 16U);
    connection.execute(R"sql(
CREATE TABLE new_dat(segment INTEGER, p INTEGER, at INTEGER, span INTEGER, vid INTEGER, PRIMARY KEY(segment, p, at, span, vid)) WITHOUT ROWID;
INSERT INTO new_dat SELECT vid >> 16, p, at, span, vid FROM dat ORDER BY 1, 2, 3, 4, 5;
DROP TABLE dat;
ALTER TABLE new_dat RENAME TO dat;
CREATE TABLE new_num(segment INTEGER, p INTEGER, unit INTEGER, value REAL, vid INTEGER, PRIMARY KEY(segment, p, unit, value, vid)) WITHOUT ROWID;
INSERT INTO new_num SELECT vid >> 16, p, unit, value, vid FROM num ORDER BY 1, 2, 3, 4, 5;
DROP TABLE num;
ALTER TABLE new_num RENAME TO num;
CREATE TABLE new_num_range(segment INTEGER, p INTEGER, unit INTEGER, low REAL, high REAL, vid INTEGER,
    PRIMARY KEY(segment, p, unit, low, high, vid)) WITHOUT ROWID;
INSERT INTO new_num_range SELECT vid >> 16, p, unit, low, high, vid FROM num_range ORDER BY 1, 2, 3, 4, 5, 6;
DROP TABLE num_range;
ALTER TABLE new_num_range RENAME TO num_range;
PRAGMA user_version=6;
)sql");
}

/// 6 → 7: long values of facts may be packed. Those that are there stay as they are.
void to_packed_facts(Connection& connection) { connection.execute("PRAGMA user_version=7"); }

constexpr int kOldest = 2;
constexpr void (*kSteps[])(Connection&) = {to_sets, to_words, to_occurrences, to_segments, to_packed_facts};
static_assert(kOldest + std::size(kSteps) == kSchemaVersion);

} // namespace

bool upgrade_schema(Connection& connection, int found) {
    if (found < kOldest || found >= kSchemaVersion) return false;
    connection.execute("BEGIN IMMEDIATE");
    try {
        for (int version = found; version < kSchemaVersion; ++version) kSteps[version - kOldest](connection);
        connection.execute("COMMIT");
    } catch (const StoreFailure&) {
        connection.execute("ROLLBACK");
        throw;
    }
    return true;
}

} // namespace huitong::store
