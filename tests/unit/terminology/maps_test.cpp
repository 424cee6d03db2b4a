// Code maps as laboratories keep them (CSV, terminology/README.md) and FHIR R4 ConceptMap; load_directory.
#include "support/files.hpp"
#include "unit/terminology/content.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

const std::string kMapHead = "# url: urn:t:map\n# version: 7\n# title: 检验项目对照\n# source: urn:t:lab\n# target: http://loinc.org\n"
                             "code,name,target_system,target_code,target_name,relationship,reviewed_by,unit,note\n";

std::string targets(const std::vector<Match>& matches) {
    std::string out;
    for (const auto& match : matches) out += (out.empty() ? "" : " ") + match.equivalence + ":" + match.target.code;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(maps_suite)

BOOST_AUTO_TEST_CASE(a_code_map_row_translates_and_says_who_reviewed_it) {
    const Folder folder;
    folder.write("maps/lab.csv", kMapHead + "GLU,葡萄糖,,14749-6,Glucose,equivalent,lab lead,mmol/L,\"molar=1, by hand\"\n"
                                            "K,钾,,2823-3,Potassium,equivalent,,mmol/L,\n"
                                            "OLD,旧项目,,,,unmatched,lab lead,,\n"
                                            "GLU,葡萄糖,urn:t:catalogue,G01,葡萄糖,equal,lab lead,,\n");
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.load_directory(folder.path())) == "");
    const auto matches = terminology.translate("urn:t:map", {"urn:t:lab", "", "GLU", ""});
    BOOST_TEST(targets(matches) == "equivalent:14749-6 equal:G01");
    BOOST_TEST(matches[0].target.system == "http://loinc.org");
    BOOST_TEST(matches[0].target.display == "Glucose");
    BOOST_TEST(matches[0].comment == "molar=1, by hand");
    BOOST_TEST(matches[0].map_url == "urn:t:map");
    BOOST_TEST(matches[0].map_version == "7");
    BOOST_TEST(matches[0].reviewed);
    BOOST_TEST(matches[1].target.system == "urn:t:catalogue");
    // A row that nobody reviewed translates, but recognition must see that (rule R06).
    BOOST_TEST(!terminology.translate("urn:t:map", {"urn:t:lab", "", "K", ""}).front().reviewed);
    BOOST_TEST(targets(terminology.translate("urn:t:map", {"urn:t:lab", "", "OLD", ""})) == "unmatched:");
}

BOOST_AUTO_TEST_CASE(maps_are_found_by_url_or_by_their_source_system) {
    const Folder folder;
    folder.write("a.csv", kMapHead + "GLU,,,1-1,,equal,x,,\n");
    folder.write("b.csv",
                 "# url: urn:t:other\n# source: urn:t:lab\n# target: urn:t:catalogue\ncode,target_code,relationship\nGLU,G01,wider\n");
    folder.write("c.csv",
                 "# url: urn:t:elsewhere\n# source: urn:t:ward\n# target: urn:t:catalogue\ncode,target_code,relationship\nGLU,G02,equal\n");
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.load_directory(folder.path())) == "");
    BOOST_TEST(targets(terminology.translate("", {"urn:t:lab", "", "GLU", ""})) == "equal:1-1 wider:G01");
    BOOST_TEST(targets(terminology.translate("", {"urn:t:lab", "", "GLU", ""}, "urn:t:catalogue")) == "wider:G01");
    BOOST_TEST(targets(terminology.translate("urn:t:map|7", {"urn:t:lab", "", "GLU", ""})) == "equal:1-1");
    BOOST_TEST(targets(terminology.translate("urn:t:map", {"urn:t:ward", "", "GLU", ""})) == "");
    BOOST_TEST(targets(terminology.translate("urn:t:nowhere", {"urn:t:lab", "", "GLU", ""})) == "");
    BOOST_TEST(targets(terminology.translate("", {"urn:t:lab", "", "ALT", ""})) == "");
    BOOST_TEST(terminology.concept_map_urls().size() == 3);
}

// The spreadsheet's usual slips are told with file and line, and never become a translation.
BOOST_AUTO_TEST_CASE(bad_rows_are_told_and_left_out) {
    const Folder folder;
    folder.write("bad.csv", kMapHead + ",no code,,1-1,,equal,x,,\nA,,,1-2,,same,x,,\nB,,,,,equal,x,,\nC ,,, 1-3 ,,equal , ,,\n");
    folder.write("empty.csv", "");
    folder.write("nameless.csv", "code,target_code,relationship\nA,B,equal\n");
    folder.write("wide.csv", kMapHead + "A,,,1-1,,equal,x,,,too,many\n");
    Terminology terminology(nullptr);
    const auto issues = terminology.load_directory(folder.path());
    BOOST_TEST(lines(issues) ==
               "code-map-no-code:7 code-map-relationship:8 code-map-no-target:9 csv-no-header code-map-no-url:1 csv-columns:7");
    BOOST_TEST(issues.issues().front().where == "bad.csv");
    BOOST_TEST(targets(terminology.translate("", {"urn:t:lab", "", "A", ""})) == "");
    // Blanks behind a code would make it unfindable; blanks are no reviewer.
    const auto trimmed = terminology.translate("", {"urn:t:lab", "", "C", ""});
    BOOST_TEST(targets(trimmed) == "equal:1-3");
    BOOST_TEST(!trimmed.front().reviewed);
}

// draft → reviewed → active → retired; nobody reviews what he drafted himself.
BOOST_AUTO_TEST_CASE(a_row_goes_through_its_life_cycle) {
    const Folder folder;
    folder.write("life.csv", "# url: urn:t:map\n# source: urn:t:lab\n# target: urn:t:catalogue\n"
                             "code,target_code,relationship,state,drafted_by,reviewed_by\n"
                             "D,1,equal,draft,wang,\nR,2,equal,reviewed,wang,li\nA,3,equal,active,wang,li\nX,4,equal,retired,wang,li\n"
                             "S,5,equal,active,wang,wang\nN,6,equal,active,wang,\nO,7,equal,,,li\nB,8,equal,done,wang,li\n");
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.load_directory(folder.path())) == "code-map-four-eyes:9 code-map-no-reviewer:10 code-map-state:12");
    const auto state = [&](const char* code) {
        const auto found = terminology.translate("urn:t:map", {"urn:t:lab", "", code, ""});
        return found.empty() ? "none" : found.front().reviewed ? "reviewed" : "draft";
    };
    BOOST_TEST(state("D") == "draft");
    BOOST_TEST(state("R") == "reviewed");
    BOOST_TEST(state("A") == "reviewed");
    BOOST_TEST(state("X") == "none");
    BOOST_TEST(state("S") == "draft");
    BOOST_TEST(state("N") == "draft");
    BOOST_TEST(state("O") == "reviewed");
    BOOST_TEST(state("B") == "none");
}

BOOST_AUTO_TEST_CASE(a_csv_of_kind_system_is_a_code_system) {
    const Folder folder;
    const std::string rows = "code,name,parent,english,inactive\n1,男,,Male,\n2,女,,Female,\n9,未说明,,,true\n21,女童,2,,\n";
    folder.write("sex.csv", "# kind: system\n# url: urn:t:sex\n# version: 2003\n# title: 性别\n# content: complete\n" + rows);
    folder.write("part.csv", "# kind: system\n# url: urn:t:part\n# content: fragment\n" + rows);
    folder.write("unsaid.csv", "# kind: system\n# url: urn:t:unsaid\n" + rows + "2,twice,,,\n");
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.load_directory(folder.path())) == "code-list-duplicate:8");
    const auto found = terminology.lookup("urn:t:sex", "2");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->display == "女");
    BOOST_TEST(found->version == "2003");
    BOOST_TEST(found->designations.front().value == "Female");
    BOOST_TEST(terminology.lookup("urn:t:sex", "9")->inactive);
    BOOST_TEST(terminology.subsumes("urn:t:sex", "2", "21").value_or("") == "subsumes");
    BOOST_TEST(word(terminology.validate_in_system({"urn:t:sex", "", "3", ""}).result) == "no");
    BOOST_TEST(word(terminology.validate_in_system({"urn:t:part", "", "3", ""}).result) == "unknown");
    BOOST_TEST(word(terminology.validate_in_system({"urn:t:unsaid", "", "3", ""}).result) == "unknown");
}

BOOST_AUTO_TEST_CASE(json_resources_of_a_folder_are_read_and_faults_name_their_file) {
    const Folder folder;
    folder.write("deep/specimens.json", kSpecimens);
    folder.write("broken.json", "{\"resourceType\":");
    folder.write("patient.json", R"({"resourceType":"Patient"})");
    folder.write("notes.txt", "not read");
    Terminology terminology(nullptr);
    const auto issues = terminology.load_directory(folder.path());
    BOOST_REQUIRE(issues.issues().size() == 2);
    BOOST_TEST(issues.issues()[0].rule == "json-syntax");
    BOOST_TEST(issues.issues()[0].where == "broken.json");
    BOOST_TEST(issues.issues()[1].rule == "terminology-type");
    BOOST_TEST(terminology.has_system("urn:t:specimen"));
    BOOST_TEST(lines(terminology.load_directory(folder.path() + "/none")) == "terminology-directory");
}

BOOST_AUTO_TEST_CASE(a_concept_map_resource_translates) {
    const auto terminology = terminology_of({R"({"resourceType":"ConceptMap","url":"urn:t:cm","version":"1","status":"active","group":[
      {"source":"urn:t:lab","target":"urn:t:cat","element":[
        {"code":"A","target":[{"code":"a1","equivalence":"narrower","comment":"only serum"},{"code":"a2","equivalence":"inexact"}]},
        {"code":"N","target":[{"equivalence":"unmatched"}]},{"code":"E"}]}]})"});
    const auto matches = terminology->translate("urn:t:cm", {"urn:t:lab", "", "A", ""});
    BOOST_TEST(targets(matches) == "narrower:a1 inexact:a2");
    BOOST_TEST(matches.front().comment == "only serum");
    BOOST_TEST(matches.front().reviewed);
    BOOST_TEST(targets(terminology->translate("urn:t:cm", {"urn:t:lab", "", "N", ""})) == "unmatched:");
    BOOST_TEST(targets(terminology->translate("urn:t:cm", {"urn:t:lab", "", "E", ""})) == "");
}

// ConceptMap.group.unmapped
BOOST_AUTO_TEST_CASE(a_map_that_comes_or_goes_is_known_by_the_next_question) {
    const auto map = [](const std::string& url, const std::string& target) {
        return R"({"resourceType":"ConceptMap","url":")" + url +
               R"(","status":"active","group":[{"source":"urn:t:lab","target":"urn:t:to",)" +
               R"("element":[{"code":"GLU","target":[{"code":")" + target + R"(","equivalence":"equal"}]}]}]})";
    };
    const auto add = [](Terminology& terminology, const std::string& text) {
        return terminology.add(fhir::read_json(text).value->root()).has_errors();
    };
    Terminology terminology(nullptr);
    const auto found = [&] { return targets(terminology.translate({}, {"urn:t:lab", "", "GLU", ""})); };
    BOOST_TEST(found() == "");
    BOOST_TEST(!add(terminology, map("urn:t:one", "A")));
    BOOST_TEST(found() == "equal:A");
    BOOST_TEST(!add(terminology, map("urn:t:two", "B")));
    BOOST_TEST(found() == "equal:A equal:B");
    terminology.remove("ConceptMap", "urn:t:one", "");
    BOOST_TEST(found() == "equal:B");
}

BOOST_AUTO_TEST_CASE(unmapped_codes_follow_the_rule_of_their_group) {
    const auto map = [](const std::string& url, const std::string& unmapped) {
        return R"({"resourceType":"ConceptMap","url":")" + url + R"(","status":"active","group":[{"source":"urn:t:lab","target":"urn:t:cat",
          "element":[{"code":"A","target":[{"code":"a","equivalence":"equal"}]}],"unmapped":)" +
               unmapped + "}]}";
    };
    const auto terminology =
        terminology_of({map("urn:t:fixed", R"({"mode":"fixed","code":"other"})"), map("urn:t:provided", R"({"mode":"provided"})"),
                        map("urn:t:next", R"({"mode":"other-map","url":"urn:t:fixed"})"),
                        map("urn:t:ring", R"({"mode":"other-map","url":"urn:t:ring"})")});
    const auto said = [&](const char* url, const char* code) { return targets(terminology->translate(url, {"urn:t:lab", "", code, ""})); };
    BOOST_TEST(said("urn:t:fixed", "A") == "equal:a");
    BOOST_TEST(said("urn:t:fixed", "B") == "inexact:other");
    BOOST_TEST(said("urn:t:provided", "B") == "inexact:B");
    BOOST_TEST(said("urn:t:next", "B") == "inexact:other");
    BOOST_TEST(said("urn:t:ring", "B") == "");
    BOOST_TEST(!terminology->translate("urn:t:fixed", {"urn:t:lab", "", "B", ""}).front().reviewed);
}

// The sample data of this repository must load without a word.
BOOST_AUTO_TEST_CASE(the_samples_load) {
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.load_directory((huitong::tests::source_folder() / "terminology/systems").string())) == "");
    BOOST_TEST(lines(terminology.load_directory((huitong::tests::source_folder() / "terminology/maps").string())) == "");
    BOOST_TEST(terminology.concept_map_urls().size() >= 10);
}

BOOST_AUTO_TEST_SUITE_END()
