// Persons in memory: one sentence a rule, then what must hold for every order of arrival and every undoing.
#include "identity/index.hpp"
#include "unit/identity/records.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;
using namespace huitong::identity;
using identity::tests::record;

namespace {

/// Patients of every person, e.g. "a b|c".
std::string persons(const Index& index) {
    std::set<std::string> out;
    for (const auto& patient : index.patients()) {
        std::string person;
        for (const auto& member : index.patients_of(index.person_of(patient))) person += (person.empty() ? "" : " ") + member;
        out.insert(person);
    }
    std::string text;
    for (const auto& person : out) text += (text.empty() ? "" : "|") + person;
    return text;
}

/// Everything a caller can see: persons with their ids, and the queue.
std::string state(const Index& index) {
    std::map<std::string, std::string> people;
    for (const auto& patient : index.patients()) people[patient] = index.person_of(patient);
    std::string out;
    for (const auto& [patient, person] : people) out += patient + '=' + person + ' ';
    std::set<std::string> reviews;
    for (const auto& review : index.reviews(10'000)) reviews.insert(review.a + '?' + review.b + ' ' + review.judgement.reasons.front());
    for (const auto& review : reviews) out += review + ' ';
    return out;
}

struct World {
    Index index;
    Changes put(const std::string& patient, const std::string& text) { return index.put(patient, record(text), "home-" + patient); }
    void say(const std::string& a, const std::string& b, bool same, const std::string& decision) {
        index.words().add(Words::pair_of(a, b), {decision, same, "steward", "why"});
        index.words_changed({a, b});
    }
    void withdraw(const std::string& decision) {
        std::vector<std::string> touched;
        for (const auto& [a, b] : index.words().remove(decision)) touched.insert(touched.end(), {a, b});
        index.words_changed(touched);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(persons_in_memory)

BOOST_AUTO_TEST_CASE(number_and_name_join_across_institutions) {
    World world;
    world.put("a", "name=王秀英;number=W;at=H1");
    world.put("b", "name=王秀英;at=H2");
    const auto changes = world.put("c", "name=王 秀英;number=W;at=H3");
    BOOST_TEST(persons(world.index) == "a c|b");
    BOOST_REQUIRE_EQUAL(changes.moved.size(), 1u);
    BOOST_TEST(changes.moved[0].patient == "c");
    BOOST_TEST(changes.moved[0].to == "home-a");
    BOOST_TEST(world.index.reviews(9).empty());
}

BOOST_AUTO_TEST_CASE(a_person_keeps_the_id_of_its_oldest_record) {
    World world;
    world.put("b", "name=王秀英;number=W");
    world.put("a", "name=王秀英;number=W");
    BOOST_TEST(world.index.person_of("b") == "home-a"); // ids compare by time, and "home-a" is the smaller
    world.put("a", "name=王秀英");
    BOOST_TEST(world.index.person_of("b") == "home-b");
    BOOST_TEST(world.index.person_of("a") == "home-a");
}

BOOST_AUTO_TEST_CASE(a_corrected_number_joins_and_parts) {
    World world;
    world.put("a", "name=王秀英;number=W");
    world.put("b", "name=王秀英");
    BOOST_TEST(persons(world.index) == "a|b");
    world.put("b", "name=王秀英;number=W");
    BOOST_TEST(persons(world.index) == "a b");
    world.put("b", "name=王秀英;number=M;born=1996-07-08");
    BOOST_TEST(persons(world.index) == "a|b");
}

BOOST_AUTO_TEST_CASE(another_name_with_the_same_birth_date_waits_for_a_steward) {
    World world;
    world.put("a", "name=许桂花;number=W;born=1956-03-14");
    const auto changes = world.put("b", "name=许桂辉;number=W;born=1956-03-14");
    BOOST_TEST(persons(world.index) == "a|b");
    BOOST_REQUIRE_EQUAL(changes.asked.size(), 1u);
    BOOST_TEST(changes.asked[0].judgement.reasons.front() == "identity-name-differs");
    const auto settled = world.put("b", "name=许桂花;number=W;born=1956-03-14");
    BOOST_TEST(persons(world.index) == "a b");
    BOOST_TEST(settled.settled.size() == 1u);
    BOOST_TEST(world.index.reviews(9).empty());
}

BOOST_AUTO_TEST_CASE(the_newborn_with_its_mothers_number_is_alone_and_the_mother_keeps_her_records) {
    World world;
    world.put("baby", "name=李敏之女;number=M;born=2026-11-18");
    world.put("mother-1", "name=李敏;number=M;born=1996-07-08;at=H1");
    world.put("mother-2", "name=李敏;number=M;born=1996-07-08;at=H2");
    BOOST_TEST(persons(world.index) == "baby|mother-1 mother-2");
    BOOST_TEST(world.index.reviews(9).empty());
}

BOOST_AUTO_TEST_CASE(pinyin_alone_joins_the_only_name_it_can_mean) {
    World world;
    world.put("a", "name=李敏;pinyin=LI MIN;number=W");
    world.put("b", "pinyin=LI MIN;number=W");
    BOOST_TEST(persons(world.index) == "a b");
    world.put("c", "name=李民;pinyin=LI MIN;number=W");
    BOOST_TEST(persons(world.index) == "a|b|c"); // 李敏 or 李民: nobody can tell
    BOOST_TEST(world.index.reviews_of("b").size() == 2u);
    world.index.remove("c");
    BOOST_TEST(persons(world.index) == "a b");
}

BOOST_AUTO_TEST_CASE(an_institution_merges_its_own_records) {
    World world;
    world.put("old", "name=无名氏;at=H1");
    world.put("new", "name=王秀英;number=W;at=H1;merges=old");
    BOOST_TEST(persons(world.index) == "new old");
    world.put("other", "name=王秀英;number=W;at=H2");
    BOOST_TEST(persons(world.index) == "new old other");
    world.put("new", "name=王秀英;number=W;at=H1"); // A37: the link is taken back
    BOOST_TEST(persons(world.index) == "new other|old");
}

BOOST_AUTO_TEST_CASE(a_merge_may_name_a_record_that_comes_later) {
    World world;
    world.put("new", "name=王秀英;at=H1;merges=old");
    BOOST_TEST(persons(world.index) == "new");
    world.put("old", "name=王;at=H1");
    BOOST_TEST(persons(world.index) == "new old");
}

BOOST_AUTO_TEST_CASE(a_merge_that_something_speaks_against_waits_for_a_steward) {
    for (const auto* old : {"name=王秀英;at=H2", "name=王秀英;number=M;at=H1", "name=李敏之女;number=W;born=2026-11-18;at=H1"}) {
        World world;
        world.put("old", old);
        world.put("new", "name=王秀英;number=W;at=H1;merges=old");
        BOOST_TEST(persons(world.index) == "new|old", old);
        BOOST_REQUIRE_EQUAL(world.index.reviews(9).size(), 1u);
        BOOST_TEST(world.index.reviews(9)[0].judgement.reasons.front() == "identity-merge-doubtful");
    }
}

BOOST_AUTO_TEST_CASE(a_chain_of_merges_never_joins_two_different_numbers) {
    World world;
    world.put("a", "name=王秀英;number=W;at=H1;merges=b");
    world.put("b", "name=王;at=H1");
    world.put("c", "name=李敏;number=M;at=H1;merges=b");
    BOOST_TEST(persons(world.index) == "a b|c");
    BOOST_TEST(world.index.reviews(9).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stewards_word_stands_over_the_machine) {
    World world;
    world.put("a", "name=王秀英;number=W");
    world.put("b", "name=王秀英;number=W");
    world.say("a", "b", false, "1");
    BOOST_TEST(persons(world.index) == "a|b");
    world.put("b", "name=王秀英;number=W;born=1956-03-14"); // judged again, still apart
    BOOST_TEST(persons(world.index) == "a|b");
    BOOST_TEST(world.index.reviews(9).empty());
    world.put("c", "name=王秀英;number=W"); // of whom? number and name no longer tell
    BOOST_TEST(persons(world.index) == "a|b|c");
    BOOST_TEST(world.index.reviews_of("c").size() == 2u);
    world.say("a", "c", true, "2");
    BOOST_TEST(persons(world.index) == "a c|b");
    BOOST_TEST(world.index.reviews(9).empty());
}

BOOST_AUTO_TEST_CASE(stewards_join_what_the_machine_never_would) {
    World world;
    world.put("a", "name=王秀英;number=W");
    world.put("b", "name=李敏;number=M");
    world.say("a", "b", true, "1");
    BOOST_TEST(persons(world.index) == "a b");
    world.put("b", "name=李敏"); // changed demographics do not part what a steward joined
    BOOST_TEST(persons(world.index) == "a b");
    world.withdraw("1");
    BOOST_TEST(persons(world.index) == "a|b");
}

BOOST_AUTO_TEST_CASE(a_number_under_very_many_names_is_no_evidence) {
    World world;
    world.put("a", "name=王秀英;number=W;born=1956-03-14");
    world.put("b", "name=王秀英;number=W;born=1956-03-14");
    for (std::size_t i = 0; i + 1 < kNamesPerNumberMax; ++i)
        world.put("x" + std::to_string(i), "name=甲" + std::to_string(i) + ";number=W;born=1956-03-14");
    BOOST_TEST(world.index.person_of("b") == "home-a");
    BOOST_TEST(!world.index.reviews(9).empty());
    world.put("last", "name=乙;number=W;born=1956-03-14");
    BOOST_TEST(world.index.person_of("b") == "home-b");
    BOOST_TEST(world.index.reviews(9).empty());
    BOOST_TEST(world.index.judge_pair("a", "b").reasons.front() == "identity-number-placeholder");
    world.index.remove("last");
    BOOST_TEST(world.index.person_of("b") == "home-a");
}

// ---- properties over random worlds -------------------------------------------------------------------------------------------------

namespace {

/// Few people and many records, so that everything meets: slips, shared numbers, pinyin only, merges, newborns.
struct RandomWorld {
    std::mt19937 random;
    explicit RandomWorld(unsigned seed) : random(seed) {}
    std::size_t below(std::size_t limit) { return random() % limit; }

    std::string record_text(std::size_t count) {
        static const char* const kNumbers[] = {"W", "M", "99010219830725240X", "990104194902211981"};
        static const char* const kNames[] = {
            "name=李敏;pinyin=LI MIN", "name=李民;pinyin=LI MIN", "pinyin=LI MIN", "name=李敏", "name=王秀英", "name=李敏之女", "name=李?"};
        std::string out = kNames[below(std::size(kNames))];
        if (below(5) != 0) out += std::string(";number=") + kNumbers[below(std::size(kNumbers))];
        if (below(2) != 0) out += below(8) == 0 ? ";born=2026-01-01" : ";born=1985-01-01";
        out += ";at=H" + std::to_string(below(2));
        if (below(6) == 0) out += ";merges=p" + std::to_string(below(count));
        return out;
    }
};

std::string patient(std::size_t i) { return "p" + std::to_string(i); }

} // namespace

BOOST_AUTO_TEST_CASE(the_order_of_arrival_changes_nothing) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        RandomWorld random(seed);
        const std::size_t count = 4 + random.below(20);
        std::vector<std::pair<std::string, std::string>> arrivals;
        for (std::size_t i = 0; i < count; ++i) arrivals.emplace_back(patient(i), random.record_text(count));
        std::vector<std::tuple<std::string, std::string, bool, std::string>> words;
        for (std::size_t i = 0; i < random.below(5); ++i) {
            const auto a = random.below(count), b = random.below(count);
            if (a != b) words.emplace_back(patient(a), patient(b), random.below(2) == 0, "d" + std::to_string(i));
        }
        std::string expected;
        for (int order = 0; order < 6; ++order) {
            World world;
            auto said = words;
            if (order % 2 == 1) { // the words come first
                for (const auto& [a, b, same, decision] : std::exchange(said, {})) world.say(a, b, same, decision);
            }
            // Some records arrive with other demographics first.
            for (std::size_t i = 0; i < count && order > 2; i += 3) world.put(patient(i), random.record_text(count));
            for (const auto& [id, text] : arrivals) world.put(id, text);
            for (const auto& [a, b, same, decision] : said) world.say(a, b, same, decision);
            if (order == 0) expected = state(world.index);
            BOOST_TEST(state(world.index) == expected, "seed " << seed << " order " << order << "\n"
                                                               << state(world.index) << "\n"
                                                               << expected);
            std::shuffle(arrivals.begin(), arrivals.end(), random.random);
        }
    }
}

BOOST_AUTO_TEST_CASE(merge_then_unmerge_restores_exactly) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        RandomWorld random(seed + 1'000);
        World world;
        const std::size_t count = 4 + random.below(20);
        for (std::size_t i = 0; i < count; ++i) world.put(patient(i), random.record_text(count));
        std::vector<std::string> before;
        for (int depth = 0; depth < 8; ++depth) {
            before.push_back(state(world.index));
            const auto a = random.below(count), b = (a + 1 + random.below(count - 1)) % count;
            world.say(patient(a), patient(b), random.below(2) == 0, "d" + std::to_string(depth));
        }
        for (int depth = 8; depth-- > 0;) {
            world.withdraw("d" + std::to_string(depth));
            BOOST_TEST(state(world.index) == before[static_cast<std::size_t>(depth)], "seed " << seed << " depth " << depth);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_record_taken_back_leaves_no_trace) {
    for (unsigned seed = 0; seed < 200; ++seed) {
        RandomWorld random(seed + 2'000);
        World world;
        const std::size_t count = 4 + random.below(20);
        for (std::size_t i = 0; i < count; ++i) world.put(patient(i), random.record_text(count));
        const auto before = state(world.index);
        world.put("extra", random.record_text(count));
        world.index.remove("extra");
        BOOST_TEST(state(world.index) == before, "seed " << seed);
        const auto one = patient(random.below(count));
        const auto kept = world.index.find(one)->record;
        world.put(one, random.record_text(count));
        world.index.put(one, kept, "home-" + one);
        BOOST_TEST(state(world.index) == before, "seed " << seed);
    }
}

// The list of changes is what the log is made of: applied to the state before, it gives the state after.
BOOST_AUTO_TEST_CASE(the_changes_told_are_the_changes_made) {
    for (unsigned seed = 0; seed < 100; ++seed) {
        RandomWorld random(seed + 3'000);
        World world;
        std::map<std::string, std::string> told;
        const std::size_t count = 4 + random.below(20);
        for (std::size_t step = 0; step < 3 * count; ++step) {
            const auto one = patient(random.below(count));
            const auto changes = random.below(6) == 0 ? world.index.remove(one) : world.put(one, random.record_text(count));
            for (const auto& moved : changes.moved) {
                BOOST_TEST(told[moved.patient] == moved.from, "seed " << seed);
                told[moved.patient] = moved.to;
            }
            for (std::size_t i = 0; i < count; ++i) BOOST_TEST(told[patient(i)] == world.index.person_of(patient(i)), "seed " << seed);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
