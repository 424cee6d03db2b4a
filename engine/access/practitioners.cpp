#include "access/practitioners.hpp"

#include "base/csv.hpp"
#include "base/date_time.hpp"

#include <fstream>
#include <iterator>

namespace huitong::access {
namespace {

constexpr auto kColumns = {"organization", "practitioner", "name", "licence_from", "licence_to"};

bool is_day(const std::string& text) {
    const auto read = read_date_time(text);
    return text.empty() || (read && read->precision == Precision::day);
}

} // namespace

Outcome Practitioners::reload() {
    std::ifstream in(file_, std::ios::binary);
    if (!in) return error(IssueCode::not_found, file_, "practitioner-table", {file_});
    auto read = read_csv_table(std::string(std::istreambuf_iterator<char>(in), {}));
    auto issues = std::move(read.issues);
    for (const auto* column : kColumns) {
        if (read.value.column(column) == std::string::npos) issues.add(error(IssueCode::structure, file_, "practitioner-table", {column}));
    }
    if (issues.has_errors()) return issues;
    auto table = std::make_shared<Table>();
    for (const auto& row : read.value.rows) {
        const auto cell = [&](std::string_view column) { return std::string(read.value.cell(row, column)); };
        Licence licence{cell("name"), cell("licence_from"), cell("licence_to")};
        const std::pair key(cell("organization"), cell("practitioner"));
        const bool is_whole = !key.first.empty() && !key.second.empty() && is_day(licence.from) && is_day(licence.to);
        if (is_whole && table->emplace(key, std::move(licence)).second) continue;
        auto issue = error(IssueCode::value, file_, "practitioner-row", {std::to_string(row.line)});
        issue.position = TextPosition{file_, row.line, 1};
        issues.add(std::move(issue));
    }
    if (issues.has_errors()) return issues;
    const std::lock_guard lock(mutex_);
    table_ = std::move(table);
    return issues;
}

bool Practitioners::may_act(const std::string& organization, const std::string& practitioner, const std::string& day) const {
    std::shared_ptr<const Table> table;
    {
        const std::lock_guard lock(mutex_);
        table = table_;
    }
    const auto found = table->find({organization, practitioner});
    if (found == table->end()) return false;
    const auto& licence = found->second;
    return (licence.from.empty() || licence.from <= day) && (licence.to.empty() || day <= licence.to);
}

} // namespace huitong::access
