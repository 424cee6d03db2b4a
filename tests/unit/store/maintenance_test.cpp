// Copies while others write, and what a check finds.
#include "store/maintenance.hpp"
#include "unit/store/fixture.hpp"

#include <sqlite3.h>

#include <thread>

using namespace huitong;
using namespace huitong::tests;

namespace {

void execute(const std::filesystem::path& folder, const std::string& sql) {
    sqlite3* database = nullptr;
    BOOST_REQUIRE(sqlite3_open((folder / "huitong.db").c_str(), &database) == SQLITE_OK);
    BOOST_TEST(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
}

struct Fixture {
    ScratchFolder folder, target;
    std::shared_ptr<store::Store> store = open_in(folder.path());
    std::string directory = folder.path().string();
    std::string copy = (target.path() / "huitong.db").string();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(maintenance, Fixture)

BOOST_AUTO_TEST_CASE(a_copy_made_while_others_write_is_whole) {
    std::atomic<bool> done{false};
    std::thread writer([&] {
        for (int number = 0; !done; ++number)
            store->commit_and_wait(commit_of(
                {write_of("Patient", "p" + std::to_string(number)), write_of("Patient", "same", ",\"n\":" + std::to_string(number))}));
    });
    while (store->now() < 50) std::this_thread::yield();
    const auto before = store->now();
    const auto head = store::copy_database(directory, copy);
    const auto after = store->now();
    done = true;
    writer.join();
    BOOST_REQUIRE(head);
    BOOST_TEST(head->t >= before);
    BOOST_TEST(head->t <= after);
    BOOST_TEST(store::check_database(target.path().string()).empty());
    const auto copied = open_in(target.path());
    BOOST_TEST(copied->now() == head->t);
    BOOST_TEST(copied->verify_log().empty());
    BOOST_TEST(copied->view()->all("Patient").size() == head->t + 1);
    BOOST_TEST((*copied->log(head->t - 1, 1)).front().hash == head->hash);
}

BOOST_AUTO_TEST_CASE(a_copy_never_replaces_a_file) {
    put(*store, write_of("Patient", "a"));
    BOOST_TEST(bool(store::copy_database(directory, copy)));
    BOOST_TEST(rule_of(store::copy_database(directory, copy).error()) == "store-file-exists");
    BOOST_TEST(rule_of(store::copy_database(target.path() / "nothing", copy + "2").error()) == "store-directory");
}

BOOST_AUTO_TEST_CASE(a_check_finds_versions_that_nobody_finds) {
    put(*store, write_of("Patient", "a"));
    put(*store, write_of("Patient", "a", ",\"n\":1"));
    BOOST_TEST(store::check_database(directory).empty());
    store.reset();
    for (const char* damage : {"DELETE FROM older", "UPDATE resource SET current = 0", "DELETE FROM tagged WHERE vid = 2"}) {
        ScratchFolder other;
        std::filesystem::copy(folder.path() / "huitong.db", other.path() / "huitong.db");
        execute(other.path(), damage);
        BOOST_TEST(rule_of(store::check_database(other.path().string())) == "store-inconsistent", damage);
    }
}

BOOST_AUTO_TEST_SUITE_END()
