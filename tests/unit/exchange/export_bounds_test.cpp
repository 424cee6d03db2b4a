// Where classes of data may be exported to. Source: design "data-class labels that bound exports".
#include "exchange/bulk/export_bounds.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::exchange;
using huitong::tests::rule_of;

BOOST_AUTO_TEST_SUITE(export_bounds)

BOOST_AUTO_TEST_CASE(a_type_goes_where_all_of_its_classes_let_it_go) {
    const std::vector<DataClass> classes = {
        {"city", {"Observation"}, {"3410"}, false}, {"all", {"*"}, {"34", "33"}, false}, {"names", {"Condition"}, {"*"}, true}};
    const auto asked = [&](const std::string& type, const std::string& place, bool deidentified = false) {
        access::Caller caller;
        caller.destination = place;
        return rule_of(check_bounds(classes, {type}, caller, deidentified));
    };
    BOOST_TEST(asked("Observation", "341002") == "");
    BOOST_TEST(asked("Observation", "340100") == "export-destination"); // in the province, not in the city
    BOOST_TEST(asked("Patient", "330106") == "");
    BOOST_TEST(asked("Patient", "") == "export-destination"); // nobody knows where
    BOOST_TEST(asked("Condition", "341002") == "export-identified");
    BOOST_TEST(asked("Condition", "341002", true) == "");
}

BOOST_AUTO_TEST_CASE(without_classes_and_for_the_owner_everything_goes) {
    access::Caller owner;
    owner.local_admin = true;
    BOOST_TEST(check_bounds({{"none", {"*"}, {}, true}}, {"Patient"}, owner, false).empty());
    BOOST_TEST(check_bounds({}, {"Patient"}, {}, false).empty());
}

BOOST_AUTO_TEST_SUITE_END()
