// What was asked stands in the trail for auditors alone.
#include "access/trail_texts.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong::access;

namespace {

constexpr auto kEvents =
    R"({"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"AuditEvent","id":"e","entity":[{"what":{"reference":"Patient/p"}},{"query":"R0VU"}]}}]})";

bool tells(const Caller& caller) { return without_queries(kEvents, caller).find("R0VU") != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(trail_texts)

BOOST_AUTO_TEST_CASE(queries_are_read_by_auditors_and_the_owner_and_by_no_resident) {
    Caller anybody, auditor, owner;
    anybody.scopes = {"system/*.rs"};
    auditor.scopes = {"system/AuditEvent.rs", std::string(kAuditorScope)};
    owner.local_admin = true;
    BOOST_TEST(!tells(anybody));
    BOOST_TEST(tells(auditor));
    BOOST_TEST(tells(owner));
    auditor.patient_id = "p";
    BOOST_TEST(!tells(auditor));
    BOOST_TEST(without_queries(kEvents, anybody).find("Patient/p") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
