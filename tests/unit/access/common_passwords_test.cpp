// Which passwords everybody tries first. Source: OWASP ASVS 5.0 V6.2.4, V6.2.11, V6.2.12.
#include "access/common_passwords.hpp"
#include "access/people.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong::access;
using huitong::tests::rule_of;

BOOST_AUTO_TEST_SUITE(common_passwords)

BOOST_AUTO_TEST_CASE(known_words_with_something_around_them_are_common) {
    for (const auto* password : {"password1234", "Password!2026", "P4ssw0rd2026!", "admin@123456", "hospital2026!", "WoAiNi520520!",
                                 "huitong#2026!", "yiyuan123456", "welcome-2026-welcome", "iloveyou1314"})
        BOOST_TEST(is_common_password(password), password);
}

BOOST_AUTO_TEST_CASE(runs_and_repetitions_are_common) {
    for (const auto* password : {"123456789012", "abcdefghijkl", "qwertyuiop12", "1qaz2wsx3edc", "aaaaaaaaaaaa", "abcabcabcabc",
                                 "121212121212", "zyxwvutsrqpo", "20261128112800"})
        BOOST_TEST(is_common_password(password), password);
}

BOOST_AUTO_TEST_CASE(the_own_login_with_digits_is_common) {
    BOOST_TEST(is_common_password("wangxiuying2026", "wangxiuying"));
    BOOST_TEST(!is_common_password("wangxiuying2026", "somebody"));
}

BOOST_AUTO_TEST_CASE(what_is_ones_own_is_not) {
    for (const auto* password :
         {"a long enough password", "correct horse battery", "tRk9-vLq2-Zb7m", "云无心以出岫鸟倦飞", "five blue kites at noon"})
        BOOST_TEST(!is_common_password(password), password);
}

BOOST_AUTO_TEST_CASE(no_hash_is_made_of_a_common_one) {
    BOOST_TEST(rule_of(hash_password("password1234").error()) == "person-password-common");
    BOOST_TEST(rule_of(hash_password("short").error()) == "person-password");
}

BOOST_AUTO_TEST_SUITE_END()
