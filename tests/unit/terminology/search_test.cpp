// Finding codes as people type them, and suggesting targets for local codes.
#include "terminology/search/pinyin.hpp"
#include "terminology/search/suggest.hpp"
#include "unit/terminology/content.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

std::shared_ptr<const CodeSystem> diseases() {
    const auto document = read(R"({"resourceType":"CodeSystem","url":"urn:t:d","status":"active","content":"complete","concept":[
      {"code":"Q10","display":"高血压","designation":[{"language":"en","value":"Hypertension"}]},
      {"code":"Q10.1","display":"高血压性心脏病"},
      {"code":"Q10.2","display":"继发性高血压","property":[{"code":"inactive","valueBoolean":true}]},
      {"code":"Q11","display":"低血压"},
      {"code":"Q20","display":"２型糖尿病（示例）"}]})");
    return std::make_shared<const CodeSystem>(read_code_system(document->root()));
}

std::string found(std::string_view query) {
    const auto system = diseases();
    std::string out;
    for (const auto& hit : NameIndex(system).search(query, 10)) {
        out += (out.empty() ? "" : " ") + std::string(system->concepts->code(hit.at));
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(search_suite)

BOOST_AUTO_TEST_CASE(pinyin_is_typed_without_tones) {
    BOOST_TEST(pinyin_of("高血压") == "gaoxueya");
    BOOST_TEST(initials_of("高血压") == "gxy");
    BOOST_TEST(initials_of("Ⅱ型2度A") == "x2da");
    BOOST_TEST(initials_of("女童") == "nt");
    BOOST_TEST(pinyin_of("绿") == "lv");
    BOOST_TEST(pinyin_of_name("单小明") == "shanxiaoming");
    BOOST_TEST(pinyin_of_name("曾") == "zeng");
    BOOST_TEST(pinyin_of("\xFF\xFE") == "");
}

BOOST_AUTO_TEST_CASE(the_best_hit_comes_first) {
    BOOST_TEST(found("高血压") == "Q10 Q10.1 Q10.2 Q11");
    BOOST_TEST(found("gxy") == "Q10 Q10.1 Q10.2");
    BOOST_TEST(found("q10.1") == "Q10.1");
    BOOST_TEST(found("Q10") == "Q10 Q10.1 Q10.2");
    BOOST_TEST(found("hypertension") == "Q10");
    BOOST_TEST(found("2型糖尿病") == "Q20");
    BOOST_TEST(found("Ⅱ型糖尿病") == "Q20");
    BOOST_TEST(found("diya") == "");
    BOOST_TEST(found("dixueya") == "Q11");
    BOOST_TEST(found("") == "");
    BOOST_TEST(found("骨折") == "");
}

BOOST_AUTO_TEST_CASE(suggestions_come_with_reasons) {
    const NameIndex index(diseases());
    const auto same = suggest(index, "local-1", "高血压", 3);
    BOOST_REQUIRE(!same.empty());
    BOOST_TEST(index.system().concepts->code(same.front().at) == "Q10");
    BOOST_TEST(same.front().score == 1.0);
    BOOST_TEST(same.front().reasons.front() == "same name");
    const auto near = suggest(index, "local-2", "高血压心脏病", 2);
    BOOST_REQUIRE(!near.empty());
    BOOST_TEST(index.system().concepts->code(near.front().at) == "Q10.1");
    BOOST_TEST(near.front().score < 1.0);
    BOOST_TEST(!near.front().reasons.empty());
    BOOST_TEST(suggest(index, "x", "骨折", 3).empty());
}

BOOST_AUTO_TEST_SUITE_END()
