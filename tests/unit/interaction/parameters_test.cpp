// SearchParameter resources of the store: used from their commit on, indexed over what is stored, known again after a restart.
#include "interaction/stored_parameters.hpp"
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string eyes(const std::string& status = "active",
                 const std::string& expression = "Patient.extension.where(url='urn:eyes').value as code") {
    return R"({"resourceType":"SearchParameter","id":"eyes","url":"urn:test:eyes","name":"Eyes","status":")" + status +
           R"(","description":"d","code":"eyes","base":["Patient"],"type":"token","expression":")" + expression + "\"}";
}
std::string with_eyes(const std::string& id, const std::string& colour) {
    return patient(id, R"(,"extension":[{"url":"urn:eyes","valueCode":")" + colour + R"("}])");
}

struct Clinic : Desk {
    Clinic() { services.stored_parameters = &parameters; }
    ~Clinic() { services.stored_parameters = nullptr; }
    void index_all() {
        for (auto more = parameters.step(); more && *more; more = parameters.step()) {}
    }
    std::string found(const std::string& query) const {
        const auto answer = send("GET Patient?" + query);
        return answer.status() == 200 ? answer.at("/total") : "!" + answer.rule();
    }
    interaction::StoredParameters parameters{*store, registry};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stored_parameters, Clinic)

BOOST_AUTO_TEST_CASE(what_was_stored_before_is_found_when_the_index_is_complete) {
    for (int n = 0; n < 450; ++n) send("PUT Patient/p" + std::to_string(n), with_eyes("p" + std::to_string(n), n % 3 ? "blue" : "green"));
    BOOST_TEST(found("eyes=blue") == "!search-unknown-parameter");
    BOOST_TEST(send("PUT SearchParameter/eyes", eyes()).status() == 201);
    BOOST_TEST(found("eyes=blue") == "!search-parameter-indexing");
    BOOST_TEST(send("GET Patient?eyes=blue").status() == 503);
    send("PUT Patient/later", with_eyes("later", "blue"));
    index_all();
    BOOST_TEST(found("eyes=blue") == "301");
    BOOST_TEST(found("eyes=green") == "150");
    send("PUT Patient/p1", with_eyes("p1", "grey"));
    BOOST_TEST(found("eyes=blue") == "300");
    BOOST_TEST(found("eyes:not=blue&_summary=count") == "151");
}

BOOST_AUTO_TEST_CASE(the_capability_statement_names_it) {
    auto documentation = [&] {
        const auto statement = fhir::read_json(send("GET metadata").response().body).value;
        for (const auto resource : statement->root()["rest"].children("resource")) {
            if (resource.text("type") != "Patient") continue;
            for (const auto parameter : resource.children("searchParam")) {
                if (parameter.text("name") == "eyes")
                    return "there" + std::string(parameter.text("documentation").empty() ? "" : ", indexing");
            }
        }
        return std::string("not there");
    };
    BOOST_TEST(documentation() == "not there");
    send("PUT SearchParameter/eyes", eyes());
    BOOST_TEST(documentation() == "there, indexing");
    index_all();
    BOOST_TEST(documentation() == "there");
    send("DELETE SearchParameter/eyes");
    BOOST_TEST(documentation() == "not there");
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_used_is_refused_and_a_draft_is_kept_as_data) {
    const auto refused = send("PUT SearchParameter/eyes", eyes("active", "Patient.eyes"));
    BOOST_TEST(refused.status() == 422);
    BOOST_TEST(send("PUT SearchParameter/eyes", eyes("draft", "Patient.eyes")).status() == 201);
    BOOST_TEST(found("eyes=blue") == "!search-unknown-parameter");
    BOOST_TEST(send("PUT SearchParameter/eyes", eyes()).status() == 200);
    BOOST_TEST(found("eyes=blue") == "!search-parameter-indexing");
    BOOST_TEST(send("PUT SearchParameter/eyes", eyes("retired")).status() == 200);
    BOOST_TEST(found("eyes=blue") == "!search-unknown-parameter");
}

BOOST_AUTO_TEST_CASE(one_of_a_transaction_counts_for_what_comes_after_it) {
    const auto answer = send("POST ", R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + eyes() +
                                          R"(,"request":{"method":"PUT","url":"SearchParameter/eyes"}},{"resource":)" +
                                          with_eyes("a", "blue") + R"(,"request":{"method":"PUT","url":"Patient/a"}}]})");
    BOOST_TEST(answer.status() == 200);
    index_all();
    BOOST_TEST(found("eyes=blue") == "1");
    send("PUT Patient/b", with_eyes("b", "blue"));
    BOOST_TEST(found("eyes=blue") == "2");
}

BOOST_AUTO_TEST_CASE(a_restart_knows_how_far_it_was) {
    for (int n = 0; n < 300; ++n) send("PUT Patient/p" + std::to_string(n), with_eyes("p" + std::to_string(n), "blue"));
    send("PUT SearchParameter/eyes", eyes());
    BOOST_TEST(*parameters.step());
    {
        search::Registry again{definitions};
        interaction::StoredParameters restarted{*store, again};
        BOOST_TEST(restarted.catch_up().empty());
        BOOST_TEST(!again.added().front().is_complete);
        BOOST_TEST(*restarted.step(), "the second slice");
        BOOST_TEST(!*restarted.step(), "nothing is left");
        BOOST_TEST(again.added().front().is_complete);
    }
    search::Registry third{definitions};
    interaction::StoredParameters restarted{*store, third};
    restarted.catch_up();
    BOOST_TEST(third.added().front().is_complete);
}

BOOST_AUTO_TEST_CASE(a_write_that_was_prepared_before_is_made_anew) {
    const auto request = request_of("PUT Patient/a", with_eyes("a", "blue"));
    store::Write old;
    old.key = {"Patient", "a"};
    old.body = R"({"resourceType":"Patient","id":"a","meta":{}})";
    old.meta_at = old.body.find("{}") + 1;
    const auto parsed = fhir::read_json(with_eyes("a", "blue"));
    old.rows = registry.index_rows(parsed.value->root()).value;
    send("PUT SearchParameter/eyes", eyes());
    BOOST_TEST(rule_of(store->commit_and_wait(commit_of({old})).error()) == "store-rows");
    BOOST_TEST(send(request).status() == 201);
}

BOOST_AUTO_TEST_CASE(one_that_was_away_is_indexed_from_the_beginning) {
    send("PUT SearchParameter/eyes", eyes());
    index_all();
    send("PUT SearchParameter/eyes", eyes("retired"));
    send("PUT Patient/between", with_eyes("between", "blue"));
    send("PUT SearchParameter/eyes", eyes());
    BOOST_TEST(found("eyes=blue") == "!search-parameter-indexing");
    index_all();
    BOOST_TEST(found("eyes=blue") == "1");
}

BOOST_AUTO_TEST_SUITE_END()
