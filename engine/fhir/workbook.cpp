#include "fhir/workbook.hpp"

#include "base/csv.hpp"
#include "base/instant.hpp"
#include "fhir/package_reader.hpp"
#include "fhir/zip_reader.hpp"

#include <pugixml.hpp>

#include <charconv>
#include <cmath>
#include <map>

namespace huitong::fhir {
namespace {

constexpr std::size_t kColumnsMax = 16'384, kRowsMax = 1'048'576; ///< of a sheet, §18.3.1.73

/// "BC12" → 54; npos when there is no column in it.
std::size_t column_of(std::string_view reference) {
    std::size_t out = 0;
    for (const char c : reference) {
        if (c < 'A' || c > 'Z') break;
        out = out * 26 + static_cast<std::size_t>(c - 'A' + 1);
        if (out > kColumnsMax) return std::string_view::npos;
    }
    return out - 1; // nothing read: npos
}

/// Formats 14 to 22, 27 to 36, 45 to 47 and 50 to 58 are dates and times, others by their letters. Source: §18.8.30.
bool is_date_format(int id, std::string_view code) {
    if ((id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58)) return true;
    char quote = '\0';
    for (const char c : code) {
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (c == '"') {
            quote = '"';
        } else if (c == '[') {
            quote = ']';
        } else if (std::string_view("ymdhs").find(c) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

/// A serial number of days since 1899-12-30 as a date, with the time when there is one. Source: §18.17.4.
std::string date_text(double serial) {
    constexpr double kDaysToEpoch = 25'569;
    constexpr long long kSecondsADay = 86'400;
    const auto seconds = std::llround((serial - kDaysToEpoch) * static_cast<double>(kSecondsADay));
    const auto text = instant_text({seconds * kMicrosecondsPerSecond}); // 2026-11-20T08:45:00.000Z
    const bool is_day = seconds % kSecondsADay == 0;
    return is_day ? text.substr(0, 10) : text.substr(0, 10) + ' ' + text.substr(11, 8);
}

/// Texts of runs one after the other; how they are spoken is left out.
std::string text_of(const pugi::xml_node& item) {
    std::string out = item.child("t").text().get();
    for (const auto& run : item.children("r")) out += run.child("t").text().get();
    return out;
}

class WorkbookReader {
public:
    /// False: the archive cannot be read.
    bool open(std::string_view bytes, const std::string& file) {
        const auto wants = [](std::string_view name) {
            return name.starts_with("xl/") && (name.ends_with(".xml") || name.ends_with(".rels"));
        };
        return !read_zip(bytes, file, wants, [&](std::string_view name, std::string text) {
                    parts_[std::string(name)] = std::move(text);
                }).has_errors();
    }

    /// Nothing: there is no sheet, or it is too large.
    std::optional<std::string> first_sheet() {
        pugi::xml_document sheet;
        if (!parse(first_sheet_name(), sheet)) return std::nullopt;
        read_shared_texts();
        read_styles();
        std::string out;
        std::size_t line = 0;
        for (const auto& row : sheet.child("worksheet").child("sheetData").children("row")) {
            const auto number = row.attribute("r").as_ullong(line + 1);
            if (number <= line || number > kRowsMax) return std::nullopt;
            out.append(number - line - 1, '\n');
            line = number;
            if (!write_row(row, out)) return std::nullopt;
            out += '\n';
            if (out.size() > kPackageFileBytesMax) return is_too_large_ = true, std::nullopt;
        }
        return out;
    }

    bool is_too_large() const { return is_too_large_; }

private:
    bool parse(const std::string& name, pugi::xml_document& out) const {
        const auto part = parts_.find(name);
        return part != parts_.end() &&
               out.load_buffer(part->second.data(), part->second.size(), pugi::parse_default | pugi::parse_ws_pcdata);
    }

    std::string first_sheet_name() const {
        pugi::xml_document workbook, relations;
        if (!parse("xl/workbook.xml", workbook) || !parse("xl/_rels/workbook.xml.rels", relations)) return {};
        const std::string id = workbook.child("workbook").child("sheets").child("sheet").attribute("r:id").value();
        for (const auto& one : relations.child("Relationships").children("Relationship")) {
            if (id != one.attribute("Id").value()) continue;
            const std::string_view target = one.attribute("Target").value();
            return target.starts_with('/') ? std::string(target.substr(1)) : "xl/" + std::string(target);
        }
        return {};
    }

    void read_shared_texts() {
        pugi::xml_document document;
        if (!parse("xl/sharedStrings.xml", document)) return;
        for (const auto& item : document.child("sst").children("si")) texts_.push_back(text_of(item));
    }

    void read_styles() {
        pugi::xml_document document;
        if (!parse("xl/styles.xml", document)) return;
        const auto sheet = document.child("styleSheet");
        std::map<int, std::string> codes;
        for (const auto& format : sheet.child("numFmts").children("numFmt"))
            codes[format.attribute("numFmtId").as_int()] = format.attribute("formatCode").value();
        for (const auto& style : sheet.child("cellXfs").children("xf")) {
            const int id = style.attribute("numFmtId").as_int();
            dates_.push_back(is_date_format(id, codes.contains(id) ? std::string_view(codes[id]) : std::string_view()));
        }
    }

    /// Cells stand in the order of their columns; what is left out between them is empty.
    bool write_row(const pugi::xml_node& row, std::string& out) const {
        std::size_t next = 0;
        for (const auto& cell : row.children("c")) {
            const auto column = cell.attribute("r") ? column_of(cell.attribute("r").value()) : next;
            if (column < next || column >= kColumnsMax) return false;
            out.append(column - next + (next > 0 ? 1U : 0U), ',');
            out += csv_cell(value_of(cell));
            next = column + 1;
        }
        return true;
    }

    std::string value_of(const pugi::xml_node& cell) const {
        const std::string_view kind = cell.attribute("t").value();
        if (kind == "inlineStr") return text_of(cell.child("is"));
        const std::string value = cell.child("v").text().get();
        std::size_t index = 0;
        if (kind == "s") {
            const auto read = std::from_chars(value.data(), value.data() + value.size(), index);
            return read.ec == std::errc() && index < texts_.size() ? texts_[index] : std::string();
        }
        if (kind == "b") return value == "1" ? "true" : "false";
        const auto style = cell.attribute("s").as_uint();
        double serial = 0;
        const auto read = std::from_chars(value.data(), value.data() + value.size(), serial);
        constexpr double kLastSerial = 2'958'466; // behind 9999-12-31
        const bool is_date = kind.empty() || kind == "n" ? style < dates_.size() && dates_[style] : false;
        return is_date && read.ec == std::errc() && serial >= 1 && serial < kLastSerial ? date_text(serial) : value;
    }

    std::map<std::string, std::string> parts_;
    std::vector<std::string> texts_;
    std::vector<bool> dates_; ///< by style
    bool is_too_large_ = false;
};

} // namespace

bool is_workbook(std::string_view bytes) { return bytes.starts_with("PK\x03\x04"); }

Parsed<std::string> read_workbook(std::string_view bytes, const std::string& file) {
    Parsed<std::string> out;
    WorkbookReader reader;
    auto text = reader.open(bytes, file) ? reader.first_sheet() : std::nullopt;
    if (text) out.value = std::move(*text);
    else out.issues.add(error(IssueCode::structure, "", reader.is_too_large() ? "workbook-bytes" : "workbook-unreadable", {file}));
    return out;
}

} // namespace huitong::fhir
