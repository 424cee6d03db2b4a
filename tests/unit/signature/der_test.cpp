#include "signature/der.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong::signature;
using namespace std::string_view_literals;

BOOST_AUTO_TEST_SUITE(signature_der)

BOOST_AUTO_TEST_CASE(values_come_one_after_the_other) {
    DerReader reader("\x02\x01\x05\x30\x02\x05\x00"sv);
    BOOST_TEST(!reader.next(kDerSequence));
    BOOST_TEST(reader.next(kDerInteger)->content == "\x05"sv);
    BOOST_TEST(reader.next(kDerSequence)->whole == "\x30\x02\x05\x00"sv);
    BOOST_TEST(reader.at_end());
    BOOST_TEST(!reader.next());
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again_whatever_its_length) {
    for (const std::size_t size : {0U, 127U, 128U, 255U, 256U, 70'000U}) {
        const std::string content(size, 'x');
        const auto written = write_der(kDerOctets, content);
        BOOST_TEST(DerReader(written).next(kDerOctets)->content == content);
    }
}

BOOST_AUTO_TEST_CASE(lengths_that_lie_end_the_reading) {
    for (const auto bytes : {"\x30"sv, "\x30\x05\x00"sv, "\x30\x80\x00\x00"sv, "\x30\x84\xFF\xFF\xFF\xFF\x00"sv,
                             "\x30\x85\x01\x01\x01\x01\x01"sv, "\x30\x82\x01"sv, "\x1F\x01\x00"sv}) {
        DerReader reader(bytes);
        BOOST_TEST(!reader.next());
        BOOST_TEST(reader.at_end());
    }
}

BOOST_AUTO_TEST_CASE(object_identifiers_have_their_dotted_numbers) {
    BOOST_TEST(object_text("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02"sv) == "1.2.840.113549.1.7.2");
    BOOST_TEST(object_text("\x2A\x81\x1C\xCF\x55\x01\x83\x11"sv) == "1.2.156.10197.1.401");
    BOOST_TEST(object_text("\x81\x34\x03"sv) == "2.100.3");
    BOOST_TEST(object_text("\x2A\x86"sv) == "");
    BOOST_TEST(object_text("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"sv) == "");
}

BOOST_AUTO_TEST_SUITE_END()
