/// The rows of a hub's database, written again with nothing around: the limit of any store over this SQLite and this schema.
#include "bench/bench.hpp"

#include <sqlite3.h>
#include <sys/resource.h>

#include <map>
#include <stdexcept>

namespace huitong::bench {
namespace {

void execute(sqlite3* database, const std::string& sql) {
    if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database));
}

/// One row to insert, in the order in which the hub wrote it: by version, then by table.
struct Row {
    sqlite3_stmt* insert;
    std::vector<sqlite3_value*> values;
};

/// All rows of all tables, by the version that they belong to (rows of no version first).
std::multimap<std::int64_t, Row> read_rows(sqlite3* source, sqlite3* target) {
    std::multimap<std::int64_t, Row> rows;
    sqlite3_stmt* tables = nullptr;
    sqlite3_prepare_v2(source, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", -1, &tables, nullptr);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(tables, 0));
        sqlite3_stmt* select = nullptr;
        if (sqlite3_prepare_v2(source, ("SELECT * FROM " + name).c_str(), -1, &select, nullptr) != SQLITE_OK) continue;
        const int columns = sqlite3_column_count(select);
        int version_column = -1;
        std::string marks;
        for (int column = 0; column < columns; ++column) {
            marks += column ? ",?" : "?";
            if (std::string(sqlite3_column_name(select, column)) == "vid") version_column = column;
        }
        sqlite3_stmt* insert = nullptr;
        if (sqlite3_prepare_v2(target, ("INSERT INTO " + name + " VALUES(" + marks + ")").c_str(), -1, &insert, nullptr) != SQLITE_OK)
            throw std::runtime_error(sqlite3_errmsg(target));
        while (sqlite3_step(select) == SQLITE_ROW) {
            Row row{insert, {}};
            for (int column = 0; column < columns; ++column) row.values.push_back(sqlite3_value_dup(sqlite3_column_value(select, column)));
            const auto version = version_column < 0 ? 0 : sqlite3_column_int64(select, version_column);
            rows.emplace(version, std::move(row));
        }
        sqlite3_finalize(select);
    }
    sqlite3_finalize(tables);
    return rows;
}

void copy_schema(sqlite3* source, sqlite3* target) {
    sqlite3_stmt* statements = nullptr;
    sqlite3_prepare_v2(source, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rootpage", -1,
                       &statements, nullptr);
    while (sqlite3_step(statements) == SQLITE_ROW) execute(target, reinterpret_cast<const char*>(sqlite3_column_text(statements, 0)));
    sqlite3_finalize(statements);
}

/// User and system time of this process.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

} // namespace

int measure_sqlite(const Arguments& arguments) {
    const auto path = arguments.at(1) + "/bare.db";
    const auto resources = std::stoul(arguments.at(2));
    const auto per_commit = std::stoul(arguments.at(3));
    sqlite3 *source = nullptr, *target = nullptr;
    if (sqlite3_open_v2(arguments.at(0).c_str(), &source, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) return 1;
    if (sqlite3_open(path.c_str(), &target) != SQLITE_OK) return 1;
    for (const auto* pragma : {"page_size=8192", "journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "wal_autocheckpoint=4000"})
        execute(target, std::string("PRAGMA ") + pragma);
    copy_schema(source, target);
    const auto rows = read_rows(source, target);
    const auto start = Clock::now();
    const auto processor_start = processor_seconds();
    std::int64_t version = 0;
    std::size_t in_commit = 0;
    execute(target, "BEGIN IMMEDIATE");
    for (const auto& [of, row] : rows) {
        if (of != version && ++in_commit > per_commit) {
            execute(target, "COMMIT");
            execute(target, "BEGIN IMMEDIATE");
            in_commit = 1;
        }
        version = of;
        int column = 0;
        for (auto* value : row.values) sqlite3_bind_value(row.insert, ++column, value);
        if (sqlite3_step(row.insert) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(target));
        sqlite3_reset(row.insert);
    }
    execute(target, "COMMIT");
    const auto seconds = seconds_since(start);
    const auto processor_us = (processor_seconds() - processor_start) * 1e6 / static_cast<double>(resources);
    std::printf("{\"resources_per_second\":%.0f,\"rows\":%zu,\"seconds\":%.3f,\"processor_us\":%.1f}\n",
                static_cast<double>(resources) / seconds, rows.size(), seconds, processor_us);
    std::fflush(stdout);
    std::_Exit(0); // millions of values: the operating system frees them faster
}

} // namespace huitong::bench
