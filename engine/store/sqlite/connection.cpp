#include "store/sqlite/connection.hpp"

namespace huitong::store {
namespace {

[[noreturn]] void fail(sqlite3* database) {
    throw StoreFailure(database ? sqlite3_extended_errcode(database) : SQLITE_NOMEM, database ? sqlite3_errmsg(database) : "out of memory");
}

} // namespace

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    fail(database_);
}

std::string_view Statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes ? std::string_view(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string_view();
}

Connection::Connection(const std::string& file, OpenMode mode) {
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (mode == OpenMode::writer ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(file.c_str(), &database_, flags, nullptr) != SQLITE_OK) {
        const StoreFailure failure(database_ ? sqlite3_extended_errcode(database_) : SQLITE_NOMEM, "cannot open the database");
        sqlite3_close_v2(database_);
        throw failure;
    }
    sqlite3_extended_result_codes(database_, 1);
    sqlite3_busy_timeout(database_, 5'000);
    if (mode == OpenMode::writer) {
        execute("PRAGMA page_size=8192");
        execute("PRAGMA journal_mode=WAL");
        execute("PRAGMA synchronous=FULL");
        execute("PRAGMA cache_size=-65536");
        execute("PRAGMA wal_autocheckpoint=4000");
    } else {
        sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        execute("PRAGMA wal_autocheckpoint=0");
        if (mode == OpenMode::reader) execute("PRAGMA query_only=1");
        execute("PRAGMA cache_size=-8192");
        execute("PRAGMA mmap_size=1073741824");
    }
}

Connection::~Connection() {
    for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
    sqlite3_close_v2(database_);
}

Statement Connection::prepare(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement && sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) fail(database_);
    return Statement(database_, statement);
}

void Connection::execute(const char* sql) {
    if (sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(database_);
}

} // namespace huitong::store
