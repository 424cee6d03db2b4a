#include "store/sqlite/schema.hpp"

namespace huitong::store {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE symbol(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE log(t INTEGER PRIMARY KEY, instant INTEGER NOT NULL, actor INTEGER NOT NULL, reason TEXT NOT NULL, message_id TEXT NOT NULL,
    last_version_key INTEGER NOT NULL, previous_hash BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX log_instant ON log(instant);
CREATE TABLE resource(rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, current INTEGER NOT NULL, UNIQUE(type, id));
CREATE TABLE version(vid INTEGER PRIMARY KEY, rid INTEGER NOT NULL, version INTEGER NOT NULL, type INTEGER NOT NULL,
    t_from INTEGER NOT NULL, t_to INTEGER NOT NULL,
    action INTEGER NOT NULL, meta_at INTEGER NOT NULL, codec INTEGER NOT NULL, size INTEGER NOT NULL, owner INTEGER NOT NULL, patient INTEGER NOT NULL,
    labels TEXT NOT NULL, generation INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX version_resource ON version(rid, version);
CREATE INDEX version_type ON version(type, vid) WHERE action < 2;
CREATE INDEX version_closed ON version(t_to) WHERE t_to < 9223372036854775807;
CREATE TABLE patient(id INTEGER PRIMARY KEY, patient TEXT NOT NULL UNIQUE);
CREATE TABLE tok(p INTEGER, code TEXT, system INTEGER, vid INTEGER, PRIMARY KEY(p, code, system, vid)) WITHOUT ROWID;
CREATE TABLE ref(p INTEGER, id TEXT, type INTEGER, vid INTEGER, PRIMARY KEY(p, id, type, vid)) WITHOUT ROWID;
CREATE TABLE dat(p INTEGER, low INTEGER, high INTEGER, vid INTEGER, PRIMARY KEY(p, low, high, vid)) WITHOUT ROWID;
CREATE INDEX dat_high ON dat(p, high);
CREATE TABLE qty(p INTEGER, unit INTEGER, low REAL, high REAL, value REAL, vid INTEGER, PRIMARY KEY(p, unit, low, high, vid)) WITHOUT ROWID;
CREATE TABLE str(p INTEGER, folded TEXT, exact TEXT, vid INTEGER, PRIMARY KEY(p, folded, exact, vid)) WITHOUT ROWID;
CREATE TABLE uri(p INTEGER, uri TEXT, vid INTEGER, PRIMARY KEY(p, uri, vid)) WITHOUT ROWID;
CREATE TABLE timeline(patient INTEGER, type INTEGER, code TEXT, system INTEGER, low INTEGER, high INTEGER, vid INTEGER,
    PRIMARY KEY(patient, type, code, system, low, high, vid)) WITHOUT ROWID;
CREATE TABLE compartment(patient INTEGER, type INTEGER, vid INTEGER, PRIMARY KEY(patient, type, vid)) WITHOUT ROWID;
CREATE TABLE precedence(source INTEGER, key TEXT, rank INTEGER NOT NULL, source_time INTEGER NOT NULL, PRIMARY KEY(source, key)) WITHOUT ROWID;
CREATE TABLE fact(name TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY(name, key)) WITHOUT ROWID;
CREATE TABLE dictionary(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
PRAGMA user_version=1;
)sql";

} // namespace

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
