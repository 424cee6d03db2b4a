// Versions taken out for good: what is gone, what stays, and that nothing of the bytes is left in the files.
#include "store/maintenance.hpp"
#include "unit/store/database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <future>

using namespace huitong;
using namespace huitong::tests;

namespace {

/// A person with a name and a number of their own, and a gender that many have.
store::Write person(const std::string& id, const std::string& name) {
    auto write = write_of("Patient", id, R"(,"name":[{"family":")" + name + R"("}])");
    write.rows.strings.push_back({"family", name, name});
    write.rows.tokens.push_back({"identifier", "urn:id", "number-of-" + name});
    write.rows.tokens.push_back({"gender", "", "female"});
    write.rows.references.push_back({"link", "", "http://elsewhere.example/Person/" + name, "", ""});
    write.rows.dates.push_back({"birthdate", {1}, {2}});
    write.rows.patient_id = id;
    return write;
}

store::Expunge all_of(const std::string& type, const std::string& id) { return {{type, id}, true, true}; }

struct Fixture {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());

    std::uint64_t expunge(std::vector<store::Expunge> wanted, std::vector<store::Write> writes = {}) {
        auto commit = commit_of(std::move(writes));
        commit.expunges = std::move(wanted);
        return must(store->commit_and_wait(std::move(commit))).expunged;
    }
    std::string found(const std::string& param, const std::string& code) {
        const auto view = store->view();
        return ids_of(*view, view->tokens("Patient", param, std::nullopt, code));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(expunge, Fixture)

BOOST_AUTO_TEST_CASE(a_deleted_resource_leaves_its_marker) {
    put(*store, person("a", "Ahnungslos"));
    put(*store, person("a", "Ahnungsvoll"));
    put(*store, person("b", "Bleibt"));
    BOOST_TEST(expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")}) == 2u);
    const auto view = store->view();
    BOOST_TEST(brief(view->current({"Patient", "a"})) == "3:deleted");
    BOOST_TEST(brief(view->version({"Patient", "a"}, 1)) == "-");
    BOOST_TEST(view->history("Patient", "a", {})->size() == 1u);
    BOOST_TEST(view->history("Patient", "", {})->size() == 2u);
    BOOST_TEST(found("identifier", "number-of-Bleibt") == "b");
    BOOST_TEST(found("gender", "female") == "b");
    BOOST_TEST(brief(view->current({"Patient", "b"})) == R"(1:,"name":[{"family":"Bleibt"}])");
}

BOOST_AUTO_TEST_CASE(what_was_deleted_or_became_another_patients_is_known_of_the_first) {
    auto result = [](const std::string& id, const std::string& patient) {
        auto write = write_of("Observation", id, R"(,"of":")" + patient + '"');
        write.rows.patient_id = patient;
        return write;
    };
    for (const auto* id : {"kept", "deleted", "moved"}) put(*store, result(id, "p"));
    put(*store, result("other", "q"));
    put(*store, removal_of("Observation", "deleted"));
    put(*store, result("moved", "q"));
    std::string ids;
    for (const auto& key : store->view()->ever_in_compartment("p")) ids += key.id + ' ';
    BOOST_TEST(ids == "deleted kept moved ");
    store::Expunge lost;
    lost.key = {"Observation", "moved"};
    lost.previous = true;
    lost.patient = "p";
    BOOST_TEST(expunge({lost, all_of("Observation", "deleted")}) == 2u);
    const auto view = store->view();
    BOOST_TEST(brief(view->version({"Observation", "moved"}, 1)) == "-");
    BOOST_TEST(brief(view->current({"Observation", "moved"})) == R"(2:,"of":"q")");
    BOOST_TEST(brief(view->version({"Observation", "deleted"}, 1)) == "-");
}

BOOST_AUTO_TEST_CASE(nothing_of_it_is_left_in_the_files) {
    put(*store, person("a", "Ahnungslos"));
    put(*store, person("b", "Bleibt"));
    BOOST_TEST(is_on_disk(folder.path(), "Ahnungslos"));
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    BOOST_TEST(!is_on_disk(folder.path(), "Ahnungslos"));
    BOOST_TEST(is_on_disk(folder.path(), "Bleibt"));
}

BOOST_AUTO_TEST_CASE(who_writes_the_same_values_in_the_same_group_is_found_by_them) {
    put(*store, person("a", "Ahnungslos"));
    // While the writer's thread is held, the two commits behind it gather to one group.
    std::promise<void> release;
    store->on_commit([held = release.get_future().share()](store::LogTime) { held.wait(); });
    put(*store, person("b", "Bleibt"));
    boost::asio::io_context context;
    int done = 0;
    auto write = [&](store::Commit commit) -> boost::asio::awaitable<void> {
        must(co_await store->commit(std::move(commit)));
        ++done;
    };
    auto first = commit_of({removal_of("Patient", "a")});
    first.expunges = {all_of("Patient", "a")};
    boost::asio::co_spawn(context, write(std::move(first)), boost::asio::detached);
    boost::asio::co_spawn(context, write(commit_of({person("c", "Ahnungslos")})), boost::asio::detached);
    context.poll();
    release.set_value();
    context.restart();
    context.run();
    BOOST_TEST(done == 2);
    BOOST_TEST(found("identifier", "number-of-Ahnungslos") == "c");
    store.reset();
    store = open_in(folder.path());
    BOOST_TEST(found("identifier", "number-of-Ahnungslos") == "c");
}

BOOST_AUTO_TEST_CASE(a_reader_is_not_waited_for_and_the_log_is_cut_when_it_is_gone) {
    put(*store, person("a", "Ahnungslos"));
    auto reader = store->view();
    BOOST_TEST(reader->all("Patient").size() == 1u);
    const auto begun = std::chrono::steady_clock::now();
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    put(*store, person("b", "Bleibt"));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(4)));
    BOOST_TEST(is_on_disk(folder.path(), "Ahnungslos"));
    reader.reset();
    BOOST_TEST(*store->tend() == false);
    BOOST_TEST(!is_on_disk(folder.path(), "Ahnungslos"));
}

BOOST_AUTO_TEST_CASE(the_log_of_a_program_that_was_killed_behind_it_is_cut_by_the_next_one) {
    put(*store, person("a", "Ahnungslos"));
    const auto reader = store->view(); // so that the log cannot be cut at once
    BOOST_TEST(reader->all("Patient").size() == 1u);
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    const ScratchFolder killed; // what is on the disk at this moment
    std::filesystem::copy(folder.path(), killed.path(), std::filesystem::copy_options::recursive);
    BOOST_TEST(is_on_disk(killed.path(), "Ahnungslos"));
    const auto next = open_in(killed.path());
    BOOST_TEST(*next->tend() == false);
    BOOST_TEST(!is_on_disk(killed.path(), "Ahnungslos"));
}

BOOST_AUTO_TEST_CASE(the_log_can_still_be_verified_and_the_database_checked) {
    put(*store, person("a", "Ahnungslos"));
    put(*store, person("b", "Bleibt"));
    const auto before = store->now();
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    BOOST_TEST(store->now() == before + 1);
    BOOST_TEST(store->verify_log().empty());
    BOOST_TEST(store::check_database(folder.path().string()).empty());
    store.reset();
    store = open_in(folder.path());
    BOOST_TEST(store->verify_log().empty());
    BOOST_TEST(brief(store->view()->current({"Patient", "a"})) == "2:deleted");
    put(*store, person("a", "Anders"));
    BOOST_TEST(brief(store->view()->current({"Patient", "a"})) == R"(3:,"name":[{"family":"Anders"}])");
    BOOST_TEST(found("identifier", "number-of-Anders") == "a");
}

BOOST_AUTO_TEST_CASE(an_expunged_body_that_is_changed_breaks_the_chain) {
    put(*store, person("a", "Ahnungslos"));
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    store.reset();
    execute(folder.path(), "UPDATE version SET body = replace(body, substr(body, 1, 1), 'x') WHERE codec = -1");
    store = open_in(folder.path());
    BOOST_TEST(rule_of(store->verify_log()) == "audit-chain-broken");
}

BOOST_AUTO_TEST_CASE(earlier_versions_alone) {
    put(*store, person("a", "Ahnungslos"));
    put(*store, person("a", "Anders"));
    BOOST_TEST(expunge({{{"Patient", "a"}, true, false}}) == 1u);
    BOOST_TEST(brief(store->view()->current({"Patient", "a"})) == R"(2:,"name":[{"family":"Anders"}])");
    BOOST_TEST(brief(store->view()->version({"Patient", "a"}, 1)) == "-");
    BOOST_TEST(found("identifier", "number-of-Anders") == "a");
    BOOST_TEST(!is_on_disk(folder.path(), "Ahnungslos"));
    BOOST_TEST(expunge({{{"Patient", "a"}, true, false}}) == 0u, "once is enough");
}

BOOST_AUTO_TEST_CASE(what_is_not_deleted_stays) {
    put(*store, person("a", "Ahnungslos"));
    BOOST_TEST(expunge({{{"Patient", "a"}, false, true}}) == 0u);
    BOOST_TEST(brief(store->view()->current({"Patient", "a"})) == R"(1:,"name":[{"family":"Ahnungslos"}])");
    BOOST_TEST(expunge({all_of("Patient", "nobody")}) == 0u);
}

BOOST_AUTO_TEST_CASE(a_value_that_somebody_else_has_stays) {
    put(*store, person("a", "Gemeinsam"));
    put(*store, person("b", "Gemeinsam"));
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    BOOST_TEST(found("identifier", "number-of-Gemeinsam") == "b");
}

BOOST_AUTO_TEST_CASE(a_dictionary_that_holds_its_name_is_given_up) {
    const std::string telling = "Ahnungslos-der-Erste";
    put(*store, person("first", "Vorher"));
    store.reset();
    execute(folder.path(), "INSERT INTO dictionary VALUES(2, CAST('name family Patient " + telling + " resourceType' AS BLOB), 0)");
    store = open_in(folder.path());
    put(*store, person("a", telling));
    put(*store, person("b", "Bleibt"));
    BOOST_TEST(is_on_disk(folder.path(), telling));
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    BOOST_TEST(is_on_disk(folder.path(), telling), "bodies still need the dictionary");
    BOOST_TEST(brief(store->view()->current({"Patient", "b"})) == R"(1:,"name":[{"family":"Bleibt"}])");
    for (auto more = store->tend(); more && *more; more = store->tend()) {}
    BOOST_TEST(!is_on_disk(folder.path(), telling));
    store.reset();
    store = open_in(folder.path());
    BOOST_TEST(brief(store->view()->current({"Patient", "b"})) == R"(1:,"name":[{"family":"Bleibt"}])");
    BOOST_TEST(store->verify_log().empty());
}

BOOST_AUTO_TEST_CASE(giving_up_a_dictionary_goes_on_after_a_restart) {
    const std::string telling = "Ahnungslos-der-Erste";
    store.reset();
    execute(folder.path(), "INSERT INTO dictionary VALUES(2, CAST('name family Patient " + telling + " resourceType' AS BLOB), 0)");
    store = open_in(folder.path());
    put(*store, person("a", telling));
    put(*store, person("b", "Bleibt"));
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    store.reset();
    store = open_in(folder.path());
    put(*store, person("c", "Danach"));
    for (auto more = store->tend(); more && *more; more = store->tend()) {}
    BOOST_TEST(!is_on_disk(folder.path(), telling));
    BOOST_TEST(brief(store->view()->current({"Patient", "c"})) == R"(1:,"name":[{"family":"Danach"}])");
}

BOOST_AUTO_TEST_SUITE_END()
