// "1.50" mmol/L is not "1.5": FHIR R4, Datatypes, decimal — precision is significant. Arithmetic is checked against 128-bit integers.
#include "base/decimal.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;

namespace {

Decimal decimal(std::string_view text) {
    const auto value = Decimal::read(text);
    BOOST_REQUIRE_MESSAGE(value, "no decimal: " << text);
    return *value;
}

struct Random {
    std::mt19937_64 engine{20260101};
    std::int64_t below(std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(engine); }
    Decimal decimal() { return Decimal::of(below(2'000'000'000'000) - 1'000'000'000'000, static_cast<int>(below(9))); }
};

Decimal::Coefficient at_scale(const Decimal& value, int scale) {
    auto out = value.coefficient();
    for (int i = value.scale(); i < scale; ++i) out *= 10;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(decimal_numbers)

BOOST_AUTO_TEST_CASE(what_was_written_is_what_is_kept) {
    for (const auto* text :
         {"0", "0.0", "1.50", "-0.50", "100", "0.000001", "-12345678901234567890.12345678", "99999999999999999999999999999999999999"}) {
        BOOST_TEST(decimal(text).text() == text);
    }
}

BOOST_AUTO_TEST_CASE(exponents_become_plain_digits) {
    BOOST_TEST(decimal("1e3").text() == "1000");
    BOOST_TEST(decimal("6.02E+3").text() == "6020");
    BOOST_TEST(decimal("1.50e-2").text() == "0.0150");
    BOOST_TEST(decimal("-2E0").text() == "-2");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_number_is_refused) {
    for (const auto* text : {"",     "-",    "+",    ".",   "abc", "1.2.3", "1,5", " 1", "1 ",   "1e",   "1e+",
                             "1e 3", "1e3x", "0x10", "NaN", "inf", "--1",   "１",  "<5", "1e61", "1e-61"}) {
        BOOST_TEST(!Decimal::read(text), "accepted: '" << text << "'");
    }
}

BOOST_AUTO_TEST_CASE(numbers_beyond_the_range_are_refused_not_wrapped) {
    BOOST_TEST(!Decimal::read(std::string(40, '9')));
    BOOST_TEST(!Decimal::read("1e40"));
    const auto large = decimal(std::string(38, '9'));
    BOOST_TEST(!Decimal::multiply(large, decimal("10")));
    BOOST_TEST(!Decimal::multiply(large, large));
    BOOST_TEST(!Decimal::add(large, decimal("0.1")));
}

BOOST_AUTO_TEST_CASE(order_is_by_value_not_by_writing) {
    BOOST_TEST((decimal("1.0") == decimal("1.00")));
    BOOST_TEST((decimal("-0") == decimal("0.000")));
    BOOST_TEST((decimal("-1.5") < decimal("-1.49")));
    BOOST_TEST((decimal("9.99") < decimal("10")));
    // One side cannot be brought to the other's scale: the order must still be told.
    BOOST_TEST((decimal(std::string(38, '9')) > decimal("0.00000000001")));
    BOOST_TEST((decimal("-" + std::string(38, '9')) < decimal("-0.00000000001")));
}

BOOST_AUTO_TEST_CASE(rounding_is_half_away_from_zero) {
    BOOST_TEST(decimal("2.345").rounded(2).text() == "2.35");
    BOOST_TEST(decimal("-2.345").rounded(2).text() == "-2.35");
    BOOST_TEST(decimal("2.344").rounded(2).text() == "2.34");
    BOOST_TEST(decimal("0.5").rounded(0).text() == "1");
    BOOST_TEST(decimal("1.5").rounded(3).text() == "1.500");
    BOOST_TEST(decimal("-2.99").truncated(1).text() == "-2.9");
    BOOST_TEST(decimal("1.500").normalized().text() == "1.5");
    BOOST_TEST(decimal("100").normalized().text() == "100");
}

BOOST_AUTO_TEST_CASE(division_gives_the_digits_asked_for) {
    BOOST_TEST(Decimal::divide(1, 3, 5)->text() == "0.33333");
    BOOST_TEST(Decimal::divide(2, 3, 5)->text() == "0.66667");
    BOOST_TEST(Decimal::divide(-2, 3, 5)->text() == "-0.66667");
    BOOST_TEST(Decimal::divide(decimal("0.001"), decimal("1000"), 3)->text() == "0.000");
    BOOST_TEST(!Decimal::divide(1, 0, 5));
    BOOST_TEST(!Decimal::divide(1, decimal("0.00"), 5));
}

BOOST_AUTO_TEST_CASE(integers_are_told_by_value) {
    BOOST_TEST(decimal("5.00").is_integer());
    BOOST_TEST(!decimal("5.01").is_integer());
    BOOST_TEST(*decimal("5.00").to_int64() == 5);
    BOOST_TEST(*decimal("-9223372036854775808").to_int64() == INT64_MIN);
    BOOST_TEST(!decimal("9223372036854775808").to_int64());
    BOOST_TEST(!decimal("0.5").to_int64());
}

BOOST_AUTO_TEST_CASE(property_text_reads_back_as_itself) {
    Random random;
    for (int i = 0; i < 5'000; ++i) {
        const auto value = random.decimal();
        const auto again = Decimal::read(value.text());
        BOOST_REQUIRE(again);
        BOOST_TEST_REQUIRE(again->text() == value.text());
        BOOST_TEST_REQUIRE(again->scale() == value.scale());
    }
}

BOOST_AUTO_TEST_CASE(property_sums_products_and_order_agree_with_integers) {
    Random random;
    for (int i = 0; i < 5'000; ++i) {
        const auto a = random.decimal();
        const auto b = random.decimal();
        const int scale = std::max(a.scale(), b.scale());
        BOOST_REQUIRE((Decimal::add(a, b)->coefficient() == at_scale(a, scale) + at_scale(b, scale)));
        BOOST_REQUIRE((Decimal::subtract(a, b)->coefficient() == at_scale(a, scale) - at_scale(b, scale)));
        BOOST_REQUIRE((Decimal::multiply(a, b)->coefficient() == a.coefficient() * b.coefficient()));
        BOOST_REQUIRE_EQUAL(a < b, at_scale(a, scale) < at_scale(b, scale));
        BOOST_REQUIRE_EQUAL(a == b, at_scale(a, scale) == at_scale(b, scale));
    }
}

// |a - q·b| ≤ |b| / 2 in the last digit: the definition of a rounded quotient.
BOOST_AUTO_TEST_CASE(property_quotients_are_the_nearest) {
    Random random;
    for (int i = 0; i < 5'000; ++i) {
        const Decimal a(random.below(2'000'000) - 1'000'000);
        const Decimal b(random.below(2'000) - 1'000);
        if (b == Decimal(0)) continue;
        const auto quotient = *Decimal::divide(a, b, 6);
        BOOST_TEST_REQUIRE(quotient.scale() == 6);
        auto rest = a.coefficient() * 1'000'000 - quotient.coefficient() * b.coefficient();
        auto size = b.coefficient();
        if (rest < 0) rest = -rest;
        if (size < 0) size = -size;
        BOOST_REQUIRE((2 * rest <= size));
    }
}

BOOST_AUTO_TEST_SUITE_END()
