// Versions taken out for good: what is gone, what stays, and that nothing of the bytes is left in the files.
#include "store/maintenance.hpp"
#include "unit/store/database.hpp"

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

BOOST_AUTO_TEST_CASE(nothing_of_it_is_left_in_the_files) {
    put(*store, person("a", "Ahnungslos"));
    put(*store, person("b", "Bleibt"));
    BOOST_TEST(is_on_disk(folder.path(), "Ahnungslos"));
    expunge({all_of("Patient", "a")}, {removal_of("Patient", "a")});
    BOOST_TEST(!is_on_disk(folder.path(), "Ahnungslos"));
    BOOST_TEST(is_on_disk(folder.path(), "Bleibt"));
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
