// Bodies as they are packed before the writer's turn.
#include "store/sqlite/body_codec.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(body_codec)

BOOST_AUTO_TEST_CASE(a_body_of_a_dictionary_that_was_given_up_is_packed_anew_whenever_it_comes) {
    const std::string text(400, 'x');
    store::BodyCodec codec;
    codec.adopt(2, {"", text});
    const auto packed = codec.encode("Patient", text + "own");
    BOOST_REQUIRE(packed.codec == 2);
    BOOST_TEST(!codec.is_outdated(packed.codec));
    codec.retire(2);
    BOOST_TEST(codec.is_outdated(packed.codec));
    codec.drop_retired(2);
    BOOST_TEST(codec.is_outdated(packed.codec), "it waited in the queue while the dictionary went");
    BOOST_TEST(!codec.is_outdated(codec.encode("Patient", text + "own").codec));
}

BOOST_AUTO_TEST_SUITE_END()
