// Workbooks of spreadsheet programs: what is read is what a person sees, row by row; what cannot be trusted is refused.
#include "fhir/workbook.hpp"

#include "base/xlsx.hpp"
#include "base/zip_writer.hpp"

#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

namespace {

constexpr const char* kRelations = "<Relationships><Relationship Id=\"rId3\" Target=\"worksheets/sheet7.xml\"/></Relationships>";
constexpr const char* kWorkbook =
    "<workbook xmlns:r=\"r\"><sheets><sheet name=\"a\" r:id=\"rId3\"/><sheet name=\"b\" r:id=\"rId9\"/></sheets></workbook>";

std::string zip_of(std::initializer_list<std::pair<std::string, std::string>> files) {
    ZipWriter zip;
    for (const auto& [name, text] : files) zip.add(name, text);
    return zip.take();
}

/// A workbook as spreadsheet programs write it: texts shared, dates as numbers with a style.
std::string workbook(const std::string& rows, const std::string& texts = {}, const std::string& styles = {},
                     const std::string& head = kWorkbook) {
    return zip_of({{"xl/workbook.xml", head},
                   {"xl/_rels/workbook.xml.rels", kRelations},
                   {"xl/sharedStrings.xml", "<sst>" + texts + "</sst>"},
                   {"xl/styles.xml", "<styleSheet>" + styles + "</styleSheet>"},
                   {"xl/worksheets/sheet7.xml", "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"}});
}

std::string read(const std::string& bytes) { return fhir::read_workbook(bytes, "a.xlsx").value; }
std::string refusal(const std::string& bytes) { return tests::rule_of(fhir::read_workbook(bytes, "a.xlsx").issues); }

} // namespace

BOOST_AUTO_TEST_SUITE(workbooks)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
    const auto bytes = write_xlsx({text_sheet("映射", {{"source", "目标"}, {"a,b", "he said \"no\""}, {"", "<&> 两行\n第二行"}})});
    BOOST_TEST(fhir::is_workbook(bytes));
    BOOST_TEST(read(bytes) == "source,目标\n\"a,b\",\"he said \"\"no\"\"\"\n,\"<&> 两行\n第二行\"\n");
}

BOOST_AUTO_TEST_CASE(texts_are_shared_and_may_be_in_pieces) {
    const auto bytes = workbook("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"B1\" t=\"s\"><v>0</v></c></row>",
                                "<si><t>zero</t></si><si><r><t>o</t></r><r><t>ne</t></r></si>");
    BOOST_TEST(read(bytes) == "one,zero\n");
}

BOOST_AUTO_TEST_CASE(cells_that_are_left_out_are_empty_and_rows_keep_their_number) {
    BOOST_TEST(
        read(workbook("<row r=\"2\"><c r=\"C2\"><v>3</v></c><c r=\"E2\"><v>5</v></c></row><row r=\"4\"><c r=\"AA4\"><v>x</v></c></row>")) ==
        "\n,,3,,5\n\n" + std::string(26, ',') + "x\n");
}

BOOST_AUTO_TEST_CASE(dates_are_told_by_their_style) {
    const auto styles = "<numFmts><numFmt numFmtId=\"176\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/>"
                        "<numFmt numFmtId=\"177\" formatCode=\"0.00&quot;days&quot;\"/></numFmts>"
                        "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"176\"/><xf numFmtId=\"177\"/></cellXfs>";
    BOOST_TEST(read(workbook("<row><c s=\"0\"><v>46346</v></c><c s=\"1\"><v>46346</v></c><c s=\"2\"><v>46346.364583333</v></c>"
                             "<c s=\"3\"><v>46346</v></c></row>",
                             {}, styles)) == "46346,2026-11-20,2026-11-20 08:45:00,46346\n");
}

BOOST_AUTO_TEST_CASE(dates_of_the_calendar_of_1904_are_that_much_later) {
    const auto head = "<workbook xmlns:r=\"r\"><workbookPr date1904=\"1\"/><sheets><sheet name=\"a\" r:id=\"rId3\"/></sheets></workbook>";
    BOOST_TEST(read(workbook("<row><c s=\"0\"><v>44884</v></c><c s=\"0\"><v>0</v></c></row>", {},
                             "<cellXfs><xf numFmtId=\"14\"/></cellXfs>", head)) == "2026-11-20,1904-01-01\n");
}

BOOST_AUTO_TEST_CASE(numbers_have_the_fifteen_digits_that_were_typed) {
    BOOST_TEST(
        read(workbook("<row><c><v>5.0999999999999996</v></c><c t=\"n\"><v>1.0000000000000001E-2</v></c><c><v>-0.30000000000000004</v></c>"
                      "<c><v>123456789012345</v></c><c><v>5.10</v></c></row>")) == "5.1,0.01,-0.3,123456789012345,5.10\n");
    BOOST_TEST(read(workbook("<row><c t=\"str\"><v>5.0999999999999996</v></c></row>")) == "5.0999999999999996\n");
}

BOOST_AUTO_TEST_CASE(a_number_that_is_shown_with_leading_zeros_keeps_them) {
    const auto styles =
        "<numFmts><numFmt numFmtId=\"180\" formatCode=\"00000000\"/><numFmt numFmtId=\"181\" formatCode=\"000;-000\"/></numFmts>"
        "<cellXfs><xf numFmtId=\"180\"/><xf numFmtId=\"181\"/><xf numFmtId=\"1\"/></cellXfs>";
    BOOST_TEST(read(workbook("<row><c s=\"0\"><v>4711</v></c><c s=\"1\"><v>7</v></c><c s=\"2\"><v>7</v></c><c s=\"0\"><v>123456789</v></c>"
                             "<c s=\"0\"><v>1.5</v></c></row>",
                             {}, styles)) == "00004711,007,7,123456789,1.5\n");
}

BOOST_AUTO_TEST_CASE(a_formula_gives_its_stored_result_and_a_boolean_its_word) {
    BOOST_TEST(read(workbook("<row><c t=\"str\"><f>A1&amp;B1</f><v>ab</v></c><c t=\"b\"><v>1</v></c></row>")) == "ab,true\n");
}

BOOST_AUTO_TEST_CASE(what_is_no_workbook_or_is_damaged_is_refused) {
    BOOST_TEST(refusal("source,target\n") == "workbook-unreadable");
    BOOST_TEST(refusal(zip_of({{"readme.txt", "hello"}})) == "workbook-unreadable");
    auto cut = workbook("<row/>");
    cut.resize(cut.size() / 2);
    BOOST_TEST(refusal(cut) == "workbook-unreadable");
    BOOST_TEST(refusal(workbook("<row r=\"1\"><c r=\"B1\"/><c r=\"A1\"/></row>")) == "workbook-unreadable");
    BOOST_TEST(refusal(workbook("<row r=\"5\"/><row r=\"4\"/>")) == "workbook-unreadable");
    BOOST_TEST(refusal(workbook("<row r=\"99999999\"/>")) == "workbook-unreadable");
    BOOST_TEST(refusal(workbook("<row r=\"1\"><c r=\"ZZZZZZZ1\"/></row>")) == "workbook-unreadable");
}

BOOST_AUTO_TEST_CASE(far_columns_in_many_rows_do_not_fill_the_memory) {
    std::string rows;
    for (int number = 0; number < 5'000; ++number) rows += "<row><c r=\"XFD1\"><v>1</v></c></row>";
    BOOST_TEST(refusal(workbook(rows)) == "workbook-bytes");
}

BOOST_AUTO_TEST_CASE(one_row_that_repeats_a_long_text_does_not_fill_the_memory) {
    std::string cells;
    for (int number = 0; number < 5'000; ++number) cells += "<c t=\"s\"><v>0</v></c>";
    BOOST_TEST(refusal(workbook("<row>" + cells + "</row>", "<si><t>" + std::string(100'000, 'x') + "</t></si>")) == "workbook-bytes");
}

BOOST_AUTO_TEST_CASE(parts_count_together_and_those_that_are_not_needed_do_not_count) {
    const std::string large(40 * 1024 * 1024, ' ');
    BOOST_TEST(refusal(workbook("<row/>" + large, large)) == "workbook-bytes");
    const auto beside = zip_of({{"xl/media/image1.xml", large + large},
                                {"xl/worksheets/sheet9.xml", large},
                                {"xl/workbook.xml", kWorkbook},
                                {"xl/_rels/workbook.xml.rels", kRelations},
                                {"xl/worksheets/sheet7.xml", "<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>"}});
    BOOST_TEST(read(beside) == "1\n");
}

BOOST_AUTO_TEST_SUITE_END()
