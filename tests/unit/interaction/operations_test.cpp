// $meta, $lastn, $document, $stats.
#include "unit/interaction/desk.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string observation(const std::string& id, const std::string& code, const std::string& date, const std::string& value,
                        const std::string& unit = "g") {
    return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"coding":[{"system":"urn:c","code":")" + code +
           R"("}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":")" + date + R"(","valueQuantity":{"value":)" + value +
           R"(,"unit":")" + unit + R"("}})";
}

struct Ward : Desk {
    Ward() {
        send("PUT Patient/a", patient("a"));
        send("PUT Observation/1", observation("1", "x", "2026-01-01", "1"));
        send("PUT Observation/2", observation("2", "x", "2026-01-03", "2"));
        send("PUT Observation/3", observation("3", "x", "2026-01-02", "6"));
        send("PUT Observation/4", observation("4", "y", "2025-12-31", "9"));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(operations, Ward)

BOOST_AUTO_TEST_CASE(last_n_takes_the_newest_of_each_code) {
    const auto one = send("GET Observation/$lastn?patient=Patient/a");
    BOOST_TEST(one.status() == 200);
    BOOST_REQUIRE(one.size("/entry") == 2u);
    BOOST_TEST(one.at("/entry/0/resource/id") == "2");
    BOOST_TEST(one.at("/entry/1/resource/id") == "4");
    const auto two = send("GET Observation/$lastn?subject=Patient/a&max=2&code=x");
    BOOST_REQUIRE(two.size("/entry") == 2u);
    BOOST_TEST(two.at("/entry/1/resource/id") == "3");
    BOOST_TEST(send("GET Observation/$lastn?code=x").rule() == "operation-parameter");
    BOOST_TEST(send("GET Patient/$lastn?patient=Patient/a").rule() == "operation-type");
}

BOOST_AUTO_TEST_CASE(stats_of_the_values) {
    const auto done =
        send("GET Observation/$stats?subject=Patient/a&code=x&system=urn:c&statistic=average,minimum,maximum,count,sum,median,variance");
    BOOST_TEST(done.status() == 200);
    const auto value = [&](int place) {
        return done.at(("/parameter/0/resource/component/" + std::to_string(place) + "/valueQuantity/value").c_str());
    };
    BOOST_TEST(value(0) == "3");
    BOOST_TEST(value(1) == "1");
    BOOST_TEST(value(2) == "6");
    BOOST_TEST(value(3) == "3");
    BOOST_TEST(value(4) == "9");
    BOOST_TEST(value(5) == "2");
    BOOST_TEST(value(6) == "7");
    BOOST_TEST(done.at("/parameter/0/resource/component/0/valueQuantity/unit") == "g");
    BOOST_TEST(done.at("/parameter/0/resource/component/3/valueQuantity/unit") == "-");
    BOOST_TEST(send("GET Observation/$stats?subject=Patient/a&code=x&statistic=magic").rule() == "operation-parameter");
    BOOST_TEST(send("GET Observation/$stats?subject=Patient/a&statistic=sum").rule() == "operation-parameter");
    send("PUT Observation/5", observation("5", "x", "2026-01-05", "7", "mg"));
    BOOST_TEST(send("GET Observation/$stats?subject=Patient/a&code=x&statistic=sum").rule() == "operation-units");
}

BOOST_AUTO_TEST_CASE(meta_is_read_widened_and_narrowed) {
    const std::string given =
        R"({"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"system":"urn:t","code":"1"}],"profile":["urn:p"]}}]})";
    const auto added = send("POST Patient/a/$meta-add", given);
    BOOST_TEST(added.status() == 200);
    BOOST_TEST(added.at("/parameter/0/valueMeta/tag/0/code") == "1");
    BOOST_TEST(added.at("/parameter/0/valueMeta/profile/0") == "urn:p");
    BOOST_TEST(send("GET Patient/a/$meta").at("/parameter/0/valueMeta/tag/0/code") == "1");
    BOOST_TEST(send("GET Patient?_tag=urn:t|1").size("/entry") == 1u);
    const auto removed = send("POST Patient/a/$meta-delete", given);
    BOOST_TEST(removed.at("/parameter/0/valueMeta/tag") == "-");
    BOOST_TEST(send("GET Patient?_tag=urn:t|1").size("/entry") == 0u);
    BOOST_TEST(send("GET Patient/none/$meta").status() == 404);
    BOOST_TEST(send("POST Patient/a/$meta-add", R"({"resourceType":"Parameters"})").rule() == "operation-parameter");
}

BOOST_AUTO_TEST_CASE(a_document_holds_what_its_composition_points_at) {
    send(
        "PUT Composition/c",
        R"({"resourceType":"Composition","id":"c","status":"final","type":{"text":"x"},"subject":{"reference":"Patient/a"},)"
        R"("date":"2026-01-01","author":[{"reference":"Practitioner/none"}],"title":"t","section":[{"entry":[{"reference":"Observation/1"}]}]})");
    const auto done = send("GET Composition/c/$document");
    BOOST_TEST(done.status() == 200);
    BOOST_TEST(done.at("/type") == "document");
    BOOST_TEST(done.at("/entry/0/resource/resourceType") == "Composition");
    BOOST_REQUIRE(done.size("/entry") == 3u);
    BOOST_TEST(done.at("/identifier/value") == "http://hub.example/fhir/Composition/c/_history/1");
    BOOST_TEST(send("GET Patient/a/$document").rule() == "operation-type");
    BOOST_TEST(send("GET Composition/none/$document").status() == 404);
}

BOOST_AUTO_TEST_SUITE_END()
