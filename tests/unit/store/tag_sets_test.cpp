// Values that repeat are one row a version; values that do not have rows of their own. Whoever reads sees no difference.
#include "unit/store/database.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Fixture {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());

    static store::Write observation(int number) {
        const auto text = std::to_string(number);
        auto write = write_of("Observation", "o" + text);
        write.rows.tokens = {{"status", "", number % 2 ? "final" : "amended"},
                             {"code", "urn:s", "c" + std::to_string(number % 7)},
                             {"identifier", "urn:i", "n" + text}};
        return write;
    }
    void fill(int count) {
        std::vector<store::Write> writes;
        for (int number = 0; number < count; ++number) writes.push_back(observation(number));
        must(store->commit_and_wait(commit_of(std::move(writes))));
    }
    std::size_t found(const std::string& param, const std::optional<std::string>& code) {
        return store->view()->tokens("Observation", param, std::nullopt, code).size();
    }
    std::int64_t number(const std::string& sql) const { return number_of(folder.path(), sql); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tag_sets, Fixture)

BOOST_AUTO_TEST_CASE(every_value_is_found_whether_in_a_set_or_alone) {
    constexpr int kCount = 1'400;
    fill(kCount);
    BOOST_TEST(found("status", "final") == kCount / 2u);
    BOOST_TEST(found("code", "c3") == kCount / 7u);
    BOOST_TEST(found("code", std::nullopt) == std::size_t{kCount});
    for (const int number : {0, 1, 31, 32, 33, 700, kCount - 1}) BOOST_TEST(found("identifier", "n" + std::to_string(number)) == 1u);
    BOOST_TEST(found("identifier", std::nullopt) == std::size_t{kCount});
    auto view = store->view();
    BOOST_TEST(view->present("Observation", "identifier", std::nullopt).size() == std::size_t{kCount});
    BOOST_TEST(view->all("Observation").size() == std::size_t{kCount});
    BOOST_TEST(view->count_all("Observation") == std::uint64_t{kCount});
    BOOST_TEST(view->count_tokens("Observation", "code", std::nullopt, "c3") == kCount / 7u);
}

BOOST_AUTO_TEST_CASE(sets_stay_few_and_identifiers_stay_out) {
    fill(1'400);
    BOOST_TEST(number("SELECT count(*) FROM tagged") == 1'400);
    BOOST_TEST(number("SELECT count(*) FROM tag_set") <= 64);
    BOOST_TEST(number("SELECT count(*) FROM val") >= 1'350);
    BOOST_TEST(number("SELECT count(*) FROM val") <= 1'400);
}

BOOST_AUTO_TEST_CASE(keys_of_an_order_come_from_both) {
    fill(100);
    auto view = store->view();
    const auto keys = view->all("Observation");
    const auto status = view->sort_keys("Observation", "status", keys, false);
    const auto identifier = view->sort_keys("Observation", "identifier", keys, false);
    for (std::size_t index = 0; index < keys.size(); ++index) {
        BOOST_TEST(status[index].value_or("-") == (index % 2 ? "final" : "amended"));
        BOOST_TEST(identifier[index].value_or("-") == "n" + std::to_string(index));
    }
}

BOOST_AUTO_TEST_CASE(a_store_opened_again_goes_on_with_its_sets) {
    fill(20);
    const auto sets = number("SELECT count(*) FROM tag_set");
    store.reset();
    store = open_in(folder.path());
    BOOST_TEST(found("status", "final") == 10u);
    must(store->commit_and_wait(commit_of({observation(1), observation(35)})));
    BOOST_TEST(number("SELECT count(*) FROM tag_set") == sets + 1); // the identifier n35 is new, status and code are not
    BOOST_TEST(store->view()->count_all("Observation") == 21u);
}

BOOST_AUTO_TEST_CASE(a_guard_sees_values_of_sets) {
    fill(1);
    const auto resolved_at = store->now();
    auto commit = commit_of({write_of("Observation", "late")});
    commit.guards = {{"Observation", "status", "", "final"}};
    commit.resolved_at = resolved_at;
    put(*store, observation(1));
    const auto refused = store->commit_and_wait(std::move(commit));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(rule_of(refused.error()) == "store-guard");
}

BOOST_AUTO_TEST_SUITE_END()
