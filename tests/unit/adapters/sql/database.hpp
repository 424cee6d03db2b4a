/// A SQLite database in a fresh folder that tests write with SQLite itself and the adapter reads through unixODBC and the SQLite driver.
#pragma once

#include "adapters/sql/view_source.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

namespace huitong::adapters::sql::tests {

class Database {
public:
    Database() : file_((folder_.path() / "lis.db").string()) {
        sqlite3_open(file_.c_str(), &handle_);
        run("CREATE TABLE r (k TEXT, n INTEGER, t TIMESTAMP, v TEXT)");
        run("CREATE VIEW v_results AS SELECT * FROM r");
    }
    ~Database() { sqlite3_close(handle_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void run(const std::string& text) {
        char* failure = nullptr;
        const auto code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, &failure);
        BOOST_REQUIRE_MESSAGE(code == SQLITE_OK, (failure ? failure : "") << " in " << text);
    }
    void add(const std::string& key, int number, const std::string& time, const std::string& value) {
        run("INSERT INTO r VALUES ('" + key + "', " + std::to_string(number) + ", '" + time + "', '" + value + "')");
    }

    feeds::FeedSettings feed() const {
        feeds::FeedSettings out;
        out.name = "lis";
        out.settings = {{"connection", "Driver=SQLite3;Database=" + file_ + ";Timeout=2000"},
                        {"view", "v_results"},
                        {"table", "results"},
                        {"time_column", "t"},
                        {"key_columns", "k,n"},
                        {"patient_column", "k"},
                        {"batch_rows", "2"},
                        {"poll_ms", "20"},
                        {"retry_first_ms", "20"},
                        {"mark_file", mark_file().string()}};
        return out;
    }
    std::filesystem::path mark_file() const { return folder_.path() / "feeds/lis.mark"; }
    const std::string& file() const { return file_; }

private:
    adapters::tests::TemporaryFolder folder_;
    std::string file_;
    sqlite3* handle_ = nullptr;
};

/// False, with words, when the driver is not installed (scripts/setup installs it).
inline bool has_driver() {
    ConnectionSettings settings;
    settings.text = "Driver=SQLite3;Database=:memory:";
    const bool is_there = Connection::open(settings).has_value();
    if (!is_there) BOOST_TEST_MESSAGE("skipped: no SQLite ODBC driver here");
    return is_there;
}

/// Last cells of the rows of a haul, one after the other.
inline std::string values_of(const drop::Haul& haul) {
    std::string out;
    for (std::size_t at = 0; at < haul.contents.count; ++at) {
        const auto bytes = haul.contents.message(at).bytes;
        const auto comma = bytes.rfind(',');
        out += bytes.substr(comma + 1, bytes.size() - comma - 2);
    }
    return out;
}

/// Hauls until nothing more comes at once, each kept; "ab|c" for two pages.
inline std::string read_pass(drop::Source& source) {
    std::string out;
    for (;;) {
        const auto haul = source.fetch({});
        BOOST_REQUIRE_MESSAGE(haul.has_value(), (haul.has_error() ? haul.error().leading()->rule : ""));
        out += values_of(*haul);
        BOOST_REQUIRE(source.keep({}, {}).empty());
        if (!haul->more) return out;
        out += "|";
    }
}

} // namespace huitong::adapters::sql::tests
