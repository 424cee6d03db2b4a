#include "store/sqlite/schema.hpp"

namespace huitong::store {
namespace {

// docs/formats/store.md describes the tables.
constexpr const char* kTables = R"sql(
CREATE TABLE symbol(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE log(t INTEGER PRIMARY KEY, instant INTEGER NOT NULL, actor INTEGER NOT NULL, reason TEXT NOT NULL, message_id TEXT NOT NULL,
    last_version_key INTEGER NOT NULL, previous_hash BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX log_instant ON log(instant);
CREATE TABLE resource(rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id NOT NULL, version INTEGER NOT NULL, current INTEGER NOT NULL, UNIQUE(type, id));
CREATE TABLE version(vid INTEGER PRIMARY KEY, rid INTEGER NOT NULL, version INTEGER NOT NULL, type INTEGER NOT NULL,
    t_from INTEGER NOT NULL, t_to INTEGER NOT NULL,
    action INTEGER NOT NULL, meta_at INTEGER NOT NULL, codec INTEGER NOT NULL, size INTEGER NOT NULL, owner INTEGER NOT NULL, patient INTEGER NOT NULL,
    labels TEXT NOT NULL, generation INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX version_closed ON version(t_to) WHERE t_to > 0;
CREATE TABLE older(rid INTEGER, version INTEGER, vid INTEGER NOT NULL, PRIMARY KEY(rid, version)) WITHOUT ROWID;
CREATE TABLE tag_set(id INTEGER PRIMARY KEY, type INTEGER NOT NULL);
CREATE TABLE tag(set_id INTEGER, p INTEGER, term INTEGER, PRIMARY KEY(set_id, p, term)) WITHOUT ROWID;
CREATE TABLE tagged(set_id INTEGER, vid INTEGER, PRIMARY KEY(set_id, vid)) WITHOUT ROWID;
CREATE TABLE type_count(type INTEGER PRIMARY KEY, versions INTEGER NOT NULL);
CREATE TABLE term(kind INTEGER, text, system INTEGER, id INTEGER NOT NULL, PRIMARY KEY(kind, text, system)) WITHOUT ROWID;
CREATE TABLE val(p INTEGER, term INTEGER, vid INTEGER, PRIMARY KEY(p, term, vid)) WITHOUT ROWID;
CREATE TABLE ref(p INTEGER, rid INTEGER, vid INTEGER, PRIMARY KEY(p, rid, vid)) WITHOUT ROWID;
CREATE TABLE dat(segment INTEGER, p INTEGER, at INTEGER, span INTEGER, vid INTEGER, PRIMARY KEY(segment, p, at, span, vid)) WITHOUT ROWID;
CREATE TABLE num(segment INTEGER, p INTEGER, unit INTEGER, value REAL, vid INTEGER, PRIMARY KEY(segment, p, unit, value, vid)) WITHOUT ROWID;
CREATE TABLE num_range(segment INTEGER, p INTEGER, unit INTEGER, low REAL, high REAL, vid INTEGER,
    PRIMARY KEY(segment, p, unit, low, high, vid)) WITHOUT ROWID;
CREATE TABLE timeline(patient INTEGER, type INTEGER, term INTEGER, low INTEGER, span INTEGER, vid INTEGER,
    PRIMARY KEY(patient, type, term, low, span, vid)) WITHOUT ROWID;
CREATE TABLE occurrence(block INTEGER, type INTEGER, term INTEGER, entries BLOB NOT NULL, PRIMARY KEY(block, type, term)) WITHOUT ROWID;
CREATE TABLE compartment(patient INTEGER, type INTEGER, vid INTEGER, PRIMARY KEY(patient, type, vid)) WITHOUT ROWID;
CREATE TABLE word(block INTEGER, word TEXT, places BLOB NOT NULL, PRIMARY KEY(block, word)) WITHOUT ROWID;
CREATE TABLE label(label INTEGER, vid INTEGER, PRIMARY KEY(label, vid)) WITHOUT ROWID;
CREATE TABLE precedence(source INTEGER, key TEXT, rank INTEGER NOT NULL, source_time INTEGER NOT NULL, PRIMARY KEY(source, key)) WITHOUT ROWID;
CREATE TABLE fact(name TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY(name, key)) WITHOUT ROWID;
CREATE TABLE dictionary(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, type INTEGER NOT NULL DEFAULT 0);
PRAGMA user_version=7;
)sql";

} // namespace

std::vector<std::string> split_labels(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(' ');
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

int prepare_schema(Connection& connection) {
    int found = 0;
    {
        auto statement = connection.prepare("PRAGMA user_version");
        if (statement.step()) found = static_cast<int>(statement.integer(0));
    }
    if (found != 0) return found;
    connection.execute("BEGIN IMMEDIATE");
    connection.execute(kTables);
    connection.execute("COMMIT");
    return kSchemaVersion;
}

} // namespace huitong::store
