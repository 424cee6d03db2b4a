// What was answered once is known until the content changes, and the memory of it is bounded.
#include "terminology/operations/answer_memo.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong::terminology;

BOOST_AUTO_TEST_SUITE(answer_memo)

BOOST_AUTO_TEST_CASE(an_answer_holds_for_the_content_it_was_made_of) {
    AnswerMemo memo;
    memo.keep("is a in b", 1, "yes");
    BOOST_REQUIRE(memo.find("is a in b", 1));
    BOOST_TEST(*memo.find("is a in b", 1) == "yes");
    BOOST_TEST(!memo.find("is a in b", 2));
    BOOST_TEST(!memo.find("is a in c", 1));
}

BOOST_AUTO_TEST_CASE(an_answer_of_older_content_comes_too_late) {
    AnswerMemo memo;
    memo.keep("new", 2, "yes");
    memo.keep("old", 1, "no");
    BOOST_TEST(!memo.find("old", 1));
    BOOST_TEST(!memo.find("old", 2));
    BOOST_REQUIRE(memo.find("new", 2));
}

BOOST_AUTO_TEST_CASE(new_content_makes_every_answer_unknown) {
    AnswerMemo memo;
    memo.keep("first", 1, "yes");
    memo.keep("second", 2, "yes");
    BOOST_TEST(!memo.find("first", 1));
    BOOST_TEST(!memo.find("first", 2));
    BOOST_REQUIRE(memo.find("second", 2));
}

BOOST_AUTO_TEST_CASE(long_answers_and_many_of_them_do_not_fill_the_memory) {
    AnswerMemo memo;
    memo.keep("long", 1, std::string(AnswerMemo::kOneMax, 'x'));
    BOOST_TEST(!memo.find("long", 1));
    constexpr std::size_t kAnswer = 4'000, kMany = AnswerMemo::kBytesMax / kAnswer + 1;
    for (std::size_t count = 0; count < kMany; ++count) memo.keep("question " + std::to_string(count), 1, std::string(kAnswer, 'x'));
    std::size_t known = 0;
    for (std::size_t count = 0; count < kMany; ++count) known += memo.find("question " + std::to_string(count), 1) ? 1 : 0;
    BOOST_TEST(known < kMany);
    BOOST_TEST(memo.find("question " + std::to_string(kMany - 1), 1) != nullptr);
}

BOOST_AUTO_TEST_CASE(content_that_comes_or_goes_is_another_generation) {
    Library library(std::shared_ptr<const huitong::fhir::Definitions>{});
    const auto before = library.generation();
    ValueSet set;
    set.url = "http://example.org/ValueSet/a";
    library.put(set);
    const auto with = library.generation();
    BOOST_TEST(with != before);
    library.remove("ValueSet", set.url, "");
    BOOST_TEST(library.generation() != with);
}

BOOST_AUTO_TEST_SUITE_END()
