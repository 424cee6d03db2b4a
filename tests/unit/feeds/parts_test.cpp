// Parts of broken messages: which of them wait, and how long.
#include "feeds/parts.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::feeds;

namespace {

constexpr Instant kMorning{1'795'000'000'000'000};

StoredMessage part(std::uint64_t number) {
    StoredMessage out;
    out.id = message_id(number);
    out.message.source = "lis";
    out.message.continued_by = "X" + std::to_string(number);
    return out;
}

struct Desk {
    Desk() {
        store::StoreOptions place;
        place.directory = folder.file("data");
        store = std::move(*store::open_store(place));
    }
    void commit(const std::function<void(store::Commit&)>& fill) {
        store::Commit commit;
        fill(commit);
        BOOST_TEST(store->commit_and_wait(std::move(commit)).has_value());
    }
    tests::Folder folder;
    std::shared_ptr<store::Store> store;
};

} // namespace

BOOST_AUTO_TEST_SUITE(parts)

BOOST_FIXTURE_TEST_CASE(a_part_that_nothing_used_in_a_day_is_forsaken, Desk) {
    commit([](store::Commit& one) { add_part_facts(part(1), kMorning, one); });
    BOOST_TEST(forsaken_parts(*store, {kMorning.microseconds + kPartAgeMax}).empty());
    const auto late = forsaken_parts(*store, {kMorning.microseconds + kPartAgeMax + 1});
    BOOST_REQUIRE_EQUAL(late.size(), 1U);
    BOOST_TEST(late.front() == message_id(1));
    commit([](store::Commit& one) { forget_part(part(1), one); });
    BOOST_TEST(forsaken_parts(*store, {kMorning.microseconds + kPartAgeMax + 1}).empty());
    BOOST_TEST(store->facts(std::string(kPartFacts), "", "~", 10).empty());
}

BOOST_FIXTURE_TEST_CASE(a_part_of_a_message_that_became_whole_waits_no_more, Desk) {
    commit([](store::Commit& one) { add_part_facts(part(1), kMorning, one); });
    Passage whole;
    whole.message = part(2);
    whole.joined.push_back(message_id(1));
    commit([&](store::Commit& one) { add_used_facts(whole, one); });
    BOOST_TEST(forsaken_parts(*store, {kMorning.microseconds + 2 * kPartAgeMax}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
