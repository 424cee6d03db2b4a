// The built-in table of people and the register of practitioners.
#include "access/people.hpp"
#include "access/practitioners.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace huitong;
using namespace huitong::access;
using huitong::tests::rule_of;

namespace {

struct Files : huitong::tests::Folder {
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(file(name), std::ios::binary) << text;
        return file(name);
    }
};
constexpr auto kPeople = "login,organization,practitioner,role,patient,password,valid_from,valid_to\n";
constexpr auto kRegister = "organization,practitioner,name,licence_from,licence_to\n";

} // namespace

BOOST_AUTO_TEST_SUITE(people_suite)

BOOST_AUTO_TEST_CASE(a_password_is_known_by_its_hash_and_two_hashes_of_it_differ) {
    const auto first = hash_password("correct horse battery").value(), second = hash_password("correct horse battery").value();
    BOOST_TEST(first.starts_with("scrypt$15$8$1$"));
    BOOST_TEST(first != second);
    BOOST_TEST(is_password("correct horse battery", first));
    BOOST_TEST(!is_password("correct horse batterz", first));
    for (const auto* broken : {"", "scrypt$15$8$1$x", "scrypt$30$8$1$eHh4eHh4eHh4eHh4eHh4eA==$eHg=", "md5$x"})
        BOOST_TEST(!is_password("correct horse battery", broken), broken);
}

BOOST_AUTO_TEST_CASE(passwords_have_twelve_characters_of_any_script) {
    BOOST_TEST(rule_of(hash_password("elevenchars").error()) == "person-password");
    BOOST_TEST(hash_password("twelve chars").has_value());
    BOOST_TEST(hash_password("十二个汉字组成的一句口令").has_value());
    BOOST_TEST(rule_of(hash_password(std::string(129, 'x')).error()) == "person-password");
}

BOOST_AUTO_TEST_CASE(rows_that_are_not_whole_are_named_by_their_line) {
    const Files files;
    const auto hash = hash_password("twelve chars").value();
    const auto good = files.write("good.csv", kPeople + ("wang,341004H0009,1023,doctor,," + hash + ",,2026-12-31\n"));
    const auto read = People::read(good);
    BOOST_TEST(!read.issues.has_errors());
    BOOST_TEST(read.value.at(0).valid_to == "2026-12-31");
    for (const auto& row : {",o,p,r,," + hash + ",,\n", std::string("wang,o,p,r,,plain,,\n"), "wang,o,p,r,," + hash + ",2026-13-01,\n"})
        BOOST_TEST(rule_of(People::read(files.write("bad.csv", kPeople + row)).issues) == "person-row", row);
    BOOST_TEST(rule_of(People::read(files.write("head.csv", "login\n")).issues) == "person-table");
    BOOST_TEST(rule_of(People::read(files.file("none.csv")).issues) == "person-table");
}

BOOST_AUTO_TEST_CASE(a_licence_holds_from_its_first_day_to_its_last) {
    const Files files;
    Practitioners practitioners(files.write("p.csv", kRegister + std::string("B,1023,王,2026-01-01,2026-11-30\nB,1024,李,,\n")));
    BOOST_TEST(practitioners.reload().empty());
    BOOST_TEST(practitioners.may_act("B", "1023", "2026-11-30"));
    BOOST_TEST(!practitioners.may_act("B", "1023", "2026-12-01"));
    BOOST_TEST(!practitioners.may_act("B", "1023", "2025-12-31"));
    BOOST_TEST(practitioners.may_act("B", "1024", "2099-01-01"));
    BOOST_TEST(!practitioners.may_act("A", "1024", "2026-06-01")); // a licence is for one institution
    BOOST_TEST(!practitioners.may_act("B", "9", "2026-06-01"));
}

BOOST_AUTO_TEST_CASE(a_register_that_became_wrong_leaves_the_old_one_in_place) {
    const Files files;
    const auto file = files.write("p.csv", kRegister + std::string("B,1023,王,,\n"));
    Practitioners practitioners(file);
    BOOST_TEST(practitioners.reload().empty());
    for (const auto* rows : {"B,1023,王,,2026\n", "B,,王,,\n", "B,1,王,,\nB,1,王,,\n"}) {
        files.write("p.csv", std::string(kRegister) + rows);
        BOOST_TEST(rule_of(practitioners.reload()) == "practitioner-row", rows);
        BOOST_TEST(practitioners.may_act("B", "1023", "2026-06-01"));
    }
    files.write("p.csv", kRegister + std::string("B,2,李,,\n"));
    BOOST_TEST(practitioners.reload().empty());
    BOOST_TEST(!practitioners.may_act("B", "1023", "2026-06-01"));
}

BOOST_AUTO_TEST_SUITE_END()
