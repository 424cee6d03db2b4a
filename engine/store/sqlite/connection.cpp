#include "store/sqlite/connection.hpp"

namespace huitong::store {
namespace {

[[noreturn]] void fail(sqlite3* database) {
    throw StoreFailure(database ? sqlite3_extended_errcode(database) : SQLITE_NOMEM, database ? sqlite3_errmsg(database) : "out of memory");
}

constexpr int kCheckpointPages = 4'000; ///< of the log, 8 KB each
constexpr int kLogPagesMax = 8'000;
constexpr int kLogBytesKept = 32 * 1024 * 1024;
constexpr int kRestartWaitMs = 50, kBusyWaitMs = 5'000;

/// A passive checkpoint starts the log anew only when nobody reads from it at that moment, and under load somebody always does: beyond a
/// bound the writer waits for those who read now. Who reads for long (a backup) is not waited for again at once.
int keep_log_short(void* next_restart, sqlite3* database, const char* name, int pages) {
    auto& next = *static_cast<int*>(next_restart);
    if (pages < kCheckpointPages) return SQLITE_OK;
    if (pages < kLogPagesMax) next = kLogPagesMax;
    const bool restart = pages >= next;
    if (restart) {
        next = pages + kCheckpointPages;
        sqlite3_busy_timeout(database, kRestartWaitMs);
    }
    sqlite3_wal_checkpoint_v2(database, name, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    if (restart) sqlite3_busy_timeout(database, kBusyWaitMs);
    return SQLITE_OK; // what could not be written back stays in the log
}

} // namespace

Outcome failure_outcome(const StoreFailure& failure) {
    if (failure.disk_full()) return huitong::fatal(IssueCode::no_store, "", "store-full");
    const auto code = failure.is_of_medium() ? IssueCode::transient : IssueCode::exception;
    return huitong::fatal(code, "", "store-failed", {std::to_string(failure.code)});
}

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
    sqlite3_busy_timeout(database_, kBusyWaitMs);
    if (mode == OpenMode::writer) {
        execute("PRAGMA page_size=8192");
        execute("PRAGMA journal_mode=WAL");
        execute("PRAGMA synchronous=FULL");
        execute("PRAGMA secure_delete=ON"); // what was deleted or replaced does not stay in the file
        execute("PRAGMA cache_size=-65536");
        sqlite3_wal_hook(database_, keep_log_short, &next_restart_);
        execute(("PRAGMA journal_size_limit=" + std::to_string(kLogBytesKept)).c_str());
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

void Connection::end_by(std::optional<std::chrono::steady_clock::time_point> deadline) {
    constexpr int kStepsBetweenLooks = 10'000; // of SQLite's machine: some tenths of a millisecond
    if (!deadline) return sqlite3_progress_handler(database_, 0, nullptr, nullptr);
    deadline_ = *deadline;
    sqlite3_progress_handler(
        database_, kStepsBetweenLooks,
        [](void* end) { return std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(end) ? 1 : 0; },
        &deadline_);
}

bool Connection::cut_log() {
    sqlite3_busy_timeout(database_, kRestartWaitMs);
    const int code = sqlite3_wal_checkpoint_v2(database_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(database_, kBusyWaitMs);
    if (code == SQLITE_OK) return true;
    if (code == SQLITE_BUSY) return false;
    fail(database_);
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
