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

constexpr std::string_view kUnmapped = "(unmapped)", kLocalSystems = "urn:huitong:organization:";
/// Whatever stands in a record of these types says no more of a person than that he was there.
constexpr std::string_view kNotOfDocuments[] = {"Patient", "Encounter", "Provenance"};

/// Whether no standard code stands beside a local one, in the same search parameter.
bool is_unmapped(const store::IndexRows& rows, const std::string& parameter) {
    return std::none_of(rows.tokens.begin(), rows.tokens.end(), [&](const auto& token) {
        return token.param == parameter && !token.system.empty() && !token.system.starts_with(kLocalSystems);
    });
}

bool holds(const std::vector<std::string>& labels, std::string_view label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

} // namespace

bool is_very_restricted(fhir::Element resource) {
    if (resource.type() == "Composition") return resource.text("confidentiality") == kVeryRestricted;
    if (resource.type() != "DocumentReference") return false;
    for (const auto label : resource.children("securityLabel")) {
        for (const auto coding : label.children("coding")) {
            if (coding.text("code") == kVeryRestricted) return true;
        }
    }
    return false;
}

std::vector<std::size_t> pass_on_restriction(std::vector<store::Write>& writes) {
    std::vector<std::string> patients;
    for (const auto& write : writes) {
        const bool is_document = write.key.type == "Composition" || write.key.type == "DocumentReference";
        if (is_document && holds(write.labels, kVeryRestricted) && !write.rows.patient_id.empty())
            patients.push_back(write.rows.patient_id);
    }
    std::vector<std::size_t> labelled;
    for (std::size_t index = 0; index < writes.size(); ++index) {
        auto& write = writes[index];
        const bool is_exempt =
            std::find(std::begin(kNotOfDocuments), std::end(kNotOfDocuments), write.key.type) != std::end(kNotOfDocuments);
        if (is_exempt || write.action == store::Action::remove || !holds(patients, write.rows.patient_id)) continue;
        if (holds(write.labels, kVeryRestricted)) continue;
        write.labels.emplace_back(kVeryRestricted);
        labelled.push_back(index);
    }
    return labelled;
}

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
        rule.is_of_unmapped = code == kUnmapped;
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
            const bool fits = rule.is_of_unmapped ? is_unmapped(rows, token.param)
                              : rule.is_beginning ? code.starts_with(rule.code)
                                                  : code == rule.code;
            if (fits && !holds(labels, rule.label)) labels.push_back(rule.label);
        }
    }
}

} // namespace huitong::access
