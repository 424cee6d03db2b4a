// Messages that wait for an institution: released once it is known, in order, and only those.
#include "feeds/quarantine.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::feeds;

namespace {

/// Institutions that are known, and what was released.
struct Hospital {
    std::set<std::string> known;
    std::vector<MessageId> released;
    int looked_up = 0;
    Quarantine quarantine{[this](const std::string& code) {
                              ++looked_up;
                              return known.contains(code);
                          },
                          [this](const MessageId& id) { released.push_back(id); }};
};

Outcome unknown(const std::vector<std::string>& codes) {
    Outcome out;
    for (const auto& code : codes) out.add(error(IssueCode::not_found, "Organization", "feed-unknown-organization", {code}));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(quarantine)

BOOST_AUTO_TEST_CASE(a_message_waits_until_its_institution_is_known) {
    Hospital hospital;
    hospital.quarantine.note("M000000000002", unknown({"341099H0001"}));
    hospital.quarantine.note("M000000000001", unknown({"341099H0001"}));
    BOOST_TEST(hospital.quarantine.step() == 0u);
    BOOST_TEST(hospital.looked_up == 1); // one question for both
    hospital.known = {"341099H0001"};
    BOOST_TEST(hospital.quarantine.step() == 2u);
    const std::vector<MessageId> in_order{"M000000000001", "M000000000002"};
    BOOST_TEST(hospital.released == in_order, boost::test_tools::per_element());
    BOOST_TEST(hospital.quarantine.step() == 0u);
    BOOST_TEST(hospital.quarantine.waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(all_its_institutions_must_be_known) {
    Hospital hospital;
    hospital.quarantine.note("M000000000001", unknown({"341099H0001", "341099H0002"}));
    hospital.known = {"341099H0001"};
    BOOST_TEST(hospital.quarantine.step() == 0u);
    hospital.known.insert("341099H0002");
    BOOST_TEST(hospital.quarantine.step() == 1u);
}

BOOST_AUTO_TEST_CASE(another_fault_beside_keeps_it_a_dead_letter) {
    Hospital hospital;
    hospital.known = {"341099H0001"};
    auto reasons = unknown({"341099H0001"});
    reasons.add(error(IssueCode::required, "PID-3", "v2-required", {"PID-3"}));
    hospital.quarantine.note("M000000000001", reasons);
    reasons = unknown({"341099H0001"});
    reasons.add(warning(IssueCode::value, "OBX-5", "v2-number"));
    hospital.quarantine.note("M000000000002", reasons);
    BOOST_TEST(hospital.quarantine.waiting() == 1u);
    BOOST_TEST(hospital.quarantine.step() == 1u);
}

BOOST_AUTO_TEST_CASE(dead_letters_of_earlier_runs_wait_too) {
    const tests::Folder folder;
    store::StoreOptions place;
    place.directory = folder.file("data");
    const auto store = std::move(*store::open_store(place));
    Receipt receipt;
    receipt.id = "M000000000007";
    receipt.disposition = Disposition::dead_letter;
    receipt.issues = unknown({"341099H0001"});
    std::vector<store::FactWrite> facts{{std::string(kDeadLetterFacts), receipt.id, write_status(receipt, {}, {}), false}};
    BOOST_REQUIRE(store->write_facts(std::move(facts)).has_value());
    Hospital hospital;
    hospital.known = {"341099H0001"};
    hospital.quarantine.recover(*store);
    BOOST_TEST(hospital.quarantine.step() == 1u);
    BOOST_TEST(hospital.released.front() == "M000000000007");
}

BOOST_AUTO_TEST_SUITE_END()
