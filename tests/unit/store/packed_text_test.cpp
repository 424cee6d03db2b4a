// Ids and token values in fewer bytes: what is packed comes back the same, what is not stays text.
#include "store/sqlite/packed_text.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace huitong::store;

BOOST_AUTO_TEST_SUITE(packed_texts)

constexpr const char* kPacked[] = {"0b9a1c52-7d10-4c3a-9f00-99010100000a",
                                   "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                   "00000000-0000-0000-0000-000000000000",
                                   "01m8f2fvqcqtf0f0nxm03r1235",
                                   "01zzzzzzzzzzzzzzzzzzzzzzzz",
                                   "01000000000000000000000000",
                                   "99010119900307001",
                                   "1.2.840.990101.1.2.3",
                                   "2026-11-20",
                                   "8/77:1_2"};

BOOST_DATA_TEST_CASE(a_packed_text_is_shorter_and_comes_back_the_same, boost::unit_test::data::make(kPacked)) {
    const std::string text = sample;
    const auto packed = pack_text(text);
    BOOST_REQUIRE(!packed.empty());
    BOOST_TEST(packed.size() < text.size());
    BOOST_TEST(unpack_text(packed) == text);
}

constexpr const char* kPlain[] = {"",
                                  "718-7",
                                  "final",
                                  "0B9A1C52-7D10-4C3A-9F00-99010100000A",
                                  "0b9a1c52x7d10-4c3a-9f00-99010100000a",
                                  "01M8F2FVQCQTF0F0NXM03R1235",
                                  "01iloilouilouilouilouiloui",
                                  "zzzzzzzzzzzzzzzzzzzzzzzzzz",
                                  "12345678X",
                                  "编号990101"};

BOOST_DATA_TEST_CASE(other_texts_stay_as_they_are, boost::unit_test::data::make(kPlain)) {
    BOOST_TEST(pack_text(sample).empty());
    BOOST_TEST(PackedText(sample).bytes() == sample);
}

BOOST_AUTO_TEST_SUITE_END()
