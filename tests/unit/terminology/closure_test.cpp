// $closure: a client's table of concepts and which are below which. Source: FHIR R4, Terminology Service, "Maintaining a Closure Table".
#include "terminology/operations/closure.hpp"

#include "unit/terminology/operation_call.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

/// Calls with JSON parameters, as the owner given.
class Client {
public:
    explicit Client(std::string owner = "lab") : owner_(std::move(owner)) {}
    Answered send(ClosureTables& tables, const std::string& parameters) const {
        const auto document = read(R"({"resourceType":"Parameters","parameter":[{"name":"name","valueString":"t"})" +
                                   (parameters.empty() ? "" : "," + parameters) + "]}");
        OperationInput input;
        input.add(document->root());
        OperationSettings settings;
        settings.now = "2026-01-01T00:00:00Z";
        const auto library = library_of({kSpecimens});
        auto answer = tables.answer(*library, input, settings, owner_);
        return {answer.status, read(answer.body)};
    }

private:
    std::string owner_;
};

std::string concept_of(const std::string& code) {
    return R"({"name":"concept","valueCoding":{"system":"urn:t:specimen","code":")" + code + "\"}}";
}

/// "below<above" for each pair of a map.
std::string pairs_of(const Answered& answer) {
    std::string out;
    for (const auto group : answer.root().children("group")) {
        for (const auto element : group.children("element")) {
            for (const auto target : element.children("target")) {
                out += (out.empty() ? "" : " ") + std::string(element.text("code")) + "<" + std::string(target.text("code"));
                BOOST_TEST(target.text("equivalence") == "subsumes");
            }
        }
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(closure)

BOOST_AUTO_TEST_CASE(each_call_tells_the_pairs_that_are_new) {
    ClosureTables tables;
    const Client client;
    BOOST_TEST(pairs_of(client.send(tables, "")) == "");
    BOOST_TEST(pairs_of(client.send(tables, concept_of("venous"))) == "");
    const auto second = client.send(tables, concept_of("blood") + "," + concept_of("urine"));
    BOOST_TEST(pairs_of(second) == "venous<blood");
    BOOST_TEST(second.root().text("version") == "2");
    BOOST_TEST(pairs_of(client.send(tables, concept_of("blood"))) == ""); // known already
}

BOOST_AUTO_TEST_CASE(a_version_asks_for_what_came_after_it) {
    ClosureTables tables;
    const Client client;
    client.send(tables, "");
    client.send(tables, concept_of("venous"));
    client.send(tables, concept_of("blood"));
    BOOST_TEST(pairs_of(client.send(tables, R"({"name":"version","valueString":"0"})")) == "venous<blood");
    BOOST_TEST(pairs_of(client.send(tables, R"({"name":"version","valueString":"2"})")) == "");
}

BOOST_AUTO_TEST_CASE(a_name_alone_begins_the_table_anew) {
    ClosureTables tables;
    const Client client;
    client.send(tables, "");
    client.send(tables, concept_of("venous"));
    client.send(tables, "");
    BOOST_TEST(pairs_of(client.send(tables, concept_of("blood"))) == "");
}

BOOST_AUTO_TEST_CASE(tables_of_other_clients_and_unknown_codes_are_not_there) {
    ClosureTables tables;
    Client("lab").send(tables, "");
    BOOST_TEST(Client("ward").send(tables, concept_of("blood")).status == 404);
    const auto unknown = Client("lab").send(tables, concept_of("venous") + "," + concept_of("hair"));
    BOOST_TEST(unknown.issues() == "invalid-code");
    // A call that fails changes nothing.
    BOOST_TEST(pairs_of(Client("lab").send(tables, concept_of("blood"))) == "");
}

BOOST_AUTO_TEST_SUITE_END()
