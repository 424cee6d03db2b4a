// StructureMap/$transform: content through a map of the deployment, or through a stored one.
#include "mapping/mapping.hpp"
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kMap = R"(map "http://x/m" = "m"
group g(source src : Patient, target tgt : Person) {
  src.name as name -> tgt.name = name;
  src.birthDate as day -> tgt.birthDate = day;
}
)";
constexpr const char* kEndless = R"(map "http://x/endless" = "endless"
group g(source src, target tgt) {
  src -> tgt then g(src, tgt);
}
)";
constexpr const char* kPatient = R"({"resourceType":"Patient","name":[{"text":"张三"}],"birthDate":"1980-03-01"})";

struct Maps : Desk {
    Maps() {
        for (const auto* text : {kMap, kEndless}) BOOST_REQUIRE(!library.add(mapping::Map::parse(text, "m.fml").value).has_errors());
        services.maps = &library;
        services.terminology = terminology.get();
    }
    static std::string asking(const std::string& source) {
        return R"({"resourceType":"Parameters","parameter":[{"name":"source","valueUri":")" + source +
               R"("},{"name":"content","resource":)" + kPatient + "}]}";
    }
    mapping::MapLibrary library{definitions, terminology};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(transform, Maps)

BOOST_AUTO_TEST_CASE(content_goes_through_a_map_of_the_deployment) {
    for (const auto& answer :
         {send("POST StructureMap/$transform", asking("http://x/m")), send("POST StructureMap/$transform?source=http://x/m", kPatient)}) {
        BOOST_TEST(answer.status() == 200, answer.rule());
        BOOST_TEST(answer.at("/resourceType") == "Person");
        BOOST_TEST(answer.at("/name/0/text") == "张三");
        BOOST_TEST(answer.at("/birthDate") == "1980-03-01");
    }
    BOOST_TEST(versions() == 0u);
}

BOOST_AUTO_TEST_CASE(a_stored_map_stands_for_itself) {
    auto map = fhir::write_json(library.find("http://x/m")->structure_map()->root());
    map.insert(1, R"("id":"m",)");
    const auto stored = send("PUT StructureMap/m", map);
    BOOST_REQUIRE_MESSAGE(stored.status() == 201, stored.rule() << ' ' << stored.where());
    services.maps = nullptr;
    BOOST_TEST(send("POST StructureMap/m/$transform", asking("ignored")).at("/name/0/text") == "张三");
    BOOST_TEST(send("POST StructureMap/m/$transform", kPatient).at("/name/0/text") == "张三");
    BOOST_TEST(send("POST StructureMap/none/$transform", kPatient).status() == 404);
}

BOOST_AUTO_TEST_CASE(a_map_that_calls_itself_ends) {
    const auto answer = send("POST StructureMap/$transform", asking("http://x/endless"));
    BOOST_TEST(answer.status() == 422);
    BOOST_CHECK(answer.response().issues.leading()->code == IssueCode::too_costly);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_asked) {
    BOOST_TEST(send("POST StructureMap/$transform", asking("http://x/unknown")).rule() == "operation-unknown-map");
    BOOST_TEST(send("POST StructureMap/$transform", kPatient).rule() == "operation-parameter");
    BOOST_TEST(send("POST StructureMap/$transform?source=http://x/m").rule() == "operation-parameter");
    BOOST_TEST(send("POST Patient/$transform", asking("http://x/m")).rule() == "operation-type");
}

BOOST_AUTO_TEST_SUITE_END()
