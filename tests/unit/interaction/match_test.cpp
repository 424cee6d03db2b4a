// Patient/$match: who somebody may be. The numbers are of a region that is not assigned.
#include "identity/linking_store.hpp"
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kNumber = "990102195603140724";

struct Index : Desk {
    Index() {
        services.store = &linking;
        services.linker = &linker;
        add("a", "王秀英", kNumber, "H1|7");
        add("b", "王秀英", kNumber, "H2|8");
        add("c", "王秀英", "", "H1|9");
        add("d", "李小明", "", "H1|10");
    }
    static std::string patient(const std::string& name, const std::string& number, const std::string& own, const std::string& more = "") {
        std::string identifiers;
        if (!number.empty()) identifiers = R"({"system":"urn:oid:2.16.156.10011.1.3","value":")" + number + "\"}";
        const auto bar = own.find('|');
        if (!own.empty())
            identifiers += std::string(identifiers.empty() ? "" : ",") + R"({"system":"urn:)" + own.substr(0, bar) + R"(","value":")" +
                           own.substr(bar + 1) + "\"}";
        return R"({"resourceType":"Patient")" + (identifiers.empty() ? "" : ",\"identifier\":[" + identifiers + "]") +
               (name.empty() ? "" : R"(,"name":[{"text":")" + name + "\"}]") + more + "}";
    }
    void add(const std::string& id, const std::string& name, const std::string& number, const std::string& own) {
        auto body = patient(name, number, own, R"(,"birthDate":"1956-03-14","gender":"female","id":")" + id + '"');
        BOOST_REQUIRE(send("PUT Patient/" + id, std::move(body)).status() == 201);
    }
    static std::string asking(const std::string& person, const std::string& more = "") {
        return R"({"resourceType":"Parameters","parameter":[{"name":"resource","resource":)" + person + "}" + more + "]}";
    }
    /// "a certain, c probable", as they come.
    std::string found(const std::string& body) const {
        const auto answer = send("POST Patient/$match", body);
        BOOST_REQUIRE_MESSAGE(answer.status() == 200, answer.rule());
        BOOST_TEST(answer.at("/total") == std::to_string(answer.size("/entry")));
        std::string out;
        for (std::size_t place = 0; place < answer.size("/entry"); ++place) {
            const auto entry = "/entry/" + std::to_string(place);
            out += (place ? ", " : "") + answer.at((entry + "/resource/id").c_str()) + ' ' +
                   answer.at((entry + "/search/extension/0/valueCode").c_str());
        }
        return out;
    }

    identity::Linker linker{*store, {true}};
    identity::LinkingStore linking{*store, linker};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(match, Index)

BOOST_AUTO_TEST_CASE(a_citizens_number_and_the_name_are_certain) {
    BOOST_TEST(found(asking(patient("王秀英", kNumber, ""))) == "a certain, b certain");
    BOOST_TEST(found(patient("王秀英", kNumber, "")) == "a certain, b certain"); // the Patient itself
    const auto answer = send("POST Patient/$match", asking(patient("王秀英", kNumber, "")));
    BOOST_TEST(answer.at("/type") == "searchset");
    BOOST_TEST(answer.at("/entry/0/search/mode") == "match");
    BOOST_TEST(answer.at("/entry/0/search/score") == "1");
    BOOST_TEST(answer.at("/entry/0/search/extension/0/url") == "http://hl7.org/fhir/StructureDefinition/match-grade");
    BOOST_TEST(answer.at("/entry/0/fullUrl") == "http://hub.example/fhir/Patient/a");
    BOOST_TEST(answer.response().touched.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_institutions_number_leads_to_the_whole_person) {
    BOOST_TEST(found(asking(patient("王秀英", "", "H1|7"))) == "a certain, b certain");
    BOOST_TEST(found(asking(patient("", "", "H1|7"))) == "a probable");
    BOOST_TEST(found(asking(patient("张三", "", "H1|7"))) == "a possible");
}

BOOST_AUTO_TEST_CASE(name_and_day_of_birth_are_probable_and_never_certain) {
    const std::string day = R"(,"birthDate":"1956-03-14")";
    BOOST_TEST(found(asking(patient("王秀英", "", "", day + R"(,"gender":"female")"))) == "a probable, b probable, c probable");
    BOOST_TEST(found(asking(patient("王秀英", "", "", day + R"(,"gender":"male")"))) == "a possible, b possible, c possible");
    BOOST_TEST(found(asking(patient("赵一", "", "", day))) == "");
}

BOOST_AUTO_TEST_CASE(another_number_is_another_person) {
    BOOST_TEST(found(asking(patient("王秀英", "990102195603140740", "", R"(,"birthDate":"1956-03-14")"))) == "c possible");
}

BOOST_AUTO_TEST_CASE(only_certain_means_one_person_or_nobody) {
    const std::string only = R"(,{"name":"onlyCertainMatches","valueBoolean":true})";
    BOOST_TEST(found(asking(patient("王秀英", kNumber, "", R"(,"birthDate":"1956-03-14")"), only)) == "a certain, b certain");
    BOOST_TEST(found(asking(patient("", "", "H1|7"), only)) == "");
}

BOOST_AUTO_TEST_CASE(as_many_as_are_asked_for) {
    BOOST_TEST(found(asking(patient("王秀英", kNumber, ""), R"(,{"name":"count","valueInteger":1})")) == "a certain");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked) {
    BOOST_TEST(send("POST Patient/$match", asking(R"({"resourceType":"Patient"})")).rule() == "operation-match-little");
    BOOST_TEST(send("POST Patient/$match", asking(R"({"resourceType":"Device"})")).rule() == "operation-parameter");
    BOOST_TEST(send("POST Observation/$match", asking(patient("王秀英", kNumber, ""))).rule() == "operation-type");
    BOOST_TEST(found(asking(patient("", "", "H1|,$|"))) == ""); // signs of a search are signs of a number here
}

BOOST_AUTO_TEST_CASE(nobody_finds_whom_he_may_not_see) {
    auto asked = [&](bool masked, const std::string& patient_id) {
        auto request = request_of("POST Patient/$match", asking(patient("王秀英", kNumber, "")));
        request.caller.open = false;
        request.caller.client_id = "x";
        request.caller.scopes = {patient_id.empty() ? "system/*.rs" : "patient/*.rs"};
        request.caller.patient_id = patient_id;
        request.caller.masked = masked;
        return send(std::move(request));
    };
    BOOST_TEST(asked(false, "").size("/entry") == 2u);
    BOOST_TEST(asked(false, "b").size("/entry") == 1u);
    BOOST_TEST(asked(true, "").rule() == "access-masked");
}

BOOST_AUTO_TEST_SUITE_END()
