// Dates and numbers stand in segments of version keys: reads look into all that their view may see, an expunge into those it touches.
#include "store/maintenance.hpp"
#include "unit/store/database.hpp"

using namespace huitong;
using namespace huitong::tests;
using store::Compare;

namespace {

store::Write result_of(const std::string& id, double value, const std::string& unit, std::int64_t day) {
    auto write = write_of("Observation", id, R"(,"value":)" + std::to_string(value));
    write.rows.dates = {{"date", {day * kMicrosecondsPerDay}, {day * kMicrosecondsPerDay + 1}},
                        {"period", {day * kMicrosecondsPerDay}, {(day + 9) * kMicrosecondsPerDay}}};
    write.rows.quantities = {{.param = "value", .system = "local", .unit = unit, .low = value, .high = value},
                             {.param = "range", .low = value - 1, .high = value + 1}};
    return write;
}

/// `first` and `changed` are written, then some 200,000 versions later `changed` anew and `second`.
struct Fixture {
    Fixture() {
        {
            const auto store = open_in(folder.path());
            put(*store, result_of("first", 5, "mg", 100));
            put(*store, result_of("changed", 5, "mg", 100));
        }
        execute(folder.path(), "UPDATE log SET last_version_key = 200000 WHERE t = 2");
        store = open_in(folder.path());
        put(*store, result_of("changed", 6, "Stk", 101));
        put(*store, result_of("second", 5, "Stk", 100));
    }
    std::string dates(const std::string& param, std::int64_t day, store::LogTime t = 0) const {
        const auto view = store->view({}, t);
        return ids_of(*view,
                      view->dates("Observation", param, Compare::ge, {day * kMicrosecondsPerDay}, {(day + 1) * kMicrosecondsPerDay}));
    }
    std::string numbers(const std::string& param, const store::IndexView::Unit& unit = {}, store::LogTime t = 0) const {
        const auto view = store->view({}, t);
        return ids_of(*view, view->quantities("Observation", param, {Compare::ap, 5, 4.5, 5.5}, unit));
    }
    std::int64_t rows_of(const std::string& table) const { return number_of(folder.path(), "SELECT count(*) FROM " + table); }

    ScratchFolder folder;
    std::shared_ptr<store::Store> store;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(segments, Fixture)

BOOST_AUTO_TEST_CASE(rows_of_a_segment_stand_together) {
    BOOST_TEST(number_of(folder.path(), "SELECT count(DISTINCT segment) FROM dat") == 2);
    BOOST_TEST(number_of(folder.path(), "SELECT count(*) FROM num WHERE segment <> vid / 65536") == 0);
}

BOOST_AUTO_TEST_CASE(short_and_long_dates_are_found_in_all_segments) {
    BOOST_TEST(dates("date", 100) == "first changed second");
    BOOST_TEST(dates("date", 101) == "changed");
    BOOST_TEST(dates("period", 108) == "changed");
    BOOST_TEST(dates("period", 105) == "first changed second");
}

BOOST_AUTO_TEST_CASE(numbers_and_ranges_are_found_in_all_segments) {
    BOOST_TEST(numbers("value") == "first second");
    BOOST_TEST(numbers("value", {"", "Stk", false}) == "second");
    BOOST_TEST(numbers("value", {"", "mg", false}) == "first");
    BOOST_TEST(numbers("range") == "first changed second");
}

BOOST_AUTO_TEST_CASE(what_has_a_value_at_all_is_found_in_all_segments) {
    const auto view = store->view();
    for (const char* param : {"date", "period", "value", "range"})
        BOOST_TEST(ids_of(*view, view->present("Observation", param)) == "first changed second", param);
}

BOOST_AUTO_TEST_CASE(an_earlier_position_sees_the_segments_of_its_time) {
    BOOST_TEST(dates("date", 100, 2) == "first changed");
    BOOST_TEST(numbers("value", {}, 2) == "first changed");
    BOOST_TEST(numbers("value", {"", "Stk", false}, 2) == "");
}

BOOST_AUTO_TEST_CASE(the_keys_of_an_order_are_taken_from_all_segments) {
    const auto view = store->view();
    const auto keys = view->all("Observation");
    for (const char* param : {"date", "value", "range"}) {
        const auto found = view->sort_keys("Observation", param, keys, false);
        BOOST_REQUIRE(found.size() == 3u);
        BOOST_TEST((found[0] && found[1] && found[2]), param);
        BOOST_TEST((found[0] == found[2] && found[0] < found[1]), param); // changed, the second key, is the later and greater one
    }
}

BOOST_AUTO_TEST_CASE(a_check_finds_rows_in_a_segment_that_is_not_theirs) {
    store.reset();
    BOOST_TEST(store::check_database(folder.path().string()).empty());
    execute(folder.path(), "UPDATE num SET segment = segment + 1 WHERE vid = 1");
    BOOST_TEST(rule_of(store::check_database(folder.path().string())) == "store-inconsistent");
}

BOOST_AUTO_TEST_CASE(an_expunge_takes_the_rows_out_of_their_segments) {
    BOOST_TEST(rows_of("dat") == 12); // a period stands twice
    auto commit = commit_of({removal_of("Observation", "changed")});
    commit.expunges = {{{"Observation", "changed"}, true, true}};
    BOOST_TEST(must(store->commit_and_wait(std::move(commit))).expunged == 2u);
    BOOST_TEST(rows_of("dat") == 6);
    BOOST_TEST(rows_of("num") == 2);
    BOOST_TEST(rows_of("num_range") == 2);
    BOOST_TEST(dates("date", 0) == "first second");
}

BOOST_AUTO_TEST_SUITE_END()
