/// Workbooks of spreadsheet programs (Office Open XML), written only: sheets of texts and numbers, a bold first row that stays in view.
/// A text is written as a text whatever it begins with, so that nothing becomes a formula. Formulas, styles and dates are not written.
/// Source: ECMA-376 Part 1, SpreadsheetML. Thread: any; pure.
#pragma once

#include <string>
#include <vector>

namespace huitong {

struct XlsxCell {
    std::string text;
    bool is_number = false; ///< `text` is a decimal: "12", "-0.5"
    XlsxCell() = default;
    XlsxCell(std::string text_) : text(std::move(text_)) {}
    static XlsxCell number(std::string decimal) {
        XlsxCell out(std::move(decimal));
        out.is_number = true;
        return out;
    }
};

struct XlsxSheet {
    std::string name; ///< at most 31 characters are kept; \ / ? * [ ] : become '-'
    std::vector<std::vector<XlsxCell>> rows;
    bool has_header = true; ///< the first row is one
};

/// Every cell a text.
XlsxSheet text_sheet(std::string name, const std::vector<std::vector<std::string>>& rows);

/// The file's bytes: media type kXlsxMediaType.
std::string write_xlsx(const std::vector<XlsxSheet>& sheets);

inline constexpr const char* kXlsxMediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

} // namespace huitong
