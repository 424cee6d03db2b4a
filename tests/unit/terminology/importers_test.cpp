// Lists as their owners publish them. The samples are invented: a few rows in the form of each.
#include "terminology/importers/import.hpp"
#include "unit/terminology/content.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;
using namespace huitong::terminology::tests;

namespace {

const ImportSettings kSettings{"urn:t:list", "1", "List", "zh", {}};

std::string parent(const CodeSystem& system, std::string_view code) {
    const auto parents = system.concepts->parents(system.find(code));
    return parents.empty() ? "" : std::string(system.concepts->code(parents.front()));
}

} // namespace

BOOST_AUTO_TEST_SUITE(importers_suite)

BOOST_AUTO_TEST_CASE(national_lists_have_their_hierarchy_in_the_codes) {
    const auto read =
        import_csv("icd_code,icd_name\nQ90,示例病\nQ90.0,示例病，甲型\nQ90.000,示例病，甲型\nQ90.000x001,示例病变\nQ90.1,示例病，乙型\n",
                   "icd.csv", kSettings);
    BOOST_TEST(lines(read.issues) == "");
    const auto& system = read.value;
    BOOST_TEST(system.concepts->size() == 5U);
    BOOST_TEST(parent(system, "Q90.000x001") == "Q90.000");
    BOOST_TEST(parent(system, "Q90.000") == "Q90.0");
    BOOST_TEST(parent(system, "Q90.1") == "Q90");
    BOOST_TEST(parent(system, "Q90") == "");
    BOOST_TEST(system.is_a("Q90.000x001", "Q90"));
    BOOST_TEST(system.url == "urn:t:list");
    BOOST_TEST(system.language == "zh");
}

BOOST_AUTO_TEST_CASE(a_plain_list_names_parents_and_tells_bad_rows) {
    const auto read = import_csv("\xEF\xBB\xBF"
                                 "code,name,parent,inactive\nA,Top,,\nB,Below,A,1\n,no code,,\nB,twice,A,\n",
                                 "list.csv", kSettings);
    BOOST_TEST(lines(read.issues) == "code-map-no-code:4 code-list-duplicate:5");
    BOOST_TEST(parent(read.value, "B") == "A");
    BOOST_TEST(read.value.concepts->is_inactive(read.value.find("B")));
    BOOST_TEST(lines(import_csv("a,b\n1,2\n", "x.csv", kSettings).issues) == "import-no-column:1");
}

BOOST_AUTO_TEST_CASE(claml_gives_classes_labels_and_inclusions) {
    const auto read = import_claml(R"(<ClaML version="2.0.0"><Title name="Sample" version="2026">Sample</Title>
      <Class code="X" kind="chapter"><SubClass code="X1"/><Rubric kind="preferred"><Label xml:lang="en">Chapter X</Label></Rubric></Class>
      <Class code="X1" kind="category"><SuperClass code="X"/><Rubric kind="preferred"><Label xml:lang="en">First <Term>thing</Term></Label></Rubric>
        <Rubric kind="inclusion"><Label xml:lang="en">Another name</Label></Rubric></Class></ClaML>)",
                                   "x.xml", {"urn:t:claml", "", "", "en", {}});
    BOOST_TEST(lines(read.issues) == "");
    const auto& table = *read.value.concepts;
    BOOST_TEST(read.value.version == "2026");
    BOOST_TEST(table.display(read.value.find("X1")) == "First thing");
    BOOST_TEST(parent(read.value, "X1") == "X");
    BOOST_REQUIRE(table.designations(read.value.find("X1")).size() == 1);
    BOOST_TEST(table.designations(read.value.find("X1")).front().value == "Another name");
    BOOST_TEST(lines(import_claml("<x/>", "x.xml", kSettings).issues) == "import-xml");
}

BOOST_AUTO_TEST_CASE(a_loinc_table_keeps_its_axes_and_a_variant_gives_other_names) {
    const auto read = import_loinc("\"LOINC_NUM\",\"COMPONENT\",\"PROPERTY\",\"SYSTEM\",\"STATUS\",\"LONG_COMMON_NAME\",\"SHORTNAME\"\n"
                                   "\"0-1\",\"Sample\",\"MCnc\",\"Ser\",\"ACTIVE\",\"Sample [Mass/volume] in Serum\",\"Sample SerPl\"\n"
                                   "\"0-2\",\"Old\",\"MCnc\",\"Ser\",\"DEPRECATED\",\"Old thing\",\"\"\n",
                                   "LOINC_NUM,COMPONENT,PROPERTY,SYSTEM\n0-1,示例,质量浓度,血清\n", "Loinc.csv", kSettings);
    BOOST_TEST(lines(read.issues) == "");
    const auto& system = read.value;
    const auto& table = *system.concepts;
    BOOST_TEST(table.property(system.find("0-1"), "PROPERTY") == "MCnc");
    BOOST_TEST(table.is_inactive(system.find("0-2")));
    const auto names = table.designations(system.find("0-1"));
    BOOST_REQUIRE(names.size() == 2);
    BOOST_TEST(names.back().value == "示例:质量浓度:血清");
}

BOOST_AUTO_TEST_CASE(an_rf2_snapshot_gives_names_hierarchy_and_attributes) {
    const Folder folder;
    folder.write(
        "Terminology/sct2_Concept_Snapshot_T.txt",
        "id\teffectiveTime\tactive\tmoduleId\tdefinitionStatusId\n"
        "10\t20260101\t1\t1\t900000000000074008\n11\t20260101\t1\t1\t900000000000073002\n12\t20260101\t0\t1\t900000000000074008\n");
    folder.write("Terminology/sct2_Description_Snapshot-en_T.txt",
                 "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
                 "101\t20260101\t1\t1\t10\ten\t900000000000003001\tFinding (finding)\t1\n"
                 "102\t20260101\t1\t1\t10\ten\t900000000000013009\tFinding\t1\n"
                 "111\t20260101\t1\t1\t11\ten\t900000000000003001\tSpecial finding (finding)\t1\n"
                 "112\t20260101\t0\t1\t11\ten\t900000000000013009\tGone name\t1\n");
    folder.write("Refset/der2_cRefset_LanguageSnapshot-en_T.txt",
                 "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\n"
                 "a\t20260101\t1\t1\t9\t102\t900000000000548007\n");
    folder.write(
        "Terminology/sct2_Relationship_Snapshot_T.txt",
        "id\teffectiveTime\tactive\tmoduleId\tsourceId\tdestinationId\trelationshipGroup\ttypeId\tcharacteristicTypeId\tmodifierId\n"
        "1\t20260101\t1\t1\t11\t10\t0\t116680003\t1\t1\n2\t20260101\t1\t1\t11\t12\t1\t363698007\t1\t1\n");
    const auto read = import_rf2(folder.path(), {"http://snomed.info/sct", "20260101", "", "en", {}});
    BOOST_TEST(lines(read.issues) == "");
    const auto& system = read.value;
    const auto& table = *system.concepts;
    BOOST_TEST(table.display(system.find("10")) == "Finding");
    BOOST_TEST(table.display(system.find("11")) == "Special finding (finding)");
    BOOST_TEST(system.is_a("11", "10"));
    BOOST_TEST(table.property(system.find("11"), "363698007") == "12");
    BOOST_TEST(table.property(system.find("11"), "sufficientlyDefined") == "true");
    BOOST_TEST(table.is_inactive(system.find("12")));
    BOOST_TEST(lines(import_rf2("", kSettings).issues) == "import-no-file");
}

// What `term import` writes is what a folder of [content] terminology holds.
BOOST_AUTO_TEST_CASE(a_compiled_list_is_loaded_by_mapping_it) {
    const Folder folder;
    const auto read = import_csv("icd_code,icd_name\nQ90,示例病\nQ90.0,甲型\n", "icd.csv", kSettings);
    folder.write("list.codes", std::string(read.value.concepts->bytes()));
    Terminology terminology(nullptr);
    BOOST_TEST(lines(terminology.load_directory(folder.path())) == "");
    const auto found = terminology.lookup("urn:t:list", "Q90.0");
    BOOST_REQUIRE(found);
    BOOST_TEST(found->display == "甲型");
    BOOST_TEST(found->version == "1");
    BOOST_TEST(found->parent == "Q90");
}

BOOST_AUTO_TEST_SUITE_END()
