#include "store/sqlite/may_see.hpp"

#include "store/sqlite/coded_content.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/row_writer.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/symbols.hpp"
#include "store/sqlite/tag_sets.hpp"

#include <algorithm>
#include <optional>

namespace huitong::store {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
    return std::find(list.begin(), list.end(), text) != list.end();
}

/// nullopt: the word does not speak of this version. A Bundle may hold anything of the record: what closes a part of it closes the Bundle
/// too, and what opens a part does not open the Bundle. A Consent names the codes that it refuses: they do not close it, or nobody could
/// take it back.
std::optional<bool> closes(const RecordWord& word, const Seen& version, const HasToken& has_token) {
    const bool is_bundle = version.type == "Bundle";
    const auto names = [](const auto& list, const auto& fits) { return list.empty() || std::any_of(list.begin(), list.end(), fits); };
    const bool speaks = names(word.types, [&](const auto& type) { return is_bundle || type == version.type; }) &&
                        names(word.resources, [&](const auto& name) { return is_bundle || name == version.type + '/' + version.id; }) &&
                        names(word.labels, [&](const auto& label) { return contains(version.labels, label); }) &&
                        names(word.tokens, [&](const auto& token) {
                            return version.type != "Consent" && (version.is_removed ? word.closes : has_token(token));
                        });
    if (!speaks) return std::nullopt;
    bool out = word.closes;
    for (const auto& exception : word.exceptions) out = closes(exception, version, has_token).value_or(out);
    if (is_bundle && !out && word.is_bounded()) return std::nullopt;
    return out;
}

/// Whether what this patient says, or does not say, keeps the version from the caller.
bool is_closed_by(const std::string& patient, const CallerFilter& filter, const Seen& version, const HasToken& has_token) {
    if (filter.denied_patients.contains(patient)) return true;
    static const RecordWords kNone;
    const auto& words = filter.record_words ? *filter.record_words : kNone;
    const auto found = words.find(patient);
    if (found == words.end()) return filter.only_by_word;
    for (const auto& word : found->second) {
        if (const auto said = closes(word, version, has_token)) return *said;
    }
    return filter.only_by_word;
}

bool holds_condition(const CallerFilter& filter, const std::string& type, const HasToken& has_token) {
    bool is_bound = false;
    for (const auto& condition : filter.conditions) {
        if (condition.type != type) continue;
        is_bound = true;
        if (std::all_of(condition.tokens.begin(), condition.tokens.end(), has_token)) return true;
    }
    return !is_bound;
}

} // namespace

bool may_see(const CallerFilter& filter, const Seen& version, const HasToken& has_token) {
    if (filter.unrestricted) return true;
    if (!filter.allowed_types.empty() && !contains(filter.allowed_types, version.type)) return false;
    if (!filter.owners.empty() && !contains(filter.owners, version.owner)) return false;
    if (!filter.patient_id.empty() && version.patient != filter.patient_id) return false;
    const bool is_passed = filter.sees_consents && version.type == "Consent";
    const auto is_closed = [&](const std::string& patient) { return !is_passed && is_closed_by(patient, filter, version, has_token); };
    if (!version.patient.empty() && is_closed(version.patient)) return false;
    if (std::any_of(version.sharers.begin(), version.sharers.end(), is_closed)) return false;
    const auto is_denied = [&](const std::string& label) { return contains(filter.denied_labels, label); };
    if (std::any_of(version.labels.begin(), version.labels.end(), is_denied)) return false;
    return holds_condition(filter, version.type, has_token);
}

bool asks_sharers(const CallerFilter& filter) { return !filter.denied_patients.empty() || filter.record_words || filter.only_by_word; }

std::vector<std::string> sharers_of(Connection& connection, CodedContent& content, std::int64_t type, VersionKey version) {
    auto row = connection.prepare("SELECT 1 FROM compartment WHERE patient = ? AND type = ? AND vid = ?");
    row.bind(kNoPatient, type, version);
    return row.step() ? content.patients(version) : std::vector<std::string>();
}

bool has_token(Connection& connection, const Symbols& symbols, const TagSets& sets, const std::string& type, VersionKey version,
               const CallerFilter::Token& token) {
    const auto p = symbols.find(parameter_key(type, token.param));
    if (!p) return false;
    std::vector<TermId> terms;
    if (token.system == "*") {
        terms = find_tokens(connection, token.code);
    } else if (const auto system = symbols.find(token.system)) {
        if (const auto term = find_term(connection, {TermKind::token, token.code, *system})) terms.push_back(*term);
    }
    return std::any_of(terms.begin(), terms.end(), [&](TermId term) {
        auto row = connection.prepare("SELECT 1 FROM val WHERE p = ? AND term = ? AND vid = ?");
        row.bind(*p, term, version);
        if (row.step()) return true;
        const auto holding = sets.with({*p, term});
        return std::any_of(holding.begin(), holding.end(), [&](SetId set) {
            auto tagged = connection.prepare("SELECT 1 FROM tagged WHERE set_id = ? AND vid = ?");
            tagged.bind(set, version);
            return tagged.step();
        });
    });
}

bool has_token(const IndexRows& rows, const CallerFilter::Token& token) {
    return std::any_of(rows.tokens.begin(), rows.tokens.end(), [&](const auto& row) {
        return row.param == token.param && row.code == token.code && (token.system == "*" || row.system == token.system);
    });
}

} // namespace huitong::store
