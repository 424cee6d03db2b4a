// Units decide whether two results may be compared; a wrong factor is a wrong dose. Source: UCUM, Unified Code for Units of Measure.
#include "ucum/ucum.hpp"

#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(ucum_units)

BOOST_AUTO_TEST_CASE(validity_by_vector) {
    const auto table = tests::read_vectors("ucum/validity.tsv");
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line << " " << table.cell(row, "unit")) {
            BOOST_TEST(ucum::is_valid(table.cell(row, "unit")) == (table.cell(row, "valid") == "yes"));
        }
    }
}

BOOST_AUTO_TEST_CASE(conversion_by_vector) {
    const auto table = tests::read_vectors("ucum/convert.tsv");
    for (const auto& row : table.rows) {
        const auto from = table.cell(row, "from"), to = table.cell(row, "to"), expected = table.cell(row, "expected");
        BOOST_TEST_CONTEXT("line " << row.line << ": " << table.cell(row, "value") << " " << from << " in " << to) {
            const auto made = ucum::convert(*Decimal::read(table.cell(row, "value")), from, to);
            if (expected.starts_with("!")) {
                BOOST_TEST(!made);
                if (!made) BOOST_TEST(made.error().leading()->rule == expected.substr(1));
            } else {
                BOOST_TEST(made.has_value());
                if (!made) continue;
                const auto digits = expected.find('.') == expected.npos ? 0 : static_cast<int>(expected.size() - expected.find('.') - 1);
                BOOST_TEST(made->rounded(digits).text() == expected);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(spellings_of_laboratories_by_vector) {
    const auto table = tests::read_vectors("ucum/spellings.tsv");
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT("line " << row.line << " " << table.cell(row, "spelling")) {
            const auto unit = ucum::unit_of_spelling(table.cell(row, "spelling"));
            BOOST_TEST(unit.value_or("!") == table.cell(row, "unit"));
            if (unit) BOOST_TEST(ucum::is_valid(*unit));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_canonical_form_is_exact_and_sorted) {
    const auto unit = ucum::canonical("mg/dL");
    BOOST_REQUIRE(unit);
    BOOST_TEST(unit->factor.text() == "10");
    BOOST_TEST(unit->units == "g.m-3");
    BOOST_TEST(ucum::canonical("%")->factor.text() == "0.01");
    BOOST_TEST(ucum::canonical("%")->units == "1");
    BOOST_TEST(ucum::canonical("N")->units == ucum::canonical("kg.m/s2")->units);
    BOOST_TEST((ucum::canonical("N")->factor == ucum::canonical("kg.m/s2")->factor));
}

BOOST_AUTO_TEST_CASE(temperatures_have_an_offset) {
    BOOST_TEST(ucum::canonical("Cel")->offset.text() == "273.15");
    BOOST_TEST(ucum::canonical("[degF]")->offset.text() == "459.67");
    BOOST_TEST(ucum::canonical("K")->offset.text() == "0");
}

BOOST_AUTO_TEST_CASE(failures_tell_syntax_from_unknown_units) {
    BOOST_TEST(tests::rule_of(ucum::canonical("mg/").error()) == "ucum-syntax");
    BOOST_TEST(tests::rule_of(ucum::canonical("furlongs").error()) == "ucum-unknown-unit");
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
    BOOST_TEST(!ucum::is_valid(std::string(1'000, '(') + "m" + std::string(1'000, ')')));
    BOOST_TEST(!ucum::is_valid("m999"));
}

// To there and back: nothing is lost beyond the promised digits.
BOOST_AUTO_TEST_CASE(property_conversion_goes_both_ways) {
    const std::pair<std::string_view, std::string_view> pairs[] = {{"mg/dL", "g/L"},  {"mmol/L", "umol/L"}, {"mm[Hg]", "kPa"}, {"Cel", "K"},
                                                                   {"Cel", "[degF]"}, {"h", "min"},         {"[lb_av]", "kg"}};
    for (const auto& [from, to] : pairs) {
        for (int i = 1; i <= 200; ++i) {
            const auto value = Decimal::of(i * 37, 2);
            const auto there = ucum::convert(value, from, to);
            BOOST_REQUIRE(there);
            const auto back = ucum::convert(*there, to, from);
            BOOST_REQUIRE(back);
            BOOST_TEST_REQUIRE((back->rounded(12) == value), value.text() << " " << from << " came back as " << back->text());
        }
    }
}

BOOST_AUTO_TEST_CASE(units_have_names) {
    const auto words = [](const char* unit) {
        const auto made = ucum::display(unit);
        return made ? *made : "!" + made.error().leading()->rule;
    };
    BOOST_TEST(words("") == "(unity)");
    BOOST_TEST(words("mg/dL") == "(milligram) / (deciliter)");
    BOOST_TEST(words("10*9/L") == "(the number ten for arbitrary powers ^ 9) / (liter)");
    BOOST_TEST(words("kg.m/s2") == "(kilogram) * (meter) / (second ^ 2)");
    BOOST_TEST(words("m-2") == "(meter ^ -2)");
    BOOST_TEST(words("/min") == "/ (minute)");
    BOOST_TEST(words("mm[Hg]") == "(millimeter of mercury column)");
    BOOST_TEST(words("{cells}") == "1");
    BOOST_TEST(words("mg{protein}/24.h") == "(milligram) / 24 * (hour)");
    BOOST_TEST(words("10*23") == "(the number ten for arbitrary powers ^ 23)");
    BOOST_TEST(ucum::convert(*Decimal::read("3"), "[tsp_us]", "[tbs_us]")->text() == "1");
    BOOST_TEST(words("furlong") == "!ucum-unknown-unit");
}

BOOST_AUTO_TEST_SUITE_END()
