#include "unit/adapters/sql/database.hpp"

#include "adapters/sql/sql.hpp"
#include "base/charset.hpp"

#include <fstream>

namespace huitong::adapters::sql::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;

namespace {

std::unique_ptr<drop::Source> source_of(const feeds::FeedSettings& feed) {
    static const SystemClock clock;
    return make_view_source(read_view_settings(feed), clock);
}

feeds::FeedSettings with(feeds::FeedSettings feed, const std::string& key, const std::string& value) {
    std::erase_if(feed.settings, [&](const auto& one) { return one.first == key; });
    feed.settings.emplace_back(key, value);
    return feed;
}

std::string rule_of(const Result<drop::Haul>& haul) { return haul ? "" : haul.error().leading()->rule; }

boost::test_tools::assertion_result needs_driver(boost::unit_test::test_unit_id) { return has_driver(); }

} // namespace

BOOST_AUTO_TEST_SUITE(view_source, *boost::unit_test::precondition(&needs_driver))

BOOST_AUTO_TEST_CASE(a_row_is_the_same_message_as_a_row_of_a_table_file) {
    Database database;
    database.add("P1", 7, "2026-11-20 08:00:00", "5,6");
    const auto haul = source_of(database.feed())->fetch({});
    BOOST_REQUIRE(haul.has_value());
    BOOST_REQUIRE_EQUAL(haul->contents.count, 1u);
    const auto message = haul->contents.message(0);
    BOOST_TEST(message.bytes == "#table results\nk,n,t,v\nP1,7,2026-11-20 08:00:00,\"5,6\"\n");
    BOOST_TEST(message.control_id == "results:P1|7");
    BOOST_REQUIRE_EQUAL(message.order_keys.size(), 1u);
    BOOST_TEST(message.order_keys[0] == "P1");
    const SystemClock clock;
    const auto tree = make_sql_adapter(database.feed(), Limits(), clock)->decode(message);
    BOOST_TEST(tree.value->root().text("v") == "5,6");
    BOOST_TEST(tree.value->root().text("_table") == "results");
}

BOOST_AUTO_TEST_CASE(equal_times_across_a_page_border_lose_and_double_nothing) {
    Database database;
    for (const char* value : {"a", "b", "c", "d", "e"}) database.add(value, 1, "2026-11-20 08:00:00", value);
    database.add("f", 1, "2026-11-20 08:00:01", "f");
    const auto source = source_of(database.feed());
    BOOST_TEST(read_pass(*source) == "ab|cd|ef");
    BOOST_TEST(read_pass(*source) == "||"); // what the overlap shows again is known
}

BOOST_AUTO_TEST_CASE(rows_of_one_key_are_never_cut_apart) {
    Database database;
    for (const char* value : {"a", "b", "c"}) database.add("same", 1, "2026-11-20 08:00:00", value);
    database.add("z", 1, "2026-11-20 08:00:01", "z");
    BOOST_TEST(rule_of(source_of(database.feed())->fetch({})) == "sql-key-not-unique");
    auto text = read_pass(*source_of(with(database.feed(), "batch_rows", "3")));
    std::sort(text.begin(), text.begin() + 3);
    BOOST_TEST(text == "abc|z");
}

BOOST_AUTO_TEST_CASE(a_haul_that_was_not_kept_comes_again) {
    Database database;
    for (const char* value : {"a", "b", "c"}) database.add(value, 1, "2026-11-20 08:00:00", value);
    const auto source = source_of(database.feed());
    BOOST_TEST(values_of(*source->fetch({})) == "ab");
    BOOST_TEST(values_of(*source->fetch({})) == "ab");
    BOOST_TEST(!std::filesystem::exists(database.mark_file()));
    BOOST_TEST(read_pass(*source) == "ab|c");
    BOOST_TEST(std::filesystem::exists(database.mark_file()));
}

BOOST_AUTO_TEST_CASE(the_overlap_finds_rows_of_transactions_that_committed_late) {
    Database database;
    database.add("a", 1, "2026-11-20 08:10:00", "a");
    const auto source = source_of(with(database.feed(), "sweep_hours", "0"));
    BOOST_TEST(read_pass(*source) == "a");
    database.add("b", 1, "2026-11-20 08:06:00", "b");
    database.add("c", 1, "2026-11-20 08:04:00", "c"); // six minutes back: the overlap is five
    BOOST_TEST(read_pass(*source) == "b");
}

BOOST_AUTO_TEST_CASE(a_sweep_finds_rows_of_a_clock_that_went_back) {
    Database database;
    database.add("a", 1, "2026-11-20 08:10:00", "a");
    BOOST_TEST(read_pass(*source_of(database.feed())) == "a");
    database.add("b", 1, "2026-11-20 03:00:00", "b");
    BOOST_TEST(read_pass(*source_of(database.feed())) == "ba"); // a start sweeps; the inbox knows `a`
}

BOOST_AUTO_TEST_CASE(a_sweep_whose_first_query_fails_is_made_with_the_next) {
    Database database;
    database.add("a", 1, "2026-11-20 08:10:00", "a");
    BOOST_TEST(read_pass(*source_of(database.feed())) == "a");
    database.add("b", 1, "2026-11-20 03:00:00", "b");
    const auto source = source_of(database.feed());
    database.run("DROP VIEW v_results");
    BOOST_TEST(!source->fetch({}).has_value());
    database.run("CREATE VIEW v_results AS SELECT * FROM r");
    BOOST_TEST(read_pass(*source) == "ba");
    database.add("c", 1, "2026-11-20 02:00:00", "c");
    BOOST_TEST(read_pass(*source) == ""); // a sweep that came to its end is over
}

BOOST_AUTO_TEST_CASE(a_mark_that_cannot_be_read_is_told_and_the_view_begins_at_its_start) {
    Database database;
    database.add("a", 1, "2026-11-20 08:10:00", "a");
    BOOST_TEST(read_pass(*source_of(database.feed())) == "a");
    std::ofstream(database.mark_file()) << "half a mar";
    const auto haul = source_of(database.feed())->fetch({});
    BOOST_REQUIRE(haul.has_value());
    BOOST_TEST(values_of(*haul) == "a");
    BOOST_TEST(haul->contents.issues.leading()->rule == "feed-mark-unreadable");
}

BOOST_AUTO_TEST_CASE(a_mistyped_year_is_taken_and_does_not_carry_the_mark_away) {
    Database database;
    database.add("a", 1, "2025-11-20 08:10:00", "a");
    database.add("b", 1, "2999-01-01 00:00:00", "b");
    const auto source = source_of(database.feed());
    BOOST_TEST(read_pass(*source) == "ab");
    database.add("c", 1, "2025-11-20 09:10:00", "c");
    BOOST_TEST(read_pass(*source) == "c|"); // the row of 2999 is seen again each time, and known
}

BOOST_AUTO_TEST_CASE(a_changed_row_and_a_deleted_one_are_new_rows) {
    Database database;
    database.add("a", 1, "2026-11-20 08:10:00", "old");
    const auto source = source_of(database.feed());
    BOOST_TEST(read_pass(*source) == "old");
    database.run("UPDATE r SET v = 'deleted', t = '2026-11-20 09:00:00'");
    BOOST_TEST(read_pass(*source) == "deleted");
}

BOOST_AUTO_TEST_CASE(bytes_of_the_declared_charset_become_their_characters) {
    Database database;
    const auto bytes = from_utf8("陈䶮", Charset::gb18030).value;
    database.add("a", 1, "2026-11-20 08:10:00", bytes);
    BOOST_TEST(read_pass(*source_of(with(database.feed(), "charset", "GBK"))) == "陈䶮");
    database.run("DELETE FROM r");
    database.add("b", 1, "2026-11-20 08:20:00", "陈䶮𠮷");
    BOOST_TEST(read_pass(*source_of(database.feed())) == "陈䶮𠮷"); // asked for Unicode
}

BOOST_AUTO_TEST_CASE(hostile_cells_are_told_and_hold_up_nobody) {
    Database database;
    database.run("INSERT INTO r VALUES ('big', 1, '2026-11-20 08:00:00', hex(zeroblob(60000)))");
    database.run("INSERT INTO r VALUES ('nul', 1, '2026-11-20 08:00:01', 'a' || char(0) || 'b')");
    database.add("ok", 1, "2026-11-20 08:00:02", "fine");
    auto feed = with(with(database.feed(), "cell_bytes_max", "1000"), "batch_rows", "10");
    const auto haul = source_of(with(feed, "charset", "UTF-8"))->fetch({});
    BOOST_REQUIRE(haul.has_value());
    BOOST_REQUIRE_EQUAL(haul->contents.count, 3u);
    const auto big = haul->contents.message(0);
    BOOST_TEST(big.front_check.leading()->rule == "sql-cell-bytes-max");
    BOOST_TEST(big.bytes.size() < 2'000u);
    static_cast<void>(haul->contents.message(1)); // SQLite's driver ends the text at the NUL; others give it
    BOOST_TEST(haul->contents.message(2).front_check.empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named_and_whose_side_it_is) {
    Database database;
    BOOST_TEST(rule_of(source_of(with(database.feed(), "time_column", "nowhere"))->fetch({})) == "sql-column-missing");
    BOOST_TEST(rule_of(source_of(with(database.feed(), "view", "v; DROP TABLE r"))->fetch({})) == "sql-settings");
    BOOST_TEST(rule_of(source_of(with(database.feed(), "connection", "Driver=NoSuchDriver"))->fetch({})) == "sql-driver");
    const auto no_view = source_of(with(database.feed(), "view", "nowhere"))->fetch({});
    BOOST_TEST((rule_of(no_view) == "sql-no-view" || rule_of(no_view) == "sql-query"));
    database.run("INSERT INTO r VALUES ('x', 1, NULL, 'never seen')");
    const auto looked = probe_view(read_view_settings(database.feed()));
    BOOST_TEST(looked.leading()->rule == "sql-rows-unseen");
    BOOST_TEST(looked.leading()->arguments[1] == "1");
}

BOOST_AUTO_TEST_CASE(rows_stay_with_the_database_until_the_inbox_keeps_them) {
    Database database;
    for (int number = 0; number < 5; ++number) database.add("p", number, "2026-11-20 08:00:00", std::to_string(number));
    const SystemClock clock;
    const auto adapter = make_sql_adapter(database.feed(), Limits(), clock);
    RememberingInbox full;
    full.stored = feeds::Disposition::refused; // as when the disk is full
    {
        Rehearsal rehearsal(*adapter, full);
        BOOST_TEST(Rehearsal::wait_for([&] { return full.taken().size() >= 4; })); // the first page, at least twice
        rehearsal.stop();
    }
    BOOST_TEST(!std::filesystem::exists(database.mark_file()));
    RememberingInbox inbox;
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return inbox.taken().size() >= 5; }));
    rehearsal.stop();
    BOOST_REQUIRE_EQUAL(inbox.taken().size(), 5u);
    BOOST_TEST(inbox.taken()[4].control_id == "results:p|4");
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_told_and_asked_again) {
    Database database;
    database.run("DROP VIEW v_results");
    const SystemClock clock;
    const auto adapter = make_sql_adapter(database.feed(), Limits(), clock);
    RememberingInbox inbox;
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return adapter->trouble().has_errors(); }));
    database.add("p", 1, "2026-11-20 08:00:00", "back");
    database.run("CREATE VIEW v_results AS SELECT * FROM r");
    BOOST_TEST(Rehearsal::wait_for([&] { return inbox.taken().size() == 1; }));
    BOOST_TEST(Rehearsal::wait_for([&] { return adapter->trouble().empty(); }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::sql::tests
