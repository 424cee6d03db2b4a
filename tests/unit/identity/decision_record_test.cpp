// A steward's decision stands in the shared record: a Provenance at each of the two, in the commit of the links.
#include "identity/decision_record.hpp"
#include "support/files.hpp"
#include "unit/identity/records.hpp"
#include "unit/validation/trees.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;
using namespace huitong::identity;
using identity::tests::record;

BOOST_AUTO_TEST_SUITE(decision_record)

BOOST_AUTO_TEST_CASE(both_records_tell_who_decided_and_why) {
    const auto folder = std::filesystem::temp_directory_path() / ("huitong-decision-" + std::to_string(std::random_device{}()));
    {
        store::StoreOptions options;
        options.directory = folder.string();
        const auto store = store::open_store(options).value();
        const search::Registry registry(validation::tests::fresh_definitions());
        Linker linker(*store, identity::tests::kSampleRules);
        for (const auto* patient : {"a", "b"})
            BOOST_REQUIRE(store->write_facts(linker.link(patient, record("name=王秀英")).value().facts).has_value());
        const auto decided = linker.decide("a", "b", Linker::Saying::same, "steward-1", "the paper card").value();
        auto commit = decision_commit(*store, registry, decided, "a", "b", Linker::Saying::same, "steward-1", "the paper card",
                                      Instant{1'700'000'000'000'000});
        BOOST_REQUIRE(store->commit_and_wait(std::move(commit)).has_value());
        for (const auto& [patient, other] : {std::pair("a", "b"), std::pair("b", "a")}) {
            const auto view = store->view();
            const auto found = view->versions(view->references("Provenance", "target", "Patient", patient)).value();
            BOOST_REQUIRE_EQUAL(found.size(), 1u);
            BOOST_TEST(validation::tests::found_in(found[0].body) == "");
            const auto parsed = fhir::read_json(found[0].body);
            const auto root = parsed.value->root();
            BOOST_TEST(root.text("agent.who.identifier.value") == "steward-1");
            BOOST_TEST(root.text("reason.text") == "the paper card");
            BOOST_TEST(root.text("entity.what.reference") == std::string("Patient/") + other);
            BOOST_TEST(root.text("activity.coding.code") == "link");
            BOOST_TEST(view->patient_of(found[0].key) == patient);
        }
        BOOST_TEST(store->log(0, 10).value().back().actor == "steward:steward-1");
        const Linker again(*store, identity::tests::kSampleRules);
        BOOST_TEST((again.same_person("a") == std::vector<std::string>{"a", "b"}));
    }
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
