#include "fhir/workbook.hpp"

#include "base/csv.hpp"
#include "base/instant.hpp"
#include "fhir/package_reader.hpp"
#include "fhir/zip_reader.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace huitong::fhir {
namespace {

constexpr std::size_t kColumnsMax = 16'384, kRowsMax = 1'048'576; ///< of a sheet, §18.3.1.73
constexpr std::size_t kUnpackedBytesMax = kPackageFileBytesMax;   ///< of all parts that are read together
constexpr int kDigits = 15;                                       ///< of a number that mean something to a spreadsheet
constexpr double kDaysTo1904 = 1'462;                             ///< between the two beginnings of a calendar, §18.17.4.1

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

/// How the numbers of a style are shown, as far as it matters here.
struct Style {
    bool is_date = false;
    std::size_t width = 0; ///< whole numbers have leading zeros up to it
};

/// "00000000" → 8; 0 for every other format. A second format, for negative numbers, does not matter.
std::size_t width_of(std::string_view code) {
    code = code.substr(0, code.find(';'));
    return code.size() > 1 && code.find_first_not_of('0') == code.npos ? code.size() : 0;
}

/// A number as a person sees it: 5.0999999999999996 is how 5.1 is stored.
std::string number_text(const std::string& stored, double number) {
    const auto digits = std::count_if(stored.begin(), stored.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits <= kDigits) return stored;
    std::array<char, 32> out{};
    const auto end = std::to_chars(out.data(), out.data() + out.size(), number, std::chars_format::general, kDigits).ptr;
    return {out.data(), end};
}

/// Texts of runs one after the other; how they are spoken is left out.
std::string text_of(const pugi::xml_node& item) {
    std::string out = item.child("t").text().get();
    for (const auto& run : item.children("r")) out += run.child("t").text().get();
    return out;
}

class WorkbookReader {
public:
    /// False: the archive cannot be read, or what is needed of it is too large.
    bool open(std::string_view bytes, const std::string& file) {
        return read_parts(bytes, file, {kWorkbookPart, kRelationsPart, kTextsPart, kStylesPart}) &&
               read_parts(bytes, file, {first_sheet_name()});
    }

    /// Nothing: there is no sheet, or it is too large.
    std::optional<std::string> first_sheet() {
        pugi::xml_document sheet;
        if (!parse(first_sheet_name(), sheet)) return std::nullopt;
        read_shared_texts();
        read_styles();
        read_calendar();
        std::string out;
        std::size_t line = 0;
        for (const auto& row : sheet.child("worksheet").child("sheetData").children("row")) {
            const auto number = row.attribute("r").as_ullong(line + 1);
            if (number <= line || number > kRowsMax) return std::nullopt;
            out.append(number - line - 1, '\n');
            line = number;
            if (!write_row(row, out)) return std::nullopt;
            out += '\n';
        }
        return out;
    }

    bool is_too_large() const { return is_too_large_; }

private:
    static constexpr const char* kWorkbookPart = "xl/workbook.xml";
    static constexpr const char* kRelationsPart = "xl/_rels/workbook.xml.rels";
    static constexpr const char* kTextsPart = "xl/sharedStrings.xml";
    static constexpr const char* kStylesPart = "xl/styles.xml";

    bool read_parts(std::string_view bytes, const std::string& file, const std::set<std::string, std::less<>>& names) {
        const auto wants = [&](std::string_view name, std::size_t size) {
            if (!names.contains(name) || parts_.contains(name)) return false;
            is_too_large_ = is_too_large_ || size > kUnpackedBytesMax - unpacked_;
            if (!is_too_large_) unpacked_ += size;
            return !is_too_large_;
        };
        const auto take = [&](std::string_view name, std::string text) { parts_[std::string(name)] = std::move(text); };
        return !read_zip(bytes, file, wants, take).has_errors() && !is_too_large_;
    }

    bool parse(const std::string& name, pugi::xml_document& out) const {
        const auto part = parts_.find(name);
        return part != parts_.end() &&
               out.load_buffer(part->second.data(), part->second.size(), pugi::parse_default | pugi::parse_ws_pcdata);
    }

    std::string first_sheet_name() const {
        pugi::xml_document workbook, relations;
        if (!parse(kWorkbookPart, workbook) || !parse(kRelationsPart, relations)) return {};
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
        if (!parse(kTextsPart, document)) return;
        for (const auto& item : document.child("sst").children("si")) texts_.push_back(text_of(item));
    }

    void read_styles() {
        pugi::xml_document document;
        if (!parse(kStylesPart, document)) return;
        const auto sheet = document.child("styleSheet");
        std::map<int, std::string> codes;
        for (const auto& format : sheet.child("numFmts").children("numFmt"))
            codes[format.attribute("numFmtId").as_int()] = format.attribute("formatCode").value();
        for (const auto& style : sheet.child("cellXfs").children("xf")) {
            const int id = style.attribute("numFmtId").as_int();
            const auto code = codes.contains(id) ? std::string_view(codes[id]) : std::string_view();
            styles_.push_back({is_date_format(id, code), width_of(code)});
        }
    }

    void read_calendar() {
        pugi::xml_document workbook;
        if (parse(kWorkbookPart, workbook) && workbook.child("workbook").child("workbookPr").attribute("date1904").as_bool())
            first_day_ = kDaysTo1904;
    }

    /// Cells stand in the order of their columns; what is left out between them is empty.
    bool write_row(const pugi::xml_node& row, std::string& out) {
        std::size_t next = 0;
        for (const auto& cell : row.children("c")) {
            const auto column = cell.attribute("r") ? column_of(cell.attribute("r").value()) : next;
            if (column < next || column >= kColumnsMax) return false;
            out.append(column - next + (next > 0 ? 1U : 0U), ',');
            out += csv_cell(value_of(cell));
            if (out.size() > kUnpackedBytesMax) return is_too_large_ = true, false;
            next = column + 1;
        }
        return true;
    }

    std::string value_of(const pugi::xml_node& cell) const {
        const std::string_view kind = cell.attribute("t").value();
        if (kind == "inlineStr") return text_of(cell.child("is"));
        std::string value = cell.child("v").text().get();
        std::size_t index = 0;
        if (kind == "s") {
            const auto read = std::from_chars(value.data(), value.data() + value.size(), index);
            return read.ec == std::errc() && index < texts_.size() ? texts_[index] : std::string();
        }
        if (kind == "b") return value == "1" ? "true" : "false";
        if (!kind.empty() && kind != "n") return value;
        const auto style = cell.attribute("s").as_uint();
        return shown(value, style < styles_.size() ? styles_[style] : Style());
    }

    std::string shown(const std::string& stored, const Style& style) const {
        double number = 0;
        const auto read = std::from_chars(stored.data(), stored.data() + stored.size(), number);
        if (read.ec != std::errc() || read.ptr != stored.data() + stored.size()) return stored;
        constexpr double kLastSerial = 2'958'466; // behind 9999-12-31
        const auto serial = number + first_day_;
        if (style.is_date && serial >= 1 && serial < kLastSerial) return date_text(serial);
        auto out = number_text(stored, number);
        const bool is_whole = out.find_first_not_of("0123456789") == out.npos;
        if (is_whole && out.size() < style.width) out.insert(0, style.width - out.size(), '0');
        return out;
    }

    std::map<std::string, std::string, std::less<>> parts_;
    std::size_t unpacked_ = 0; ///< bytes of the parts
    std::vector<std::string> texts_;
    std::vector<Style> styles_;
    double first_day_ = 0; ///< of the calendar, by that of 1900
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
