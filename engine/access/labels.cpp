#include "access/labels.hpp"

#include "access/masking.hpp"
#include "base/csv.hpp"

#include <algorithm>

namespace huitong::access {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return out;
}

} // namespace

Parsed<LabelRules> LabelRules::read(std::string_view csv) {
    Parsed<LabelRules> out;
    auto table = read_csv_table(csv);
    out.issues = std::move(table.issues);
    std::size_t number = 0;
    for (const auto& row : table.value.rows) {
        ++number;
        const std::string system(table.value.cell(row, "system")), label(table.value.cell(row, "label"));
        auto code = lower(table.value.cell(row, "code"));
        if (system.empty() || code.empty() || code == "*" || label.empty()) {
            out.issues.add(error(IssueCode::required, "", "labels-row", {std::to_string(number)}));
            continue;
        }
        // A label of the table stands beside the version; what is covered goes by the body.
        if (label == kMaskLabel) {
            out.issues.add(error(IssueCode::not_supported, "", "labels-mask", {std::to_string(number)}));
            continue;
        }
        Rule rule;
        rule.is_beginning = code.ends_with('*');
        if (rule.is_beginning) code.pop_back();
        rule.code = std::move(code);
        rule.label = label;
        out.value.by_system_[system].push_back(std::move(rule));
    }
    return out;
}

void LabelRules::add_labels(const store::IndexRows& rows, std::vector<std::string>& labels) const {
    if (by_system_.empty()) return;
    for (const auto& token : rows.tokens) {
        const auto rules = by_system_.find(token.system);
        if (rules == by_system_.end()) continue;
        const auto code = lower(token.code);
        for (const auto& rule : rules->second) {
            const bool fits = rule.is_beginning ? code.starts_with(rule.code) : code == rule.code;
            if (fits && std::find(labels.begin(), labels.end(), rule.label) == labels.end()) labels.push_back(rule.label);
        }
    }
}

} // namespace huitong::access
