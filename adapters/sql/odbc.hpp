/// ODBC as this hub uses it: one connection that only reads, statements with bound parameters, cells as text. Over unixODBC, so that the
/// driver of any database serves; nothing here knows one.
/// Thread: a connection and its statements belong to one thread; only `cancel` may come from another. Source: ODBC 3.8 (ISO/IEC 9075-3).
#pragma once

#include "base/charset.hpp"
#include "base/outcome.hpp"

#include <memory>
#include <stop_token>
#include <vector>

namespace huitong::adapters::sql {

struct ConnectionSettings {
    std::string text;          ///< "DSN=lis" or "Driver=SQLite3;Database=…"; without secrets
    std::string user;          ///< "": as the text says
    std::string password_file; ///< its first line; "": none
    std::uint32_t connect_timeout_s = 10, query_timeout_s = 60;
};

struct Column {
    std::string name;
    std::int16_t type = 0; ///< SQL type as the driver describes it: parameters compared with the column are bound as it
    std::size_t size = 0;  ///< as described
    std::int16_t digits = 0;
};

struct Cell {
    std::string text; ///< UTF-8; at most `cell_bytes_max`, cut there
    bool is_null = false, too_long = false, undecodable = false;
};

/// How cells become text. No charset: the driver is asked for Unicode; with one: for its bytes, which are of that charset.
struct Reading {
    std::optional<Charset> charset;
    std::size_t cell_bytes_max = 1 << 20;
};

/// A value to compare with, as the text that the column itself gave.
struct Parameter {
    Column column;
    std::string text;
};

class Statement;

class Connection {
public:
    /// Issues: sql-driver (no such driver or data source here), sql-login, sql-unreachable, sql-timeout, sql-connect.
    static Result<std::unique_ptr<Connection>> open(const ConnectionSettings& settings);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs a query. `rows_max`: a hint to the driver. Issues: sql-query (what the database says), sql-timeout, sql-cut.
    Result<Statement> query(const std::string& text, const std::vector<Parameter>& parameters, std::size_t rows_max,
                            const std::stop_token& stop);
    std::string product() const;    ///< "PostgreSQL", "SQLite", "Oracle" …
    std::string quote_mark() const; ///< of identifiers; "" when the database has none

private:
    friend class Statement;
    struct Handles;
    explicit Connection(std::unique_ptr<Handles> handles);
    std::unique_ptr<Handles> handles_;
};

/// Rows of one query, read forward; the cursor closes with it.
class Statement {
public:
    explicit Statement(void* handle) : handle_(handle) {}
    Statement(Statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    /// Issue: sql-query.
    Result<std::vector<Column>> columns();
    /// False behind the last row. Issues: sql-query, sql-timeout, sql-cut.
    Result<bool> next();
    /// Cell of the current row, columns in order from 1. Issues: as of next.
    Result<Cell> cell(std::size_t column, const Reading& reading);

private:
    void* handle_;
};

} // namespace huitong::adapters::sql
