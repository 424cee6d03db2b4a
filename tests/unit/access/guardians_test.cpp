// Who may act for a minor: what the record says of the two, to the day. Source: FHIR R4, RelatedPerson.
#include "access/guardians.hpp"
#include "unit/store/fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::access;
using namespace huitong::tests;

namespace {

constexpr auto kDay = "2026-11-28";

struct Family {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());
    Family() {
        put_person("mother", R"("identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"1"}],"birthDate":"1980-01-01")");
        put_person("child", R"("birthDate":"2020-05-01")");
        put_related("r");
    }
    void put_resource(const std::string& type, const std::string& id, const std::string& members) {
        auto write = write_of(type, id);
        write.body = R"({"resourceType":")" + type + R"(","id":")" + id + "\"," + members + '}';
        write.meta_at = 0;
        if (type == "RelatedPerson") write.rows.references.push_back({"patient", "Patient", "child", "", ""});
        put(*store, write);
    }
    void put_person(const std::string& id, const std::string& members) { put_resource("Patient", id, members); }
    void put_related(const std::string& id, const std::string& code = "MTH", const std::string& more = "",
                     const std::string& number = "1") {
        put_resource(
            "RelatedPerson", id,
            R"("patient":{"reference":"Patient/child"},"relationship":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-RoleCode","code":")" +
                code + R"("}]}],"identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":")" + number + "\"}]" + more);
    }
    bool may(const std::string& day = kDay) { return is_guardian(*store->view(), "mother", "child", day); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(guardians)

BOOST_FIXTURE_TEST_CASE(a_parent_acts_until_the_eighteenth_birthday, Family) {
    BOOST_TEST(may());
    BOOST_TEST(may("2038-04-30"));
    BOOST_TEST(!may("2038-05-01"));
    put_person("child", R"("birthDate":"2020")");
    BOOST_TEST(!may()); // nobody can tell the day
}

BOOST_FIXTURE_TEST_CASE(who_is_no_parent_or_guardian_does_not, Family) {
    for (const auto* code : {"FTH", "PRN", "GUARD"}) {
        put_related("r", code);
        BOOST_TEST(may(), code);
    }
    for (const auto* code : {"SIS", "GRMTH", "NBOR"}) {
        put_related("r", code);
        BOOST_TEST(!may(), code);
    }
    put_related("r", "MTH", "", "2"); // another woman
    BOOST_TEST(!may());
}

BOOST_FIXTURE_TEST_CASE(a_guardianship_has_its_period_and_may_end, Family) {
    put_related("r", "GUARD", R"(,"period":{"start":"2026-01-01","end":"2026-11-28"})");
    BOOST_TEST(may());
    BOOST_TEST(!may("2026-11-29"));
    BOOST_TEST(!may("2025-12-31"));
    put_related("r", "GUARD", R"(,"active":false)");
    BOOST_TEST(!may());
}

BOOST_FIXTURE_TEST_CASE(only_a_citizen_number_that_holds_says_who_somebody_is, Family) {
    for (const auto* wrong :
         {R"("value":"1")", R"("system":"urn:id","value":"1")", R"("system":"urn:oid:2.16.156.10011.1.3","use":"old","value":"1")",
          R"("system":"urn:oid:2.16.156.10011.1.3","use":"temp","value":"1")",
          R"("system":"urn:oid:2.16.156.10011.1.3","value":"1","period":{"end":"2026-11-27"})"}) {
        put_person("mother", R"("identifier":[{)" + std::string(wrong) + R"(}],"birthDate":"1980-01-01")");
        BOOST_TEST(!may(), wrong);
    }
}

BOOST_FIXTURE_TEST_CASE(nobody_acts_for_a_child_who_has_died, Family) {
    for (const auto* death : {R"("deceasedBoolean":true)", R"("deceasedDateTime":"2026-10-01")"}) {
        put_person("child", R"("birthDate":"2020-05-01",)" + std::string(death));
        BOOST_TEST(!may(), death);
    }
    put_person("child", R"("birthDate":"2020-05-01","deceasedBoolean":false)");
    BOOST_TEST(may());
}

BOOST_FIXTURE_TEST_CASE(nobody_acts_for_or_as_somebody_who_is_not_there, Family) {
    BOOST_TEST(!is_guardian(*store->view(), "nobody", "child", kDay));
    BOOST_TEST(!is_guardian(*store->view(), "mother", "nobody", kDay));
    put(*store, removal_of("Patient", "mother"));
    BOOST_TEST(!may());
}

BOOST_AUTO_TEST_SUITE_END()
