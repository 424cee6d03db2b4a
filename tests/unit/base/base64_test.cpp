// RFC 4648 §4, §10.
#include "base/base64.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(base64)

BOOST_AUTO_TEST_CASE(the_vectors_of_the_standard_both_ways) {
    const std::pair<const char*, const char*> cases[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : cases) {
        BOOST_TEST(encode_base64(plain) == encoded);
        BOOST_TEST(decode_base64(encoded).value() == plain);
    }
    const std::string bytes("\0\xFF\x80\x7F\n", 5);
    BOOST_TEST(decode_base64(encode_base64(bytes)).value() == bytes);
}

BOOST_AUTO_TEST_CASE(white_space_is_passed_over_and_other_signs_are_refused) {
    BOOST_TEST(decode_base64(" Zm9v\r\nYmFy\t").value() == "foobar");
    for (const char* text : {"Zg=", "Z", "Zg==Zg==", "Zm9*", "Z===", "====", "Zm-_", "=Zg="})
        BOOST_TEST(!decode_base64(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
