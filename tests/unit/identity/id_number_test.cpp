// Citizen numbers: tests/vectors/identity/id_number.tsv. Source: GB 11643-1999; ISO 7064 MOD 11-2.
#include "identity/id_number.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::identity;

BOOST_AUTO_TEST_SUITE(id_number)

BOOST_AUTO_TEST_CASE(numbers_follow_vectors) {
    const auto table = tests::read_vectors("identity/id_number.tsv");
    BOOST_REQUIRE(!table.rows.empty());
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT(table.cell(row, "name")) {
            IdNumberRules rules;
            rules.unassigned_regions = table.cell(row, "unassigned") == "yes";
            const auto number = valid_id_number(table.cell(row, "text"), rules);
            BOOST_TEST(number.value_or("-") == table.cell(row, "number"));
            if (!number) continue;
            BOOST_TEST(birth_date_of(*number) == table.cell(row, "birth_date"));
            BOOST_TEST(std::string(1, sex_of(*number)) == table.cell(row, "sex"));
        }
    }
}

// ISO 7064 MOD 11-2: every wrong digit and every swap of two different neighbours is found.
BOOST_AUTO_TEST_CASE(no_single_slip_of_a_digit_and_no_swap_stays_valid) {
    const IdNumberRules rules{true};
    const std::string number = "990102195603140724";
    BOOST_REQUIRE(valid_id_number(number, rules));
    for (std::size_t at = 0; at < number.size(); ++at) {
        for (char digit = '0'; digit <= '9'; ++digit) {
            auto slipped = number;
            slipped[at] = digit;
            BOOST_TEST(valid_id_number(slipped, rules).has_value() == (digit == number[at]), slipped);
        }
        if (at + 1 == number.size() || number[at] == number[at + 1]) continue;
        auto swapped = number;
        std::swap(swapped[at], swapped[at + 1]);
        BOOST_TEST(!valid_id_number(swapped, rules), swapped);
    }
}

BOOST_AUTO_TEST_SUITE_END()
