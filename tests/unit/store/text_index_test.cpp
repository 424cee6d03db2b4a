// The text index: blocks of words, as of any moment, for any caller, and without what was expunged.
#include "store/maintenance.hpp"
#include "store/sqlite/text_rows.hpp"
#include "unit/store/database.hpp"

using namespace huitong;
using namespace huitong::tests;
using store::kTextBlock;

namespace {

using Places = std::vector<std::uint16_t>;

struct Fixture {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());

    /// Patients "p1", "p2" … until the newest key is `last`; the id's number is the key.
    void fill(store::VersionKey last) {
        std::vector<store::Write> writes;
        for (auto key = store->view()->newest_key() + 1; key <= last; ++key)
            writes.push_back(write_of("Patient", "p" + std::to_string(key)));
        must(store->commit_and_wait(commit_of(std::move(writes))));
    }
    void take(std::uint64_t number, std::vector<store::TextBlock::Word> words) {
        store::Commit commit;
        commit.text.emplace();
        commit.text->number = number;
        commit.text->words = std::move(words);
        must(store->commit_and_wait(std::move(commit)));
    }
    std::string found(const std::string& word, bool open = false, store::CallerFilter filter = {}, store::LogTime t = 0) {
        const auto view = store->view(std::move(filter), t);
        return ids_of(*view, view->words(word, open));
    }
};

Places every(std::uint16_t step) {
    Places out;
    for (unsigned place = 0; place < kTextBlock; place += step) out.push_back(static_cast<std::uint16_t>(place));
    return out;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(text_index, Fixture)

BOOST_AUTO_TEST_CASE(places_come_back_in_few_bytes) {
    const std::pair<Places, std::size_t> cases[] = {
        {{}, 0},         {{0}, 1},        {{127}, 1},       {{128}, 2}, {{4'095}, 2}, {{1, 2, 3}, 3}, {{5, 200, 4'000}, 5},
        {every(1), 512}, {every(2), 512}, {every(100), 41},
    };
    for (const auto& [places, bytes] : cases) {
        const auto packed = store::pack_places(places);
        BOOST_TEST(packed.size() == bytes);
        BOOST_TEST(store::unpack_places(packed) == places, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_dropped_index_leaves_no_word_and_can_be_made_anew) {
    fill(kTextBlock - 1);
    take(0, {{"canaryword", {5}}});
    store.reset();
    BOOST_TEST(is_on_disk(folder.path(), "canaryword"));
    BOOST_TEST(store::drop_text_index(folder.path().string()).empty());
    BOOST_TEST(!is_on_disk(folder.path(), "canaryword"));
    store = open_in(folder.path());
    BOOST_TEST(store->view()->text_end() == 0u);
    take(0, {{"glucose", {7}}});
    BOOST_TEST(found("glucose") == "p7");
}

BOOST_AUTO_TEST_CASE(a_block_is_taken_when_it_is_the_next_one_and_whole) {
    fill(kTextBlock - 2);
    take(0, {{"early", {5}}});
    BOOST_TEST(store->view()->text_end() == 0u);
    fill(kTextBlock - 1);
    take(1, {{"later", {5}}});
    BOOST_TEST(store->view()->text_end() == 0u);
    take(0, {{"glucose", {5, 7}}});
    take(0, {{"again", {5}}});
    BOOST_TEST(store->view()->text_end() == kTextBlock);
    BOOST_TEST(found("glucose") == "p5 p7");
    BOOST_TEST(found("early") == "");
    BOOST_TEST(found("again") == "");
}

BOOST_AUTO_TEST_CASE(words_and_beginnings_over_all_blocks) {
    fill(2 * kTextBlock - 1);
    take(0, {{"glucose", {5}}, {"glucagon", {6}}, {"血糖", {7}}, {"血", {8}}});
    take(1, {{"glucose", {0, 4'095}}});
    BOOST_TEST(found("glucose") == "p5 p4096 p8191");
    BOOST_TEST(found("gluc", true) == "p5 p6 p4096 p8191");
    BOOST_TEST(found("gluc") == "");
    BOOST_TEST(found("血", true) == "p7 p8");
    BOOST_TEST(found("血糖") == "p7");
}

BOOST_AUTO_TEST_CASE(a_view_finds_what_was_current_then) {
    fill(kTextBlock - 1);
    take(0, {{"old", {5}}});
    const auto before = store->now();
    put(*store, write_of("Patient", "p5", R"(,"active":true)"));
    put(*store, removal_of("Patient", "p6"));
    BOOST_TEST(found("old") == "");
    BOOST_TEST(found("old", false, {}, before) == "p5");
    fill(2 * kTextBlock - 1);
    take(1, {{"old", {0}}});
    BOOST_TEST(found("old", false, {}, before) == "p5");
}

BOOST_AUTO_TEST_CASE(a_caller_finds_what_it_may_see) {
    auto hidden = write_of("Patient", "a");
    hidden.labels = {"PSY"};
    put(*store, hidden);
    fill(kTextBlock - 1);
    take(0, {{"word", {1, 2}}});
    store::CallerFilter filter;
    filter.unrestricted = false;
    filter.denied_labels = {"PSY"};
    BOOST_TEST(found("word") == "a p2");
    BOOST_TEST(found("word", false, filter) == "p2");
}

BOOST_AUTO_TEST_CASE(an_expunge_takes_its_words_along) {
    fill(kTextBlock - 1);
    take(0, {{"ahnungslos", {5}}, {"gemeinsam", {5, 6}}});
    BOOST_TEST(is_on_disk(folder.path(), "ahnungslos"));
    auto commit = commit_of({removal_of("Patient", "p5")});
    commit.expunges = {{{"Patient", "p5"}, true, true}};
    must(store->commit_and_wait(std::move(commit)));
    BOOST_TEST(!is_on_disk(folder.path(), "ahnungslos"));
    BOOST_TEST(found("gemeinsam") == "p6");
    BOOST_TEST(store::check_database(folder.path().string()).empty());
}

BOOST_AUTO_TEST_CASE(what_was_expunged_before_its_block_came_stays_out) {
    fill(kTextBlock - 1);
    auto commit = commit_of({removal_of("Patient", "p5")});
    commit.expunges = {{{"Patient", "p5"}, true, true}};
    must(store->commit_and_wait(std::move(commit)));
    take(0, {{"ahnungslos", {5}}, {"gemeinsam", {5, 6}}});
    BOOST_TEST(!is_on_disk(folder.path(), "ahnungslos"));
    BOOST_TEST(found("gemeinsam") == "p6");
}

BOOST_AUTO_TEST_CASE(it_is_there_after_a_restart_and_in_a_copy) {
    fill(kTextBlock - 1);
    take(0, {{"glucose", {5}}});
    ScratchFolder copy;
    BOOST_REQUIRE(store::copy_database(folder.path().string(), (copy.path() / "huitong.db").string()));
    store.reset();
    for (const auto& path : {folder.path(), copy.path()}) {
        store = open_in(path);
        BOOST_TEST(store->view()->text_end() == kTextBlock);
        BOOST_TEST(found("glucose") == "p5");
    }
}

BOOST_AUTO_TEST_SUITE_END()
