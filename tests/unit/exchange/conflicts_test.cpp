/// Whose a resource is, and which person a pulled patient belongs to.
#include "identity/linking_store.hpp"
#include "support/files.hpp"
#include "unit/exchange/chaining.hpp"

#include <boost/test/unit_test.hpp>

namespace huitong {
namespace {

using exchange::Puller;
using tests::Chain;
using tests::pull_all;
using tests::rule_of;

std::string patient(const std::string& id, const std::string& birth_date) {
    return R"({"resourceType":"Patient","id":")" + id + R"(","birthDate":")" + birth_date + R"("})";
}

std::string current_body(tests::Hub& hub, const std::string& id) {
    const auto version = hub.store().view()->current({"Patient", id});
    return version && *version ? (*version)->body : "";
}

BOOST_AUTO_TEST_SUITE(conflicts)

BOOST_AUTO_TEST_CASE(an_id_that_is_held_from_elsewhere_is_refused_and_the_rest_goes_on) {
    Chain chain;
    chain.city.put(patient("p1", "1956-03-14"));
    chain.county.hub.put(patient("p1", "1999-09-09"));
    chain.county.hub.put(patient("p2", "1956-03-14"));
    chain.county.hub.remove("Patient", "p1");
    Puller puller(chain.upstream(), chain.city.services());
    const auto sum = pull_all(puller);
    BOOST_TEST(sum.written == 1U);
    BOOST_TEST(sum.refused == 2U);
    BOOST_TEST(rule_of(sum.issues) == "exchange-other-source");
    BOOST_TEST((current_body(chain.city, "p1").find("1956-03-14") != std::string::npos));
    BOOST_TEST(chain.city.store().facts("exchange-refused", "", "~", 10).size() == 2U);
}

BOOST_AUTO_TEST_CASE(two_sources_with_one_id_first_come_keeps_it) {
    Chain chain;
    tests::ServedHub other(chain.folder / "other", chain.clock, {tests::city_client()});
    chain.county.hub.put(patient("p1", "1956-03-14"));
    other.hub.put(patient("p1", "1999-09-09"));
    Puller first(chain.upstream(), chain.city.services());
    auto upstream = chain.upstream(other.url());
    upstream.name = "other";
    upstream.token.token_url = other.token_url();
    Puller second(upstream, chain.city.services());
    pull_all(first);
    BOOST_TEST(pull_all(second).refused == 1U);
    // Its home may still change it.
    chain.county.hub.put(patient("p1", "1956-03-15"));
    BOOST_TEST(pull_all(first).written == 1U);
    BOOST_TEST((current_body(chain.city, "p1").find("1956-03-15") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_same_content_from_two_sources_is_no_conflict) {
    Chain chain;
    chain.city.put(patient("p1", "1956-03-14"));
    chain.county.hub.put(patient("p1", "1956-03-14"));
    Puller puller(chain.upstream(), chain.city.services());
    const auto sum = pull_all(puller);
    BOOST_TEST(sum.refused == 0U);
    BOOST_TEST(sum.written == 0U);
}

BOOST_AUTO_TEST_CASE(what_was_changed_here_is_not_overwritten_until_it_is_restored) {
    Chain chain;
    chain.county.hub.put(patient("p1", "1956-03-14"));
    Puller puller(chain.upstream(), chain.city.services());
    pull_all(puller);
    chain.city.put(patient("p1", "2000-01-01"));
    chain.county.hub.put(patient("p1", "1956-03-15"));
    auto sum = pull_all(puller);
    BOOST_TEST(sum.refused == 1U);
    BOOST_TEST(rule_of(sum.issues) == "exchange-changed-here");
    BOOST_TEST((current_body(chain.city, "p1").find("2000-01-01") != std::string::npos));
    chain.city.put(patient("p1", "1956-03-14"));
    chain.county.hub.put(patient("p1", "1956-03-16"));
    sum = pull_all(puller);
    BOOST_TEST(sum.written == 1U);
    BOOST_TEST((current_body(chain.city, "p1").find("1956-03-16") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(removed_and_made_again_arrives_as_such) {
    Chain chain;
    chain.county.hub.put(patient("p1", "1956-03-14"), store::Action::create);
    Puller puller(chain.upstream(), chain.city.services());
    pull_all(puller);
    chain.county.hub.remove("Patient", "p1");
    pull_all(puller);
    const auto removed = chain.city.store().view()->current({"Patient", "p1"});
    BOOST_REQUIRE((removed && *removed));
    BOOST_TEST((*removed)->deleted);
    chain.county.hub.put(patient("p1", "1956-03-17"));
    pull_all(puller);
    BOOST_TEST((current_body(chain.city, "p1").find("1956-03-17") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(pulled_patients_are_linked_in_the_commit_that_writes_them) {
    Chain chain;
    const auto with_number = [](const std::string& id, const std::string& name) {
        return R"({"resourceType":"Patient","id":")" + id +
               R"(","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"990102195603140724"}],"name":[{"text":")" + name +
               R"("}],"gender":"female","birthDate":"1956-03-14"})";
    };
    identity::IdNumberRules rules;
    rules.unassigned_regions = true;
    {
        identity::Linker linker(chain.city.store(), rules);
        identity::LinkingStore linking(chain.city.store(), linker);
        chain.city.services().store = &linking;
        chain.county.hub.put(with_number("p1", "王秀英"));
        chain.county.hub.put(with_number("p2", "王秀英"));
        chain.county.hub.put(with_number("p3", "王秀英"));
        chain.county.hub.remove("Patient", "p3");
        Puller puller(chain.upstream(), chain.city.services());
        pull_all(puller);
        BOOST_TEST(linker.same_person("p1") == (std::vector<std::string>{"p1", "p2"}), boost::test_tools::per_element());
    }
    // As it is read again after a restart.
    const identity::Linker linker(chain.city.store(), rules);
    BOOST_TEST(linker.same_person("p1") == (std::vector<std::string>{"p1", "p2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace huitong
