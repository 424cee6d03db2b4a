// Mapping sheets: what a table of rows says becomes a map that passes the check and writes what the shared record asks.
#include "maps.hpp"

#include "mapping/sheet.hpp"
#include "mapping/table_model.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kColumns = "编号,姓名,性别,出生,电话,单号,项目,名称,结果,单位,范围,报告时间\n";
constexpr const char* kHead = "# url: https://hospital.example/fhir/StructureMap/Results\n# title: results\n"
                              "# source: https://hospital.example/fhir/StructureDefinition/Results\n# about: Observation\n"
                              "source,target,condition,code_map,note\n";
constexpr const char* kRows = "报告时间,Bundle.timestamp,,,\n"
                              "编号,Patient.identifier,,,\n"
                              "姓名,Patient.name.text,,,\n"
                              "'official',Patient.name.use,,,\n"
                              "性别,Patient.gender,,male=男; female=女; unknown=*,\n"
                              "出生,Patient.birthDate,,,\n"
                              "(row.单号 + '.' + row.项目),Observation.identifier,,,\n"
                              "'final',Observation.status,,,\n"
                              "'laboratory',Observation.category,,,\n"
                              "项目,Observation.code,,,\n"
                              "名称,Observation.code.text,,,\n"
                              "结果,Observation.value,,,\n"
                              "单位,Observation.value.unit,,,\n"
                              "范围,Observation.referenceRange,,,\n"
                              "报告时间,Observation.issued,,,\n";

struct Desk {
    std::shared_ptr<fhir::Definitions> definitions;
    Desk() {
        auto model = mapping::model_of_table(kColumns, ',').value;
        model.name = "Results";
        definitions = *fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
        const auto structure = fhir::read_json(mapping::write_table_model(model, "https://hospital.example/fhir"));
        if (definitions->add_structure(structure.value->root()).has_errors()) throw std::runtime_error("the model is not taken");
    }
    Parsed<std::string> compile(const std::string& rows) const { return mapping::compile_sheet(kHead + rows, "sheet.csv", *definitions); }
};

std::string finding(const Desk& desk, const std::string& row) {
    const auto out = desk.compile("编号,Patient.identifier,,,\n单号,Observation.identifier,,,\n" + row + "\n");
    const auto* issue = out.issues.leading();
    return issue ? issue->rule + "@" + std::to_string(issue->position->line) : std::string();
}

} // namespace

BOOST_AUTO_TEST_SUITE(sheet)

BOOST_AUTO_TEST_CASE(a_sheet_becomes_a_map_without_findings) {
    const Desk desk;
    const auto text = desk.compile(kRows);
    BOOST_TEST(rule_of(text.issues) == "");
    mapping::MapLibrary library(desk.definitions, nullptr);
    BOOST_TEST(rule_of(library.load_directory((source_folder() / "mappings/shared").string())) == "");
    auto map = mapping::Map::parse(text.value, "sheet.map");
    BOOST_TEST_REQUIRE(rule_of(map.issues) == "", text.value);
    BOOST_TEST(rule_of(library.add(std::move(map.value))) == "");
    const auto issues = library.check("https://hospital.example/fhir/StructureMap/Results");
    BOOST_TEST(rule_of(issues) == "", text.value);

    mapping::RunOptions options;
    options.id_seed = "1";
    options.parameters = {{"organization", "990102H0001"}};
    const auto row = read_tree(R"({"编号":"P1","姓名":"某人","性别":"女","出生":"1980-01-01","单号":"R1","项目":"WBC","名称":"白细胞",
        "结果":"6.5","单位":"10*9/L","范围":"3.5-9.5","报告时间":"2026-11-17 09:30:00"})");
    const auto result = library.run("https://hospital.example/fhir/StructureMap/Results", row->root(), options);
    BOOST_TEST(rule_of(result.issues) == "");
    const auto bundle = result.output->root();
    BOOST_TEST(bundle.text("timestamp") == "2026-11-17T09:30:00+08:00");
    std::vector<fhir::Element> entries;
    for (const auto entry : bundle.children("entry")) entries.push_back(entry);
    BOOST_TEST_REQUIRE(entries.size() == 2u);
    const auto patient = entries[0]["resource"], observation = entries[1]["resource"];
    BOOST_TEST(patient.text("gender") == "female");
    BOOST_TEST(patient.text("birthDate") == "1980-01-01");
    BOOST_TEST(patient.text("name.use") == "official");
    BOOST_TEST(entries[0].text("request.ifNoneExist") == "identifier=urn:huitong:organization:990102H0001:patient|P1");
    BOOST_TEST(entries[1].text("request.url") == "Observation?identifier=urn:huitong:organization:990102H0001:result|R1.WBC");
    BOOST_TEST(observation.text("subject.reference") == entries[0].text("fullUrl"));
    BOOST_TEST(observation.text("valueQuantity.value") == "6.5");
    BOOST_TEST(observation.text("code.text") == "白细胞");
    BOOST_TEST(observation.text("referenceRange.low.value") == "3.5");
    BOOST_TEST(observation.text("category.coding.code") == "laboratory");
}

BOOST_AUTO_TEST_CASE(an_element_without_its_column_is_not_written) {
    const Desk desk;
    mapping::MapLibrary library(desk.definitions, nullptr);
    BOOST_TEST(rule_of(library.load_directory((source_folder() / "mappings/shared").string())) == "");
    auto map = mapping::Map::parse(desk.compile(kRows).value, "sheet.map");
    BOOST_TEST_REQUIRE(rule_of(map.issues) == "");
    library.add(std::move(map.value));
    mapping::RunOptions options;
    options.parameters = {{"organization", "990102H0001"}};
    const auto row = read_tree(R"({"编号":"P1","单号":"R1","项目":"WBC","结果":"阴性"})");
    const auto result = library.run("https://hospital.example/fhir/StructureMap/Results", row->root(), options);
    const auto patient = result.output->root()["entry.resource"];
    BOOST_TEST(!patient.child("name")); // its `use` alone says nothing
    BOOST_TEST(patient.text("gender") == "unknown");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_row_is_said_at_its_line) {
    const Desk desk;
    BOOST_TEST(finding(desk, "姓名,Patient.name.text,,,") == "");
    BOOST_TEST(finding(desk, "姓,Patient.name.text,,,") == "sheet-column@8");
    BOOST_TEST(finding(desk, "姓名,Patient.nmae.text,,,") == "fml-unknown-element@8");
    BOOST_TEST(finding(desk, "姓名,Pateint.name.text,,,") == "fml-unknown-type@8");
    BOOST_TEST(finding(desk, "姓名,Patient,,,") == "sheet-target@8");
    BOOST_TEST(finding(desk, "姓名,Observation.subject,,,") == "sheet-link@8");
    BOOST_TEST(finding(desk, "姓名,Condition.code.text,,,") == "sheet-identifier@0");
    BOOST_TEST(finding(desk, "性别,Patient.maritalStatus,,M=男,") == "sheet-code-map@8");
}

BOOST_AUTO_TEST_CASE(a_head_without_url_source_or_subject_is_refused) {
    const Desk desk;
    const auto out = mapping::compile_sheet("source,target,condition,code_map,note\n", "sheet.csv", *desk.definitions);
    BOOST_TEST(rule_of(out.issues) == "sheet-head");
}

BOOST_AUTO_TEST_SUITE_END()
