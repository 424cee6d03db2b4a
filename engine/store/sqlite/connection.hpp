/// A thin, typed layer over the SQLite C interface: one connection, its prepared statements, and values bound by position.
/// A failing SQLite call throws StoreFailure, which never leaves the room: the writer and the views turn it into an Outcome.
/// Thread: a Connection belongs to one thread at a time.
#pragma once

#include "base/outcome.hpp"
#include "store/sqlite/packed_text.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

namespace huitong::store {

struct StoreFailure : std::runtime_error {
    StoreFailure(int code_, const std::string& text) : std::runtime_error(text), code(code_) {}
    int code;
    bool is_late() const { return code == SQLITE_INTERRUPT; }
    /// A row's bytes do not open or unpack; the database itself may be well.
    bool is_damage() const { return code == SQLITE_AUTH || code == SQLITE_CORRUPT; }
    /// The disk or the machine, not what was to be written: the same write may pass later.
    bool is_of_medium() const {
        const int kind = code & 0xFF;
        return kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN || kind == SQLITE_READONLY || kind == SQLITE_NOMEM || kind == SQLITE_BUSY;
    }
    bool disk_full() const { return (code & 0xFF) == SQLITE_FULL; }
    bool sync_failed() const { return code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC; }
};

/// What a caller is told, of a write or of a read: what may pass later is `no-store` or `transient`.
Outcome failure_outcome(const StoreFailure& failure);

class Connection;

/// One use of a prepared statement: reset on destruction, so that it can be used again.
class Statement {
public:
    Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    /// Binds the arguments from position 1 on. Texts must live until the last step.
    template <class... Arguments>
    Statement& bind(const Arguments&... arguments) {
        int position = 0;
        (bind_one(++position, arguments), ...);
        return *this;
    }
    void bind_one(int position, std::int64_t value) { sqlite3_bind_int64(statement_, position, value); }
    void bind_one(int position, std::uint64_t value) { sqlite3_bind_int64(statement_, position, static_cast<std::int64_t>(value)); }
    void bind_one(int position, std::uint32_t value) { sqlite3_bind_int64(statement_, position, value); }
    void bind_one(int position, int value) { sqlite3_bind_int64(statement_, position, value); }
    void bind_one(int position, double value) { sqlite3_bind_double(statement_, position, value); }
    void bind_one(int position, std::string_view value) {
        sqlite3_bind_text(statement_, position, value.data() ? value.data() : "", static_cast<int>(value.size()), SQLITE_STATIC);
    }
    void bind_one(int position, const std::string& value) { bind_one(position, std::string_view(value)); }
    void bind_one(int position, const PackedText& value) {
        if (value.is_packed()) bind_blob(position, value.bytes());
        else bind_one(position, value.bytes());
    }
    void bind_blob(int position, std::string_view value) {
        sqlite3_bind_blob64(statement_, position, value.data() ? value.data() : "", value.size(), SQLITE_STATIC);
    }

    /// True while there is a row.
    bool step();
    /// For statements without rows.
    void run() { step(); }
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
    std::uint64_t key(int column) const { return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column)); }
    double real(int column) const { return sqlite3_column_double(statement_, column); }
    bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
    /// Valid until the next step.
    std::string_view text(int column) const;
    /// A text that may have been packed.
    std::string unpacked(int column) const {
        return sqlite3_column_type(statement_, column) == SQLITE_BLOB ? unpack_text(text(column)) : std::string(text(column));
    }

private:
    sqlite3* database_;
    sqlite3_stmt* statement_;
};

enum class OpenMode : std::uint8_t {
    writer,
    reader,
    copier, ///< a reader that may write another file (VACUUM INTO)
};

class Connection {
public:
    /// Opens the database file. Exactly one writer per store both writes and checkpoints; readers never do
    /// (SQLite 3.40.1 can lose a reset WAL when two connections checkpoint).
    Connection(const std::string& file, OpenMode mode);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// `sql` must be a literal: statements are kept by its address.
    Statement prepare(const char* sql);
    void execute(const char* sql);
    /// Of the writer: writes the log back and cuts it. False: a reader holds it; it is not waited for longer than some 50 ms.
    bool cut_log();
    /// Statements that are under way at that instant, or begin later, fail with SQLITE_INTERRUPT; nullopt: none does.
    void end_by(std::optional<std::chrono::steady_clock::time_point> deadline);
    /// Rows that the last INSERT, UPDATE or DELETE touched.
    std::uint64_t changes() const { return static_cast<std::uint64_t>(sqlite3_changes(database_)); }

private:
    sqlite3* database_ = nullptr;
    std::chrono::steady_clock::time_point deadline_;
    int next_restart_ = 0; ///< of the writer: pages of the log at which it is started anew
    std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

} // namespace huitong::store
