#include "base/xlsx.hpp"

#include "base/xml_text.hpp"
#include "base/zip_writer.hpp"

#include <string_view>

namespace huitong {
namespace {

constexpr std::string_view kXmlHead = R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)";
constexpr std::string_view kMainNamespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
constexpr std::string_view kRelationNamespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
constexpr std::string_view kPackageNamespace = "http://schemas.openxmlformats.org/package/2006/relationships";
constexpr std::string_view kContentType = "application/vnd.openxmlformats-officedocument.spreadsheetml.";
constexpr std::size_t kSheetNameMax = 31; ///< characters

std::string sheet_name(std::string_view name) {
    std::string out;
    std::size_t characters = 0;
    for (const char c : name) {
        const bool begins = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
        if (begins && ++characters > kSheetNameMax) break;
        out += std::string_view("\\/?*[]:").find(c) == std::string_view::npos ? c : '-';
    }
    return out;
}

/// "A", "Z", "AA": `column` from 0.
std::string column_name(std::size_t column) {
    std::string out;
    for (auto left = column + 1; left != 0; left = (left - 1) / 26) out.insert(out.begin(), static_cast<char>('A' + (left - 1) % 26));
    return out;
}

std::string cell_xml(const XlsxCell& cell, const std::string& place, bool is_header) {
    if (cell.text.empty()) return {};
    const std::string begin = "<c r=\"" + place + '"' + (is_header ? " s=\"1\"" : "");
    if (cell.is_number) return begin + "><v>" + xml_text(cell.text) + "</v></c>";
    return begin + " t=\"inlineStr\"><is><t xml:space=\"preserve\">" + xml_text(cell.text) + "</t></is></c>";
}

std::string sheet_xml(const XlsxSheet& sheet) {
    std::string out(kXmlHead);
    out.append("<worksheet xmlns=\"").append(kMainNamespace).append("\">");
    if (sheet.has_header)
        out += R"(<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" state="frozen"/></sheetView></sheetViews>)";
    out += "<sheetData>";
    for (std::size_t row = 0; row < sheet.rows.size(); ++row) {
        const auto number = std::to_string(row + 1);
        out += "<row r=\"" + number + "\">";
        for (std::size_t column = 0; column < sheet.rows[row].size(); ++column)
            out += cell_xml(sheet.rows[row][column], column_name(column) + number, sheet.has_header && row == 0);
        out += "</row>";
    }
    return out + "</sheetData></worksheet>";
}

std::string part_name(std::size_t sheet) { return "worksheets/sheet" + std::to_string(sheet + 1) + ".xml"; }

std::string content_types_xml(std::size_t sheets) {
    std::string out(kXmlHead);
    out += R"(<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType=)"
           R"("application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>)";
    const auto add = [&](const std::string& part, std::string_view kind) {
        out.append("<Override PartName=\"/xl/" + part + "\" ContentType=\"").append(kContentType).append(kind).append("+xml\"/>");
    };
    add("workbook.xml", "sheet.main");
    add("styles.xml", "styles");
    for (std::size_t index = 0; index < sheets; ++index) add(part_name(index), "worksheet");
    return out + "</Types>";
}

std::string relations_xml(const std::vector<std::pair<std::string_view, std::string>>& targets) {
    std::string out(kXmlHead);
    out.append("<Relationships xmlns=\"").append(kPackageNamespace).append("\">");
    std::size_t number = 0;
    for (const auto& [kind, target] : targets) {
        out.append("<Relationship Id=\"r" + std::to_string(++number) + "\" Type=\"").append(kRelationNamespace).append("/").append(kind);
        out += "\" Target=\"" + target + "\"/>";
    }
    return out + "</Relationships>";
}

std::string workbook_xml(const std::vector<XlsxSheet>& sheets) {
    std::string out(kXmlHead);
    out.append("<workbook xmlns=\"").append(kMainNamespace).append("\" xmlns:r=\"").append(kRelationNamespace).append("\"><sheets>");
    std::size_t number = 0;
    for (const auto& sheet : sheets) {
        const auto id = std::to_string(++number);
        out += "<sheet name=\"" + xml_text(sheet_name(sheet.name)) + "\" sheetId=\"" + id + "\" r:id=\"r" + id + "\"/>";
    }
    return out + "</sheets></workbook>";
}

/// Two cell formats: plain, and bold for header rows. The two fills are demanded by the format's readers.
std::string styles_xml() {
    std::string out(kXmlHead);
    out.append("<styleSheet xmlns=\"").append(kMainNamespace).append("\">");
    return out +
           R"(<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>)"
           R"(<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>)"
           R"(<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>)"
           R"(<cellXfs count="2"><xf/><xf fontId="1" applyFont="1"/></cellXfs></styleSheet>)";
}

} // namespace

XlsxSheet text_sheet(std::string name, const std::vector<std::vector<std::string>>& rows) {
    XlsxSheet out;
    out.name = std::move(name);
    for (const auto& row : rows) out.rows.emplace_back(row.begin(), row.end());
    return out;
}

std::string write_xlsx(const std::vector<XlsxSheet>& sheets) {
    ZipWriter zip;
    zip.add("[Content_Types].xml", content_types_xml(sheets.size()));
    zip.add("_rels/.rels", relations_xml({{"officeDocument", "xl/workbook.xml"}}));
    zip.add("xl/workbook.xml", workbook_xml(sheets));
    std::vector<std::pair<std::string_view, std::string>> parts;
    for (std::size_t index = 0; index < sheets.size(); ++index) parts.emplace_back("worksheet", part_name(index));
    parts.emplace_back("styles", "styles.xml");
    zip.add("xl/_rels/workbook.xml.rels", relations_xml(parts));
    zip.add("xl/styles.xml", styles_xml());
    for (std::size_t index = 0; index < sheets.size(); ++index) zip.add("xl/" + part_name(index), sheet_xml(sheets[index]));
    return zip.take();
}

} // namespace huitong
