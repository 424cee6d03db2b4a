// Workbooks: what is inside the archive, read back by hand. Source: ECMA-376 Part 1; PKWARE APPNOTE §4.3.
#include "base/xlsx.hpp"
#include "base/zip_writer.hpp"

#include <boost/test/unit_test.hpp>
#include <zlib.h>

#include <map>

using namespace huitong;

namespace {

std::uint32_t number(const std::string& bytes, std::size_t at, int size) {
    std::uint32_t out = 0;
    for (int index = size; index-- > 0;) out = (out << 8) | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(index)]);
    return out;
}

std::string inflated(const std::string& packed, std::size_t size) {
    std::string out(size, '\0'), input = packed;
    z_stream stream{};
    BOOST_REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    BOOST_TEST(inflate(&stream, Z_FINISH) == Z_STREAM_END);
    inflateEnd(&stream);
    return out;
}

/// By the central directory, as readers do it.
std::map<std::string, std::string> files_of(const std::string& archive) {
    std::map<std::string, std::string> out;
    const auto end = archive.size() - 22;
    BOOST_REQUIRE(number(archive, end, 4) == 0x06054B50U);
    auto at = static_cast<std::size_t>(number(archive, end + 16, 4));
    for (auto left = number(archive, end + 10, 2); left != 0; --left) {
        BOOST_REQUIRE(number(archive, at, 4) == 0x02014B50U);
        const std::size_t name_size = number(archive, at + 28, 2), packed_size = number(archive, at + 20, 4);
        const std::size_t size = number(archive, at + 24, 4), local = number(archive, at + 42, 4);
        const auto name = archive.substr(at + 46, name_size);
        auto content = inflated(archive.substr(local + 30 + name_size, packed_size), size);
        BOOST_TEST(number(archive, at + 16, 4) == crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(size)));
        out[name] = std::move(content);
        at += 46 + name_size;
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(xlsx)

BOOST_AUTO_TEST_CASE(a_workbook_holds_its_sheets_with_texts_and_numbers) {
    XlsxSheet sheet;
    sheet.name = "统计/2026";
    sheet.rows = {{XlsxCell("名称"), XlsxCell("M01")}, {XlsxCell("甲 & 乙 <医院>"), XlsxCell::number("12")}};
    const auto files = files_of(write_xlsx({sheet, {"口径", {{XlsxCell("=1+1")}}, false}}));
    BOOST_TEST(files.at("xl/workbook.xml").find("name=\"统计-2026\" sheetId=\"1\"") != std::string::npos);
    const auto& first = files.at("xl/worksheets/sheet1.xml");
    BOOST_TEST(first.find("甲 &amp; 乙 &lt;医院&gt;") != std::string::npos);
    BOOST_TEST(first.find("<c r=\"B2\"><v>12</v></c>") != std::string::npos);
    BOOST_TEST(first.find("state=\"frozen\"") != std::string::npos);
    // A text stays a text: no formula element anywhere.
    const auto& second = files.at("xl/worksheets/sheet2.xml");
    BOOST_TEST(second.find("t=\"inlineStr\"><is><t xml:space=\"preserve\">=1+1</t>") != std::string::npos);
    BOOST_TEST(second.find("<f>") == std::string::npos);
    BOOST_TEST(files.contains("[Content_Types].xml"));
    BOOST_TEST(files.contains("_rels/.rels"));
    BOOST_TEST(files.contains("xl/_rels/workbook.xml.rels"));
    BOOST_TEST(files.contains("xl/styles.xml"));
}

BOOST_AUTO_TEST_CASE(columns_go_on_behind_z) {
    XlsxSheet sheet;
    sheet.rows.emplace_back(28, XlsxCell("x"));
    const auto text = files_of(write_xlsx({sheet})).at("xl/worksheets/sheet1.xml");
    BOOST_TEST(text.find("r=\"Z1\"") != std::string::npos);
    BOOST_TEST(text.find("r=\"AB1\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_same_sheets_give_the_same_bytes) {
    const XlsxSheet sheet{"a", {{XlsxCell("x")}}, true};
    BOOST_TEST(write_xlsx({sheet}) == write_xlsx({sheet}));
}

BOOST_AUTO_TEST_CASE(an_archive_without_files_is_an_empty_directory) { BOOST_TEST(files_of(ZipWriter().take()).empty()); }

BOOST_AUTO_TEST_SUITE_END()
