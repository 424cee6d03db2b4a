#include "store/maintenance.hpp"

#include "base/durable_file.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/directory_lock.hpp"
#include "store/sqlite/schema.hpp"

#include <unistd.h>

#include <filesystem>

namespace huitong::store {
namespace {

std::string database_file(const std::string& directory) { return directory + "/huitong.db"; }

Outcome outcome_of(const StoreFailure& failure, const char* rule) {
    if (failure.disk_full()) return fatal(IssueCode::no_store, "", "store-full");
    return fatal(IssueCode::exception, "", rule, {std::to_string(failure.code)});
}

LogHead read_head(Connection& connection) {
    auto row = connection.prepare("SELECT t, hash FROM log ORDER BY t DESC LIMIT 1");
    return row.step() ? LogHead{row.key(0), std::string(row.text(1))} : LogHead{};
}

Outcome inconsistent(std::string what) { return error(IssueCode::processing, "", "store-inconsistent", {std::move(what)}); }

/// A count that must be 0.
Outcome expect_none(Connection& connection, const char* sql, const char* what) {
    auto row = connection.prepare(sql);
    if (row.step() && row.integer(0) != 0) return inconsistent(std::to_string(row.integer(0)) + ' ' + what);
    return {};
}

Outcome check_rows(Connection& connection) {
    Outcome issues;
    issues.add(expect_none(connection,
                           "SELECT count(*) FROM version v JOIN resource r ON r.rid = v.rid WHERE v.vid <> r.current AND NOT EXISTS "
                           "(SELECT 1 FROM older o WHERE o.rid = v.rid AND o.version = v.version AND o.vid = v.vid)",
                           "versions are not found from their resource"));
    issues.add(expect_none(connection, "SELECT count(*) FROM version v LEFT JOIN resource r ON r.rid = v.rid WHERE r.rid IS NULL",
                           "versions have no resource"));
    issues.add(expect_none(connection,
                           "SELECT count(*) FROM resource r LEFT JOIN version v ON v.vid = r.current WHERE r.current > 0 AND "
                           "(v.rid IS NULL OR v.rid <> r.rid OR v.t_to > 0)",
                           "resources have no current version"));
    issues.add(expect_none(
        connection,
        "SELECT (SELECT count(*) FROM version WHERE action < 2 AND codec >= 0) - (SELECT count(*) FROM tagged t JOIN version v ON "
        "v.vid = t.vid JOIN tag_set s ON s.id = t.set_id AND s.type = v.type WHERE v.action < 2)",
        "versions are in no set of tags, or in two"));
    static_assert(kSegmentVersions == 1U << 16U);
    issues.add(
        expect_none(connection,
                    "SELECT (SELECT count(*) FROM dat WHERE segment <> vid >> 16) + (SELECT count(*) FROM num WHERE segment <> vid >> 16) "
                    "+ (SELECT count(*) FROM num_range WHERE segment <> vid >> 16)",
                    "dates and numbers stand in another segment than their version"));
    return issues;
}

} // namespace

Result<LogHead> copy_database(const std::string& directory, const std::string& file) {
    if (std::filesystem::exists(file)) return Outcome(error(IssueCode::duplicate, "", "store-file-exists", {file}));
    if (!std::filesystem::exists(database_file(directory))) return Outcome(error(IssueCode::exception, "", "store-directory"));
    try {
        Connection source(database_file(directory), OpenMode::copier);
        {
            auto copy = source.prepare("VACUUM INTO ?");
            copy.bind(file);
            copy.run();
        }
        const auto folder = std::filesystem::path(file).parent_path().string();
        if (!make_durable(file) || !make_durable(folder.empty() ? "." : folder))
            return Outcome(error(IssueCode::exception, "", "store-directory"));
        Connection made(file, OpenMode::reader);
        return read_head(made);
    } catch (const StoreFailure& failure) {
        return outcome_of(failure, "store-failed");
    }
}

Outcome check_database(const std::string& directory) {
    if (!std::filesystem::exists(database_file(directory))) return error(IssueCode::exception, "", "store-directory");
    try {
        Connection connection(database_file(directory), OpenMode::reader);
        {
            auto rows = connection.prepare("PRAGMA integrity_check(10)");
            Outcome issues;
            while (rows.step()) {
                if (rows.text(0) != "ok") issues.add(inconsistent(std::string(rows.text(0))));
            }
            if (!issues.empty()) return issues;
        }
        connection.execute("BEGIN");
        auto issues = check_rows(connection);
        connection.execute("COMMIT");
        return issues;
    } catch (const StoreFailure& failure) {
        return outcome_of(failure, "store-failed");
    }
}

Result<int> upgrade_database(const std::string& directory) {
    if (!std::filesystem::exists(database_file(directory))) return Outcome(error(IssueCode::exception, "", "store-directory"));
    const auto lock = DirectoryLock::take(directory, "");
    if (!lock) return lock.error();
    try {
        Connection writer(database_file(directory), OpenMode::writer);
        const int found = prepare_schema(writer);
        if (found == kSchemaVersion || upgrade_schema(writer, found)) return found;
        return Outcome(error(IssueCode::processing, "", "store-version", {std::to_string(found), std::to_string(kSchemaVersion)}));
    } catch (const StoreFailure& failure) {
        return outcome_of(failure, "store-damaged");
    }
}

Outcome drop_text_index(const std::string& directory) {
    if (!std::filesystem::exists(database_file(directory))) return {};
    const auto lock = DirectoryLock::take(directory, "");
    if (!lock) return lock.error();
    try {
        Connection writer(database_file(directory), OpenMode::writer);
        if (prepare_schema(writer) != kSchemaVersion) return {}; // whoever opens the store says so
        writer.execute("BEGIN IMMEDIATE; DELETE FROM word; DELETE FROM counter WHERE name = 'text'; COMMIT");
        writer.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        return {};
    } catch (const StoreFailure& failure) {
        return outcome_of(failure, "store-failed");
    }
}

Result<std::vector<std::pair<KeyNumber, std::uint64_t>>> count_keys(const std::string& directory) {
    if (!std::filesystem::exists(database_file(directory))) return Outcome(error(IssueCode::exception, "", "store-directory"));
    try {
        Connection connection(database_file(directory), OpenMode::reader);
        auto rows =
            connection.prepare("SELECT codec >> 16, count(*) FROM version WHERE codec >= 0 AND length(body) > 0 GROUP BY 1 ORDER BY 1");
        std::vector<std::pair<KeyNumber, std::uint64_t>> out;
        while (rows.step()) out.emplace_back(static_cast<KeyNumber>(rows.integer(0)), rows.key(1));
        return out;
    } catch (const StoreFailure& failure) {
        return outcome_of(failure, "store-failed");
    }
}

Result<std::shared_ptr<void>> hold_directory(const std::string& directory) {
    auto lock = DirectoryLock::take(directory, "");
    if (!lock) return lock.error();
    return std::shared_ptr<void>(std::make_shared<DirectoryLock>(std::move(*lock)));
}

int database_format() { return kSchemaVersion; }

} // namespace huitong::store
