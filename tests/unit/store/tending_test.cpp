// Work for quiet moments: the first bodies of a store, packed before it had a dictionary, are packed anew; and its log is short when it
// closes.
#include "unit/store/database.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string body_of(int number) { return ",\"text\":\"a text that stands in every one of them, number " + std::to_string(number) + '"'; }

void fill(store::Store& store, int from, int to) {
    for (int number = from; number < to; ++number) put(store, write_of("Patient", "p" + std::to_string(number), body_of(number)));
}

constexpr const char* kWithoutDictionary = "SELECT count(*) FROM version WHERE codec = 1";

/// Tends until there is nothing left; how often there was something.
int tend(store::Store& store) {
    int count = 0;
    for (auto more = store.tend(); more && *more; more = store.tend()) ++count;
    return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tending)

BOOST_AUTO_TEST_CASE(the_first_bodies_are_packed_with_the_dictionary_that_came_after_them) {
    ScratchFolder folder;
    auto store = open_in(folder.path());
    fill(*store, 0, 150);
    store.reset();
    BOOST_TEST(number_of(folder.path(), kWithoutDictionary) == 150);
    execute(folder.path(),
            "INSERT INTO dictionary VALUES(2, CAST('\"text\":\"a text that stands in every one of them, number ' AS BLOB), 0);"
            "INSERT INTO counter VALUES('plain', 150)");
    store = open_in(folder.path());
    BOOST_TEST(tend(*store) == 0, "too soon: most of the store is to come");
    fill(*store, 150, 700);
    tend(*store);
    BOOST_TEST(number_of(folder.path(), kWithoutDictionary) == 0);
    for (const int number : {0, 49, 50, 149, 150, 699})
        BOOST_TEST(brief(store->view()->current({"Patient", "p" + std::to_string(number)})) == "1:" + body_of(number));
    BOOST_TEST(store->verify_log().empty());
    store.reset();
    store = open_in(folder.path());
    BOOST_TEST(tend(*store) == 0, "once is enough");
}

BOOST_AUTO_TEST_CASE(a_closed_store_has_no_log_file_worth_the_name) {
    ScratchFolder folder;
    auto store = open_in(folder.path());
    fill(*store, 0, 50);
    (void)store->view()->all("Patient");
    store.reset();
    const auto log = folder.path() / "huitong.db-wal";
    BOOST_TEST((!std::filesystem::exists(log) || std::filesystem::file_size(log) == 0));
    BOOST_TEST(open_in(folder.path())->view()->all("Patient").size() == 50u);
}

BOOST_AUTO_TEST_SUITE_END()
