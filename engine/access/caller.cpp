#include "access/caller.hpp"

#include "access/labels.hpp"
#include "access/masking.hpp"
#include "access/trail_texts.hpp"
#include "access/writer.hpp"
#include "audit/audit_event.hpp"
#include "base/url_query.hpp"

#include <algorithm>
#include <optional>
#include <set>

namespace huitong::access {
namespace {

constexpr std::size_t kScopeConditionsMax = 64; ///< of one scope

/// v2 rights are letters of "cruds" in that order, v1 rights are words. Anything else grants nothing: "search" is no list of letters.
bool has_right(std::string_view rights, char right) {
    if (rights == "*") return true;
    if (rights == "read") return right == 'r' || right == 's';
    if (rights == "write") return right == 'c' || right == 'u' || right == 'd';
    constexpr std::string_view kLetters = "cruds";
    std::size_t next = 0;
    for (const char letter : rights) {
        const auto place = kLetters.find(letter, next);
        if (place == kLetters.npos) return false;
        next = place + 1;
    }
    return rights.find(right) != rights.npos;
}

/// "system/Observation.rs?category=laboratory" in its parts; the query is decoded later.
struct Scope {
    std::string_view context, type, rights, query;
};
std::optional<Scope> read_scope(std::string_view text) {
    Scope out;
    const auto mark = text.find('?');
    if (mark != text.npos) out.query = text.substr(mark + 1);
    text = text.substr(0, mark);
    const auto slash = text.find('/');
    const auto dot = text.rfind('.');
    if (slash == text.npos || dot == text.npos || dot < slash) return std::nullopt;
    out.context = text.substr(0, slash);
    out.type = text.substr(slash + 1, dot - slash - 1);
    out.rights = text.substr(dot + 1);
    if (mark != text.npos && out.query.empty()) return std::nullopt;
    return out;
}

using Conditions = std::vector<store::CallerFilter::TypeCondition>;

/// The conditions of a scope's query, one of which must hold; nullopt: one of them is not understood, and the scope grants nothing: it
/// cannot be widened in silence. Understood are tokens: `category=laboratory`, `category=system|code,code`.
std::optional<Conditions> conditions_of(const Scope& scope) {
    Conditions out{{std::string(scope.type), {}}};
    if (scope.type == "*") return std::nullopt;
    for (const auto& [name, values] : read_url_query(scope.query)) {
        if (name.empty() || name.find_first_of(":._") != name.npos || values.empty()) return std::nullopt;
        Conditions wider;
        for (std::string_view rest = values; !rest.empty();) {
            const auto end = rest.find(',');
            const auto value = rest.substr(0, end);
            rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
            const auto bar = value.find('|');
            store::CallerFilter::Token token;
            token.param = name;
            token.system = bar == value.npos ? "*" : std::string(value.substr(0, bar));
            token.code = bar == value.npos ? std::string(value) : std::string(value.substr(bar + 1));
            if (token.code.empty()) return std::nullopt;
            for (auto condition : out) {
                condition.tokens.push_back(token);
                wider.push_back(std::move(condition));
            }
        }
        out = std::move(wider);
    }
    if (out.size() > kScopeConditionsMax || out.front().tokens.empty()) return std::nullopt;
    return out;
}

/// One SMART scope against one right on one type. Understands v2 ("system/Observation.rs", with a query) and v1 ("system/*.read").
/// Source: SMART App Launch 2.0, "Scopes for requesting FHIR Resources". Patient scopes grant nothing without a patient.
bool grants(const Caller& caller, const Scope& scope, char right, std::string_view type) {
    if (scope.context == "patient" ? caller.patient_id.empty() : scope.context != "system" && scope.context != "user") return false;
    if (scope.type != "*" && (scope.type.empty() || scope.type != type)) return false;
    return has_right(scope.rights, right) && (scope.query.empty() || conditions_of(scope));
}

} // namespace

bool may(const Caller& caller, char right, std::string_view type) {
    if (caller.open || caller.local_admin) return true;
    // What it read covered it would write back covered.
    if (caller.masked && right != 'r' && right != 's') return false;
    // A request over all types (type "") needs a scope over all types.
    return std::any_of(caller.scopes.begin(), caller.scopes.end(), [&](const std::string& text) {
        const auto scope = read_scope(text);
        return scope && grants(caller, *scope, right, type);
    });
}

namespace {

/// Types on which a scope gives one of `rights`, and the conditions of those that no scope gives without one.
void add_types(const Caller& caller, std::string_view rights, store::CallerFilter& filter) {
    bool all_types = false;
    std::set<std::string, std::less<>> whole;
    Conditions conditions;
    for (const auto& text : caller.scopes) {
        const auto scope = read_scope(text);
        const auto is_granted = [&](char right) { return grants(caller, *scope, right, scope->type == "*" ? "" : scope->type); };
        if (!scope || std::none_of(rights.begin(), rights.end(), is_granted)) continue;
        if (scope->type == "*") all_types = true;
        else if (scope->query.empty()) whole.emplace(scope->type);
        else {
            auto bound = conditions_of(*scope);
            for (auto& condition : *bound) conditions.push_back(std::move(condition));
        }
    }
    if (all_types) return;
    filter.allowed_types.assign(whole.begin(), whole.end());
    for (auto& condition : conditions) {
        if (whole.contains(condition.type)) continue;
        filter.allowed_types.push_back(condition.type);
        filter.conditions.push_back(std::move(condition));
    }
    if (filter.allowed_types.empty()) filter.allowed_types.emplace_back("-"); // nothing at all: a type that there is not
}

bool has_scope(const Caller& caller, std::string_view name) {
    return std::find(caller.scopes.begin(), caller.scopes.end(), name) != caller.scopes.end();
}

store::CallerFilter filter_over(const Caller& caller, std::string_view rights) {
    store::CallerFilter filter;
    if (caller.open || caller.local_admin) return filter;
    filter.unrestricted = false;
    add_types(caller, rights, filter);
    filter.patient_id = caller.patient_id;
    // Sensitive classes need more than a scope: a purpose of break-glass, or the policy pages to come.
    if (caller.purpose == kBreakGlass) return filter;
    filter.denied_labels = sensitive_labels();
    // Residents and auditors are told who asked, whatever it was that he asked for.
    if (!is_resident(caller) && !has_scope(caller, kAuditorScope)) filter.denied_labels.emplace_back(audit::kTrailOfSensitive);
    if (caller.without_masked && sees_masked(caller)) filter.denied_labels.emplace_back(kMaskLabel);
    filter.denied_patients = caller.denied_patients;
    filter.record_words = caller.record_words;
    filter.only_by_word = caller.only_by_word;
    filter.sees_consents = has_scope(caller, kExchangeScope);
    return filter;
}

} // namespace

std::vector<std::string> sensitive_labels() { return {"PSY", "HIV", "ETH", "GDIS", std::string(kVeryRestricted)}; }

store::CallerFilter filter_of(const Caller& caller) { return filter_over(caller, "rs"); }
store::CallerFilter write_sight_of(const Caller& caller) {
    auto sight = filter_over(caller, "cruds");
    sight.writer = writer_of(caller);
    // A Consent is the word of whoever wrote it down; the resident himself may take any of his own back.
    if (!sight.unrestricted && !is_resident(caller)) sight.kept_types = {"Consent"};
    // Nobody who sees a record covered writes over it.
    if (sees_masked(caller)) sight.denied_labels.emplace_back(kMaskLabel);
    return sight;
}

} // namespace huitong::access
