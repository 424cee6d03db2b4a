// Whoever writes a Patient through the linking store has it linked, in the same commit.
#include "fhir/json.hpp"
#include "identity/linking_store.hpp"
#include "support/files.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;
using namespace huitong::identity;

namespace {

struct Hub {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("huitong-linking-" + std::to_string(std::random_device{}()));
    std::shared_ptr<store::Store> store;
    std::unique_ptr<Linker> linker;
    std::unique_ptr<LinkingStore> linking;

    Hub() { start(); }
    ~Hub() {
        linking.reset();
        linker.reset();
        store.reset();
        std::filesystem::remove_all(path);
    }
    void start() {
        linking.reset();
        linker.reset();
        store.reset();
        store::StoreOptions options;
        options.directory = path.string();
        store = store::open_store(options).value();
        linker = std::make_unique<Linker>(*store, IdNumberRules{true});
        linking = std::make_unique<LinkingStore>(*store, *linker);
    }
};

std::string patient(const std::string& name, const std::string& link = "", const std::string& number = "990102195603140724") {
    return R"({"resourceType":"Patient","identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":")" + number + R"("}],
        "name":[{"text":")" +
           name + R"("}],"managingOrganization":{"identifier":{"value":"H1"}})" + link + "}";
}

store::Commit commit_of(std::vector<std::pair<std::string, std::string>> bodies) {
    store::Commit out;
    for (auto& [id, body] : bodies) {
        store::Write write;
        write.key = {"Patient", id};
        write.body = std::move(body);
        out.writes.push_back(std::move(write));
    }
    return out;
}

/// Patient a as a feed sent it at a time.
store::Commit sent_at(std::int64_t time, const std::string& name) {
    auto commit = commit_of({{"a", patient(name)}});
    store::Precedence precedence;
    precedence.source = "H1";
    precedence.business_key = "a";
    precedence.source_time = {time};
    commit.writes[0].precedence = precedence;
    return commit;
}

/// A message older than the one of sent_at(2), whose second commit, which would have put its facts right, was lost.
void crash_behind_a_late_message(Hub& hub) {
    auto late = sent_at(1, "王小英");
    const auto linked = hub.linker->link("a", Record());
    BOOST_REQUIRE(linked);
    late.facts = linked->facts;
    const auto receipt = hub.store->commit_and_wait(std::move(late));
    BOOST_REQUIRE(receipt);
    BOOST_TEST(receipt->writes[0].superseded);
}

store::Commit observations(int commit, int count) {
    store::Commit out;
    for (int number = 0; number < count; ++number) {
        store::Write write;
        write.key = {"Observation", std::to_string(commit) + '-' + std::to_string(number)};
        write.body = R"({"resourceType":"Observation"})";
        out.writes.push_back(std::move(write));
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(linking_store)

BOOST_AUTO_TEST_CASE(a_commit_links_its_patients_and_a_restart_knows_it) {
    Hub hub;
    BOOST_REQUIRE(hub.linking->commit_and_wait(commit_of({{"a", patient("王秀英")}, {"b", patient("王秀英")}})).has_value());
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
    hub.start();
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(a_merge_of_one_message_joins_both) {
    Hub hub;
    const std::string link = R"(,"link":[{"other":{"reference":"Patient/old"},"type":"replaces"}])";
    BOOST_REQUIRE(hub.linking->commit_and_wait(commit_of({{"new", patient("王秀英", link)}, {"old", patient("王小英")}})).has_value());
    BOOST_TEST((hub.linker->same_person("new") == std::vector<std::string>{"new", "old"}));
}

// What an institution keeps is merged by itself alone, whatever another's client writes.
BOOST_AUTO_TEST_CASE(a_client_merges_no_records_of_another_institution) {
    const std::string link =
        R"(,"link":[{"other":{"reference":"Patient/b1"},"type":"replaces"},{"other":{"reference":"Patient/b2"},"type":"replaces"}])";
    const auto joined_by = [&](const std::string& owner, bool is_client) {
        Hub hub;
        BOOST_REQUIRE(
            hub.linking->commit_and_wait(commit_of({{"b1", patient("王大", "", "")}, {"b2", patient("李小", "", "")}})).has_value());
        auto commit = commit_of({{"x", patient("王大", link, "")}});
        commit.writes[0].owner = owner;
        if (!is_client) commit.message_id = "m1";
        BOOST_REQUIRE(hub.linking->commit_and_wait(std::move(commit)).has_value());
        const auto joined = hub.linker->same_person("b1").size();
        BOOST_TEST(hub.linker->reviews(9).empty() == (joined > 1));
        hub.start(); // and after a restart
        BOOST_TEST(hub.linker->same_person("b1").size() == joined);
        return joined;
    };
    BOOST_TEST(joined_by("H2", true) == 1U);
    BOOST_TEST(joined_by("H1", true) == 3U);
    BOOST_TEST(joined_by("H2", false) == 3U); // a feed that carries several institutions
}

BOOST_AUTO_TEST_CASE(a_start_finds_what_a_crash_left_of_a_late_message) {
    Hub hub;
    BOOST_REQUIRE(hub.linking->commit_and_wait(commit_of({{"b", patient("王秀英")}})).has_value());
    BOOST_REQUIRE(hub.linking->commit_and_wait(sent_at(2, "王秀英")).has_value());
    crash_behind_a_late_message(hub);
    // Whatever was written behind it, as long as a load may have had it under way together with the message.
    for (int commit = 0; commit < 9; ++commit) BOOST_REQUIRE(hub.store->commit_and_wait(observations(commit, 1'000)).has_value());
    hub.start();
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
}

// A start costs the same however much was loaded before: what is older than anything that can have been under way is not read again.
BOOST_AUTO_TEST_CASE(a_start_looks_at_the_newest_writes_alone) {
    Hub hub;
    BOOST_REQUIRE(hub.linking->commit_and_wait(sent_at(2, "王秀英")).has_value());
    crash_behind_a_late_message(hub);
    for (int commit = 0; commit < 24; ++commit) BOOST_REQUIRE(hub.store->commit_and_wait(observations(commit, 1'000)).has_value());
    hub.start();
    BOOST_TEST(hub.linker->record("a")->name == "");
}

BOOST_AUTO_TEST_CASE(a_refused_commit_links_nothing) {
    Hub hub;
    auto commit = commit_of({{"a", patient("王秀英")}});
    commit.writes[0].if_version = 7;
    BOOST_TEST(!hub.linking->commit_and_wait(std::move(commit)).has_value());
    BOOST_TEST(hub.linker->person_of("a") == "");
    hub.start();
    BOOST_TEST(hub.linker->size() == 0u);
}

BOOST_AUTO_TEST_CASE(coroutines_commit_the_same_way) {
    Hub hub;
    boost::asio::io_context io;
    auto commit = commit_of({{"a", patient("王秀英")}});
    auto done = boost::asio::co_spawn(io, hub.linking->commit(std::move(commit)), boost::asio::use_future);
    io.run();
    BOOST_REQUIRE(done.get().has_value());
    BOOST_TEST(!hub.linker->person_of("a").empty());
}

BOOST_AUTO_TEST_CASE(a_late_version_does_not_decide) {
    Hub hub;
    BOOST_REQUIRE(hub.linking->commit_and_wait(commit_of({{"b", patient("王秀英")}})).has_value());
    BOOST_REQUIRE(hub.linking->commit_and_wait(sent_at(2, "王秀英")).has_value());
    BOOST_REQUIRE(hub.linking->commit_and_wait(sent_at(1, "王小英")).has_value());
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
    hub.start();
    BOOST_TEST((hub.linker->same_person("a") == std::vector<std::string>{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(a_deleted_patient_leaves) {
    Hub hub;
    BOOST_REQUIRE(hub.linking->commit_and_wait(commit_of({{"a", patient("王秀英")}, {"b", patient("王秀英")}})).has_value());
    store::Commit commit;
    commit.writes.emplace_back();
    commit.writes[0].action = store::Action::remove;
    commit.writes[0].key = {"Patient", "a"};
    BOOST_REQUIRE(hub.linking->commit_and_wait(std::move(commit)).has_value());
    BOOST_TEST((hub.linker->same_person("b") == std::vector<std::string>{"b"}));
}

BOOST_AUTO_TEST_SUITE_END()
