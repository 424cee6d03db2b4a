#include "adapters/sql/odbc.hpp"

#include <sql.h>
#include <sqlext.h>

#include <fstream>

namespace huitong::adapters::sql {
namespace {

SQLCHAR* chars(const std::string& text) {
    // ODBC's C interface takes text that it does not change without const.
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str())); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

struct Diagnostic {
    std::string state, words;
};

/// The first record: what the driver or the database itself says.
Diagnostic diagnose(SQLSMALLINT kind, SQLHANDLE handle) {
    SQLCHAR state[6] = {};
    SQLCHAR words[512] = {};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    if (!SQL_SUCCEEDED(SQLGetDiagRec(kind, handle, 1, state, &native, words, sizeof words, &length))) return {"HY000", ""};
    return {reinterpret_cast<const char*>(state), reinterpret_cast<const char*>(words)};
}

/// What the database says may quote a value of the row that it stumbled over: beside the state only its kind of complaint is told.
Outcome query_outcome(SQLHSTMT handle) {
    const auto found = diagnose(SQL_HANDLE_STMT, handle);
    const std::string_view state = found.state;
    if (state == "HYT00" || state == "HYT01" || state == "HY008") return error(IssueCode::timeout, "", "sql-timeout", {found.state});
    if (state.starts_with("08")) return error(IssueCode::transient, "", "sql-cut", {found.state});
    if (state == "42S02" || state == "42P01") return error(IssueCode::not_found, "", "sql-no-view", {found.state});
    if (state == "42501") return error(IssueCode::forbidden, "", "sql-forbidden", {found.state});
    return error(IssueCode::processing, "", "sql-query", {found.state});
}

/// Words of a failed login hold no data of patients: they are told.
Outcome connect_outcome(SQLHDBC handle) {
    const auto found = diagnose(SQL_HANDLE_DBC, handle);
    const std::string_view state = found.state;
    if (state == "IM002" || state == "IM003" || state == "IM004" || state == "01000")
        return error(IssueCode::invalid, "", "sql-driver", {found.state, found.words});
    if (state.starts_with("28")) return error(IssueCode::login, "", "sql-login", {found.state, found.words});
    if (state == "HYT00" || state == "HYT01") return error(IssueCode::timeout, "", "sql-timeout", {found.state});
    if (state.starts_with("08")) return error(IssueCode::transient, "", "sql-unreachable", {found.state, found.words});
    return error(IssueCode::processing, "", "sql-connect", {found.state, found.words});
}

std::string first_line(const std::string& file) {
    std::ifstream in(file);
    std::string out;
    std::getline(in, out);
    return out;
}

/// A value of a connection string: in braces, a closing one doubled.
std::string braced(const std::string& text) {
    std::string out = "{";
    for (const char c : text) {
        out += c;
        if (c == '}') out += c;
    }
    return out + '}';
}

/// Little-endian code units of SQLWCHAR as UTF-8; a half of a pair becomes U+FFFD.
Parsed<std::string> from_wide(std::string_view bytes) { return to_utf8(bytes, Charset::utf16le); }

/// A driver without Unicode names gives bytes, which the driver manager widens one by one: they are put together again.
std::string column_name(const SQLWCHAR* name, std::size_t units) {
    std::string bytes;
    for (std::size_t at = 0; at < units && name[at] < 0x100; ++at) bytes += static_cast<char>(name[at]);
    if (bytes.size() == units) return is_utf8(bytes) ? bytes : to_utf8(bytes, Charset::gb18030).value;
    return from_wide({reinterpret_cast<const char*>(name), units * sizeof(SQLWCHAR)}).value;
}

} // namespace

struct Connection::Handles {
    SQLHENV environment = SQL_NULL_HENV;
    SQLHDBC connection = SQL_NULL_HDBC;
    std::uint32_t query_timeout_s = 0;
    bool is_connected = false;

    Handles() = default;
    Handles(const Handles&) = delete;
    Handles& operator=(const Handles&) = delete;
    ~Handles() {
        if (is_connected) SQLDisconnect(connection);
        if (connection != SQL_NULL_HDBC) SQLFreeHandle(SQL_HANDLE_DBC, connection);
        if (environment != SQL_NULL_HENV) SQLFreeHandle(SQL_HANDLE_ENV, environment);
    }

    std::string info(SQLUSMALLINT what) const {
        SQLCHAR text[128] = {};
        SQLSMALLINT length = 0;
        if (!SQL_SUCCEEDED(SQLGetInfo(connection, what, text, sizeof text, &length))) return {};
        return reinterpret_cast<const char*>(text);
    }
};

Connection::Connection(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionSettings& settings) {
    auto handles = std::make_unique<Handles>();
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &handles->environment);
    SQLSetEnvAttr(handles->environment, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_DBC, handles->environment, &handles->connection)))
        return Outcome(error(IssueCode::exception, "", "sql-driver", {"HY001", ""}));
    const auto set = [&](SQLINTEGER attribute, std::uint64_t value) { // best effort: not every driver knows every attribute
        SQLSetConnectAttr(handles->connection, attribute, reinterpret_cast<SQLPOINTER>(value), 0);
    };
    set(SQL_ATTR_LOGIN_TIMEOUT, settings.connect_timeout_s);
    set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
    auto text = settings.text;
    if (!settings.user.empty()) text += ";UID=" + braced(settings.user);
    if (!settings.password_file.empty()) text += ";PWD=" + braced(first_line(settings.password_file));
    SQLSMALLINT length = 0;
    const auto connected = SQLDriverConnect(handles->connection, nullptr, chars(text), SQL_NTS, nullptr, 0, &length, SQL_DRIVER_NOPROMPT);
    if (!SQL_SUCCEEDED(connected)) return connect_outcome(handles->connection);
    handles->is_connected = true;
    handles->query_timeout_s = settings.query_timeout_s;
    set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
    set(SQL_ATTR_CONNECTION_TIMEOUT, settings.query_timeout_s);
    return std::unique_ptr<Connection>(new Connection(std::move(handles)));
}

std::string Connection::product() const { return handles_->info(SQL_DBMS_NAME); }

std::string Connection::quote_mark() const {
    const auto mark = handles_->info(SQL_IDENTIFIER_QUOTE_CHAR);
    return mark == " " ? std::string() : mark;
}

Result<Statement> Connection::query(const std::string& text, const std::vector<Parameter>& parameters, std::size_t rows_max,
                                    const std::stop_token& stop) {
    SQLHSTMT handle = SQL_NULL_HSTMT;
    if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, handles_->connection, &handle)))
        return Outcome(error(IssueCode::transient, "", "sql-cut", {"HY000"}));
    Statement out(handle);
    SQLSetStmtAttr(handle, SQL_ATTR_QUERY_TIMEOUT, reinterpret_cast<SQLPOINTER>(std::uint64_t{handles_->query_timeout_s}), 0);
    if (rows_max > 0) SQLSetStmtAttr(handle, SQL_ATTR_MAX_ROWS, reinterpret_cast<SQLPOINTER>(rows_max), 0);
    std::vector<SQLLEN> lengths(parameters.size());
    for (std::size_t at = 0; at < parameters.size(); ++at) {
        const auto& [column, value] = parameters[at];
        lengths[at] = static_cast<SQLLEN>(value.size());
        const auto bound =
            SQLBindParameter(handle, static_cast<SQLUSMALLINT>(at + 1), SQL_PARAM_INPUT, SQL_C_CHAR, column.type,
                             std::max<SQLULEN>(column.size, value.size()), column.digits, chars(value), lengths[at], &lengths[at]);
        if (!SQL_SUCCEEDED(bound)) return query_outcome(handle);
    }
    const std::stop_callback interrupt(stop, [handle] { SQLCancel(handle); });
    if (const auto done = SQLExecDirect(handle, chars(text), SQL_NTS); !SQL_SUCCEEDED(done) && done != SQL_NO_DATA)
        return query_outcome(handle);
    return out;
}

Statement::~Statement() {
    if (handle_ != nullptr) SQLFreeHandle(SQL_HANDLE_STMT, handle_);
}

Result<std::vector<Column>> Statement::columns() {
    SQLSMALLINT count = 0;
    if (!SQL_SUCCEEDED(SQLNumResultCols(handle_, &count))) return query_outcome(handle_);
    std::vector<Column> out;
    for (SQLSMALLINT number = 1; number <= count; ++number) {
        SQLWCHAR name[256] = {};
        SQLSMALLINT length = 0, type = 0, digits = 0, nullable = 0;
        SQLULEN size = 0;
        const auto described =
            SQLDescribeColW(handle_, static_cast<SQLUSMALLINT>(number), name, std::size(name), &length, &type, &size, &digits, &nullable);
        if (!SQL_SUCCEEDED(described)) return query_outcome(handle_);
        const auto units = std::min<std::size_t>(static_cast<std::size_t>(length), std::size(name) - 1);
        out.push_back({column_name(name, units), type, size, digits});
    }
    return out;
}

Result<bool> Statement::next() {
    const auto fetched = SQLFetch(handle_);
    if (fetched == SQL_NO_DATA) return false;
    if (!SQL_SUCCEEDED(fetched)) return query_outcome(handle_);
    return true;
}

Result<Cell> Statement::cell(std::size_t column, const Reading& reading) {
    const bool is_wide = !reading.charset;
    const SQLSMALLINT wanted = is_wide ? SQL_C_WCHAR : SQL_C_CHAR;
    const std::size_t end_bytes = is_wide ? sizeof(SQLWCHAR) : 1; // each piece ends with a NUL
    Cell out;
    std::string bytes;
    char piece[16 * 1024];
    for (;;) {
        SQLLEN left = 0;
        const auto got = SQLGetData(handle_, static_cast<SQLUSMALLINT>(column), wanted, piece, sizeof piece, &left);
        if (got == SQL_NO_DATA) break;
        if (!SQL_SUCCEEDED(got)) return query_outcome(handle_);
        if (left == SQL_NULL_DATA) {
            out.is_null = true;
            return out;
        }
        const auto room = sizeof piece - end_bytes;
        const bool is_last = left != SQL_NO_TOTAL && static_cast<std::size_t>(left) <= room;
        bytes.append(piece, is_last ? static_cast<std::size_t>(left) : room);
        out.too_long = bytes.size() > reading.cell_bytes_max;
        if (out.too_long || is_last) break;
    }
    if (out.too_long) bytes.resize(reading.cell_bytes_max / 2 * 2);
    auto text = is_wide ? from_wide(bytes) : to_utf8(bytes, *reading.charset);
    out.undecodable = !text.issues.empty();
    out.text = std::move(text.value);
    return out;
}

} // namespace huitong::adapters::sql
