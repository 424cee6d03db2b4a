// When a code was found, over all patients: blocks, what came after them, and what is in no patient's record.
#include "store/maintenance.hpp"
#include "store/sqlite/occurrences.hpp"
#include "unit/store/database.hpp"

using namespace huitong;
using namespace huitong::tests;
using store::Compare;
using store::kTextBlock;

namespace {

constexpr std::int64_t kDay = kMicrosecondsPerDay;

struct Fixture {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());
    std::vector<store::Write> writes;

    static store::Write result(const std::string& id, const std::string& patient, const std::string& code, std::int64_t day) {
        auto write = write_of("Observation", id, R"(,"day":)" + std::to_string(day));
        write.rows.tokens.push_back({"code", "loinc", code});
        write.rows.dates.push_back({"date", {day * kDay}, {day * kDay + 1}});
        write.rows.patient_id = patient;
        write.rows.timeline.push_back({patient, "loinc", code, {day * kDay}, {day * kDay + 1}});
        return write;
    }
    void add(const std::string& id, const std::string& patient, const std::string& code, std::int64_t day) {
        put(*store, result(id, patient, code, day));
    }
    /// Patients up to the key `last`.
    void fill(store::VersionKey last) {
        std::vector<store::Write> more;
        for (auto key = store->view()->newest_key() + 1; key <= last; ++key) more.push_back(write_of("Patient", "f" + std::to_string(key)));
        must(store->commit_and_wait(commit_of(std::move(more))));
    }
    std::int64_t tend() const {
        while (true) {
            const auto more = store->tend();
            BOOST_REQUIRE(more);
            if (!*more) return number_of(folder.path(), "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'occurrence'");
        }
    }
    std::string found(const std::string& code, Compare compare, std::int64_t day, store::CallerFilter filter = {}, store::LogTime t = 0) {
        const auto view = store->view(std::move(filter), t);
        const auto keys = view->occurrences("Observation", {"code"}, "loinc", code, {compare, {day * kDay}, {(day + 1) * kDay}});
        return keys ? ids_of(*view, *keys) : "?";
    }
    std::string since(const std::string& code, std::int64_t day) { return found(code, Compare::ge, day); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(occurrences, Fixture)

BOOST_AUTO_TEST_CASE(rows_of_a_block_come_back) {
    const std::vector<store::Occurrence> rows = {
        {3, 1, 0, 10 * kDay, 1'000'000}, {3, 2, 0, 10 * kDay, 1'000'000}, {3, 1, 4'095, -5, 7},
        {4, 1, 9, 10 * kDay, kDay},      {3, 1, 9, 9 * kDay, kDay},       {3, 1, 9, 10 * kDay, kDay}};
    const auto packed = store::pack_occurrences(rows);
    BOOST_REQUIRE(packed.size() == 4u);
    const auto times = store::unpack_times(packed[0].entries);
    std::vector<store::Occurrence> out;
    for (std::size_t index = 1; index < packed.size(); ++index) {
        const auto& row = packed[index];
        store::walk_occurrences(row.entries, times, [&](std::uint16_t place, std::int64_t low, std::int64_t span) {
            out.push_back({row.type, row.term, place, low, span});
        });
    }
    auto wanted = rows;
    std::sort(wanted.begin(), wanted.end());
    std::sort(out.begin(), out.end());
    BOOST_TEST((out == wanted));
    BOOST_TEST(store::pack_occurrences({}).empty());
}

BOOST_AUTO_TEST_CASE(damaged_bytes_end_a_row_early) {
    const auto packed = store::pack_occurrences({{3, 1, 0, 10, 1}, {3, 1, 7, 20, 1}});
    const auto times = store::unpack_times(packed[0].entries);
    for (const std::string_view bytes : {"\xFF", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "\x01\x7F", "\x01\x01"}) {
        int entries = 0;
        store::walk_occurrences(bytes, times, [&](auto, auto, auto) { ++entries; });
        BOOST_TEST(entries == 0);
    }
    BOOST_TEST(store::unpack_times("\x09zzz").empty());
}

BOOST_AUTO_TEST_CASE(before_and_behind_the_last_block) {
    add("a", "p", "K", 10);
    add("b", "q", "K", 20);
    add("c", "p", "Na", 20);
    add("d", "", "K", 30);
    BOOST_TEST(tend() == 0);
    BOOST_TEST(since("K", 20) == "b d");
    fill(kTextBlock + 5);
    add("e", "p", "K", 40);
    BOOST_TEST(tend() == 1);
    BOOST_TEST(since("K", 20) == "b d e");
    BOOST_TEST(found("K", Compare::lt, 20) == "a");
    BOOST_TEST(found("K", Compare::ne, 20) == "a d e");
    BOOST_TEST(found("K", Compare::eq, 40) == "e");
    BOOST_TEST(since("Na", 0) == "c");
    BOOST_TEST(since("none", 0) == "");
    const auto view = store->view();
    const auto any_system = view->occurrences("Observation", {"code"}, std::nullopt, "K", {Compare::le, {10 * kDay}, {11 * kDay}});
    BOOST_REQUIRE(any_system);
    BOOST_TEST(ids_of(*view, *any_system) == "a");
}

BOOST_AUTO_TEST_CASE(what_has_no_date_is_at_no_time) {
    auto write = result("a", "p", "K", 10);
    write.rows.timeline[0].high = write.rows.timeline[0].low;
    put(*store, write);
    BOOST_TEST(found("K", Compare::le, 20) == "");
    fill(kTextBlock);
    BOOST_TEST(tend() == 1);
    BOOST_TEST(found("K", Compare::le, 20) == "");
}

BOOST_AUTO_TEST_CASE(a_view_finds_what_was_current_then) {
    add("a", "p", "K", 10);
    add("b", "p", "K", 10);
    const auto before = store->now();
    add("a", "p", "K", 50);
    put(*store, removal_of("Observation", "b"));
    fill(kTextBlock);
    BOOST_TEST(tend() == 1);
    BOOST_TEST(found("K", Compare::eq, 10) == "");
    BOOST_TEST(since("K", 0) == "a");
    BOOST_TEST(found("K", Compare::eq, 10, {}, before) == "a b");
}

BOOST_AUTO_TEST_CASE(a_caller_finds_what_it_may_see) {
    auto hidden = result("a", "p", "K", 10);
    hidden.labels = {"PSY"};
    put(*store, hidden);
    add("b", "q", "K", 10);
    fill(kTextBlock);
    tend();
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.denied_labels = {"PSY"};
    BOOST_TEST(found("K", Compare::eq, 10, filter) == "b");
}

BOOST_AUTO_TEST_CASE(an_expunge_takes_its_entries_along) {
    add("a", "p", "K", 10);
    add("b", "q", "K", 10);
    add("d", "", "K", 10);
    fill(kTextBlock);
    tend();
    const auto rows = "SELECT count(*) FROM timeline";
    auto commit = commit_of({removal_of("Observation", "a"), removal_of("Observation", "d")});
    commit.expunges = {{{"Observation", "a"}, true, true}, {{"Observation", "d"}, true, true}};
    must(store->commit_and_wait(std::move(commit)));
    BOOST_TEST(number_of(folder.path(), rows) == 1);
    BOOST_TEST(since("K", 0) == "b");
    auto last = commit_of({removal_of("Observation", "b")});
    last.expunges = {{{"Observation", "b"}, true, true}};
    must(store->commit_and_wait(std::move(last)));
    BOOST_TEST(number_of(folder.path(), "SELECT count(*) FROM occurrence") == 0);
}

BOOST_AUTO_TEST_CASE(types_that_an_older_store_held_only_in_part_are_asked_otherwise) {
    add("a", "p", "K", 10);
    store.reset();
    execute(folder.path(), "INSERT INTO counter VALUES('partly-timed Observation', 1)");
    store = open_in(folder.path());
    BOOST_TEST(since("K", 0) == "?");
}

BOOST_AUTO_TEST_SUITE_END()
