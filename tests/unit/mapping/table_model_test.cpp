// Models of tables that nobody has described yet.
#include "maps.hpp"

#include "mapping/table_model.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

BOOST_AUTO_TEST_SUITE(table_model)

BOOST_AUTO_TEST_CASE(forms_are_told_from_the_rows) {
    std::string text = "编号,性别,出生日期,结果,报告时间,备注\n";
    for (int row = 0; row < 10; ++row)
        text += "00" + std::to_string(row) + "," + (row % 2 ? "男" : "女") + ",19800101," + std::to_string(row) + ".5,2026/11/17 08:0" +
                std::to_string(row) + ",\n";
    const auto model = mapping::model_of_table(text, ',');
    BOOST_TEST(!model.issues.has_errors());
    std::vector<std::string> forms;
    for (const auto& column : model.value.columns) forms.push_back(column.form);
    const std::vector<std::string> expected = {"text", "code (2)", "date", "number", "date", ""};
    BOOST_TEST(forms == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(two_columns_of_one_name_are_an_error) {
    BOOST_TEST(rule_of(mapping::model_of_table("a,b,a\n1,2,3\n", ',').issues) == "table-column-twice");
}

BOOST_AUTO_TEST_CASE(ddl_gives_names_types_comments_and_what_is_required) {
    const auto model =
        mapping::model_of_ddl("-- results\nCREATE TABLE dbo.LIS_RESULT (\n report_no VARCHAR(20) NOT NULL COMMENT '报告单号',\n"
                              " `item` varchar(10), value_num DECIMAL(10, 2), reported DATETIME,\n"
                              " PRIMARY KEY (report_no, item)\n);\nCOMMENT ON COLUMN LIS_RESULT.item IS '项目';\n");
    BOOST_TEST(!model.issues.has_errors());
    BOOST_TEST(model.value.title == "LIS_RESULT");
    std::vector<std::string> columns;
    for (const auto& one : model.value.columns)
        columns.push_back(one.name + " " + one.form + " " + one.words + (one.is_required ? " required" : ""));
    const std::vector<std::string> expected = {"report_no text 报告单号 required", "item text 项目", "value_num number ", "reported date "};
    BOOST_TEST(columns == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_script_without_a_table_is_an_error) {
    BOOST_TEST(rule_of(mapping::model_of_ddl("SELECT 1").issues) == "table-no-ddl");
}

BOOST_AUTO_TEST_CASE(the_model_is_a_structure_whose_columns_are_elements) {
    auto model = mapping::model_of_table("患者编号,姓名\n1,某人\n", ',').value;
    model.name = "TestPatients";
    const auto json = mapping::write_table_model(model, "https://hospital.example/fhir");
    BOOST_TEST(json.find("某人") == json.npos); // no value of a patient's
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    BOOST_REQUIRE(definitions);
    const auto parsed = fhir::read_json(json);
    BOOST_TEST(!(*definitions)->add_structure(parsed.value->root()).has_errors());
    const auto root = (*definitions)->type_root("TestPatients");
    BOOST_TEST(((*definitions)->child(root, "姓名").declared != nullptr));
    BOOST_TEST(((*definitions)->child(root, "名").declared == nullptr));
    // Whatever stands in a header cell, the model is JSON.
    auto quoted = mapping::model_of_table("\"报告单\"\"号\"\"\",姓名\n1,某人\n", ',').value;
    quoted.name = "TestReports";
    BOOST_TEST(!fhir::read_json(mapping::write_table_model(quoted, "https://hospital.example/fhir")).issues.has_errors());
}

BOOST_AUTO_TEST_SUITE_END()
