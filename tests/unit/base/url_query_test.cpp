#include "base/url_query.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

namespace {

std::string read(std::string_view text) {
    std::string out;
    for (const auto& [name, value] : read_url_query(text)) out += '[' + name + '=' + value + ']';
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(url_query)

BOOST_AUTO_TEST_CASE(pairs_are_read_in_order_and_decoded) {
    BOOST_TEST(read("a=1&b=2&a=3") == "[a=1][b=2][a=3]");
    BOOST_TEST(read("name%3Aexact=%E5%BC%A0%e4%b8%89") == "[name:exact=张三]");
    BOOST_TEST(read("q=a+b%2Bc") == "[q=a b+c]");
}

BOOST_AUTO_TEST_CASE(what_clients_do_not_encode_is_taken_as_it_is) {
    BOOST_TEST(read("identifier=http://x.example/id|a<b") == "[identifier=http://x.example/id|a<b]");
    BOOST_TEST(read("name=张三") == "[name=张三]");
}

BOOST_AUTO_TEST_CASE(what_is_no_escape_stays) {
    BOOST_TEST(read("a=100%") == "[a=100%]");
    BOOST_TEST(read("a=%4") == "[a=%4]");
    BOOST_TEST(read("a=%zz%41") == "[a=%zzA]");
}

BOOST_AUTO_TEST_CASE(empty_pieces_and_missing_values) {
    BOOST_TEST(read("").empty());
    BOOST_TEST(read("&&a&b=&=c") == "[a=][b=][=c]");
    BOOST_TEST(read("a=b=c") == "[a=b=c]");
}

BOOST_AUTO_TEST_CASE(encoding_comes_back) {
    std::string every;
    for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
    const auto pairs = read_url_query("k=" + encode_url(every));
    BOOST_REQUIRE(pairs.size() == 1u);
    BOOST_TEST((pairs[0].second == every));
    BOOST_TEST(encode_url("urn:oid:1.2,a/b~c_d-e") == "urn:oid:1.2,a/b~c_d-e");
    BOOST_TEST(encode_url("a|b &c=张") == "a%7Cb%20%26c%3D%E5%BC%A0");
}

BOOST_AUTO_TEST_SUITE_END()
