// Stores of older programs: refused until somebody asks for the upgrade, then all there as before.
#include "store/maintenance.hpp"
#include "unit/store/fixture.hpp"

#include <sqlite3.h>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kPatient = "0b9a1c52-7d10-4c3a-9f00-99010100000a";

struct OldStore {
    OldStore() {
        sqlite3* database = nullptr;
        BOOST_REQUIRE(sqlite3_open((folder.path() / "huitong.db").c_str(), &database) == SQLITE_OK);
        const auto sql = read_file(source_folder() / "tests/vectors/store/version-2.sql");
        BOOST_REQUIRE(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(database);
    }
    std::shared_ptr<store::Store> upgraded() const {
        const auto found = store::upgrade_database(folder.path().string());
        BOOST_REQUIRE(found);
        BOOST_TEST(*found == 2);
        BOOST_TEST(store::check_database(folder.path().string()).empty());
        return open_in(folder.path());
    }
    ScratchFolder folder;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(upgrades, OldStore)

BOOST_AUTO_TEST_CASE(an_older_store_is_refused_until_the_upgrade_is_asked_for) {
    store::StoreOptions options;
    options.directory = folder.path().string();
    const auto refused = store::open_store(options);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "store-version");
    BOOST_TEST(upgraded()->now() == 2u);
    // Once more changes nothing, and a store in use is left alone.
    BOOST_TEST(*store::upgrade_database(options.directory) == store::database_format());
    const auto store = open_in(folder.path());
    BOOST_TEST(rule_of(store::upgrade_database(options.directory).error()) == "store-locked");
}

BOOST_AUTO_TEST_CASE(versions_and_history_are_as_before) {
    const auto store = upgraded();
    const auto view = store->view();
    const auto observation = view->current({"Observation", "o1"});
    BOOST_REQUIRE((observation && *observation));
    BOOST_TEST((*observation)->version == 2u);
    BOOST_TEST((*observation)->body.find("\"value\":132") != std::string::npos);
    const auto first = view->version({"Observation", "o1"}, 1);
    BOOST_REQUIRE((first && *first));
    BOOST_TEST((*first)->body.find("\"value\":131") != std::string::npos);
    BOOST_TEST(view->history("Observation", "o1", {})->size() == 2u);
    BOOST_TEST(view->history("", "", {})->size() == 4u);
    BOOST_TEST((*view->current({"Patient", kPatient}))->key.id == kPatient);
    BOOST_TEST((*store->view({}, 1)->current({"Observation", "o1"}))->version == 1u);
    BOOST_TEST(store->verify_log().empty());
}

BOOST_AUTO_TEST_CASE(old_and_new_rows_are_found_together) {
    const auto store = upgraded();
    auto fresh = write_of("Observation", "o2");
    fresh.rows.tokens = {{"code", "http://loinc.org", "718-7"}, {"status", "", "final"}};
    fresh.rows.patient_id = kPatient;
    put(*store, fresh);
    auto view = store->view();
    BOOST_TEST(ids_of(*view, view->tokens("Observation", "code", "http://loinc.org", "718-7")) == "o1 o2");
    BOOST_TEST(ids_of(*view, view->tokens("Observation", "status", std::nullopt, "final")) == "o1 o2");
    BOOST_TEST(ids_of(*view, view->tokens("Patient", "identifier", std::nullopt, "1.2.156.990101.77")) == kPatient);
    BOOST_TEST(ids_of(*view, view->references("Observation", "subject", "Patient", kPatient)) == "o1");
    BOOST_TEST(ids_of(*view, view->compartment(kPatient, "Observation")) == "o1 o2");
    BOOST_TEST(ids_of(*view, view->all("Observation")) == "o1 o2");
    BOOST_TEST(ids_of(*view, view->dates("Observation", "date", store::Compare::ge, {0}, {0})) == "o1");
    BOOST_TEST(ids_of(*view, view->present("Observation", "value-quantity")) == "o1");
    BOOST_TEST(view->all("Basic").size() == 1u);
    put(*store, removal_of("Basic", "b1"));
    BOOST_TEST(store->view()->all("Basic").empty());
    BOOST_TEST(store->view()->count_all("Observation") == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
