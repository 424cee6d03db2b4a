/// What a store has on the disk, looked at and changed behind its back.
#pragma once

#include "unit/store/fixture.hpp"

#include <sqlite3.h>

#include <fstream>

namespace huitong::tests {

inline void execute(const std::filesystem::path& folder, const std::string& sql) {
    sqlite3* database = nullptr;
    BOOST_REQUIRE(sqlite3_open((folder / "huitong.db").c_str(), &database) == SQLITE_OK);
    BOOST_TEST(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
}

/// The one number that a query gives.
inline std::int64_t number_of(const std::filesystem::path& folder, const std::string& sql) {
    sqlite3* database = nullptr;
    BOOST_REQUIRE(sqlite3_open((folder / "huitong.db").c_str(), &database) == SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    BOOST_REQUIRE(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK);
    BOOST_REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
    const auto out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return out;
}

/// Whether bytes stand anywhere in the files of a folder.
inline bool is_on_disk(const std::filesystem::path& folder, const std::string& text) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        if (bytes.find(text) != std::string::npos) return true;
    }
    return false;
}

} // namespace huitong::tests
