#include "base/csv.hpp"

#include <algorithm>

namespace huitong {
namespace {

/// One pass over the text; a row ends at LF, CR or CRLF outside quotes.
class CsvReader {
public:
    CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}

    Parsed<std::vector<CsvRow>> run() {
        Parsed<std::vector<CsvRow>> out;
        while (at_ < text_.size()) {
            CsvRow row;
            row.line = line_;
            row.source.begin = static_cast<std::uint32_t>(at_);
            read_row(row, out.issues);
            const bool blank = row.cells.size() == 1 && row.cells.front().empty();
            if (!blank) out.value.push_back(std::move(row));
        }
        return out;
    }

private:
    void read_row(CsvRow& row, Outcome& issues) {
        for (;;) {
            row.cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted_cell(issues) : plain_cell());
            if (at_ >= text_.size() || text_[at_] != separator_) break;
            ++at_;
        }
        row.source.end = static_cast<std::uint32_t>(at_);
        if (at_ < text_.size() && text_[at_] == '\r') ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
        ++line_;
    }

    std::string plain_cell() {
        const auto begin = at_;
        while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string quoted_cell(Outcome& issues) {
        std::string out;
        const auto opened = line_;
        for (++at_; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '\n') ++line_;
            if (c != '"') {
                out += c;
            } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
                out += '"';
                ++at_;
            } else {
                ++at_;
                return out + plain_cell();
            }
        }
        auto issue = error(IssueCode::structure, "", "csv-quote-open");
        issue.position = TextPosition{"", opened, 0};
        issues.add(std::move(issue));
        return out;
    }

    std::string_view text_;
    char separator_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
};

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

} // namespace

Parsed<std::vector<CsvRow>> read_csv(std::string_view text, char separator) { return CsvReader(text, separator).run(); }

std::string csv_cell(std::string_view text, char separator) {
    const bool plain = text.find_first_of("\"\r\n") == text.npos && text.find(separator) == text.npos;
    if (plain) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + "\"";
}

std::size_t CsvTable::column(std::string_view name) const {
    const auto found = std::find(header.begin(), header.end(), name);
    return found == header.end() ? std::string::npos : static_cast<std::size_t>(found - header.begin());
}

std::string_view CsvTable::cell(const CsvRow& row, std::string_view name) const {
    const auto index = column(name);
    return index < row.cells.size() ? std::string_view(row.cells[index]) : std::string_view();
}

Parsed<CsvTable> read_csv_table(std::string_view text, char separator) {
    Parsed<CsvTable> out;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    auto rows = read_csv(text, separator);
    out.issues = std::move(rows.issues);
    std::size_t at = 0;
    for (; at < rows.value.size() && rows.value[at].cells.front().starts_with('#'); ++at) {
        const auto& row = rows.value[at];
        out.value.comments.push_back(trimmed(text.substr(row.source.begin + 1, row.source.end - row.source.begin - 1)));
    }
    if (at == rows.value.size()) {
        out.issues.add(error(IssueCode::structure, "", "csv-no-header"));
        return out;
    }
    for (const auto& cell : rows.value[at].cells) out.value.header.push_back(trimmed(cell));
    for (++at; at < rows.value.size(); ++at) {
        auto& row = rows.value[at];
        if (row.cells.size() > out.value.header.size()) {
            auto issue =
                error(IssueCode::structure, "", "csv-columns", {std::to_string(row.cells.size()), std::to_string(out.value.header.size())});
            issue.position = TextPosition{"", row.line, 0};
            out.issues.add(std::move(issue));
        }
        out.value.rows.push_back(std::move(row));
    }
    return out;
}

} // namespace huitong
