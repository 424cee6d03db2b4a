#include "access/labels.hpp"

#include "access/masking.hpp"
#include "base/csv.hpp"

#include <algorithm>
#include <map>

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
constexpr std::string_view kNotOfDocuments[] = {"Patient", "Provenance"};
/// Search parameters by which a visit says more of a person than that he was there.
constexpr std::string_view kTellingOfVisits[] = {"type", "reason-code", "reason-reference", "diagnosis", "special-arrangement"};

/// Whether no standard code stands beside a local one, in the same search parameter.
bool is_unmapped(const store::IndexRows& rows, const std::string& parameter) {
    return std::none_of(rows.tokens.begin(), rows.tokens.end(), [&](const auto& token) {
        return token.param == parameter && !token.system.empty() && !token.system.starts_with(kLocalSystems);
    });
}

bool holds(const std::vector<std::string>& labels, std::string_view label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// Feeds write the tables of ICD-10 in many ways: by nothing, by a word, by an OID of the national table or of an arc below it.
bool may_be_icd(std::string_view system) {
    constexpr std::string_view kOwnKind = ":diagnosis", kNational = "urn:oid:2.16.156.10011.2.3.3.11";
    constexpr std::string_view kInternational = "urn:oid:2.16.840.1.113883.6.3", kClinical = "urn:oid:2.16.840.1.113883.6.90";
    if (system.empty() || system.ends_with(kOwnKind) || system.starts_with(kNational)) return true;
    return system == kInternational || system == kClinical || lower(system).find("icd") != std::string::npos;
}

/// A letter, two digits, and what is finer behind a point, or without one.
bool is_icd_form(const std::string& code) {
    const auto is_digit = [&](std::size_t at) { return code[at] >= '0' && code[at] <= '9'; };
    return code.size() >= 3 && code[0] >= 'a' && code[0] <= 'z' && is_digit(1) && is_digit(2);
}

bool lists_results(std::string_view type, std::string_view parameter) {
    constexpr std::pair<std::string_view, std::string_view> kLists[] = {
        {"DiagnosticReport", "result"}, {"DocumentReference", "related"}, {"Composition", "entry"}};
    return std::find(std::begin(kLists), std::end(kLists), std::pair(type, parameter)) != std::end(kLists);
}

bool tells_nothing(const store::Write& write) {
    const auto is_among = [](const auto& list, const std::string& name) {
        return std::find(std::begin(list), std::end(list), name) != std::end(list);
    };
    if (write.key.type != "Encounter") return is_among(kNotOfDocuments, write.key.type);
    const auto tells = [&](const auto& row) { return is_among(kTellingOfVisits, row.param); };
    return std::none_of(write.rows.tokens.begin(), write.rows.tokens.end(), tells) &&
           std::none_of(write.rows.references.begin(), write.rows.references.end(), tells);
}

} // namespace

bool is_very_restricted(fhir::Element resource) {
    if (resource.type() == "Composition") return resource.text("confidentiality") == kVeryRestricted;
    if (resource.type() == "Bundle") {
        const auto entries = resource.children("entry");
        return std::any_of(entries.begin(), entries.end(), [](fhir::Element entry) {
            const auto inner = entry.child("resource");
            return inner && is_very_restricted(inner);
        });
    }
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
        if (tells_nothing(write) || write.action == store::Action::remove || !holds(patients, write.rows.patient_id)) continue;
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
        const auto code = lower(token.code);
        const auto add_from = [&](const std::string& system) {
            const auto rules = by_system_.find(system);
            if (rules == by_system_.end()) return;
            for (const auto& rule : rules->second) {
                const bool fits = rule.is_of_unmapped ? is_unmapped(rows, token.param)
                                  : rule.is_beginning ? code.starts_with(rule.code)
                                                      : code == rule.code;
                if (fits && !holds(labels, rule.label)) labels.push_back(rule.label);
            }
        };
        add_from(token.system);
        if (may_be_icd(token.system) && is_icd_form(code)) add_from("*");
    }
}

bool LabelRules::gives(std::string_view label) const {
    return std::any_of(by_system_.begin(), by_system_.end(), [&](const auto& system) {
        return std::any_of(system.second.begin(), system.second.end(), [&](const Rule& rule) { return rule.label == label; });
    });
}

std::vector<LabelRules::PassedOn> LabelRules::pass_on(std::vector<store::Write>& writes) const {
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> of_results;
    for (const auto& write : writes) {
        for (const auto& label : write.labels) {
            if (gives(label)) of_results[{write.key.type, write.key.id}].push_back(label);
        }
    }
    std::vector<PassedOn> out;
    for (std::size_t index = 0; index < writes.size() && !of_results.empty(); ++index) {
        auto& write = writes[index];
        PassedOn passed{index, {}};
        for (const auto& row : write.rows.references) {
            const auto labelled =
                lists_results(write.key.type, row.param) ? of_results.find({row.target_type, row.target_id}) : of_results.end();
            if (labelled == of_results.end()) continue;
            for (const auto& label : labelled->second) {
                if (holds(write.labels, label)) continue;
                write.labels.push_back(label);
                passed.labels.push_back(label);
            }
        }
        if (!passed.labels.empty()) out.push_back(std::move(passed));
    }
    return out;
}

} // namespace huitong::access
