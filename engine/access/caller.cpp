#include "access/caller.hpp"

namespace huitong::access {
namespace {

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

/// One SMART scope against one right on one type. Understands v2 ("system/Observation.rs") and v1 ("system/*.read").
/// Source: SMART App Launch 2.0, "Scopes for requesting FHIR Resources". A scope with a query part grants nothing here: it cannot be
/// widened silently. Patient scopes grant nothing without a patient.
bool grants(const Caller& caller, std::string_view scope, char right, std::string_view type) {
    const auto slash = scope.find('/');
    const auto dot = scope.rfind('.');
    if (slash == scope.npos || dot == scope.npos || dot < slash || scope.find('?') != scope.npos) return false;
    const auto context = scope.substr(0, slash);
    if (context == "patient" ? caller.patient_id.empty() : context != "system" && context != "user") return false;
    const auto resource = scope.substr(slash + 1, dot - slash - 1);
    if (resource != "*" && (resource.empty() || resource != type)) return false;
    return has_right(scope.substr(dot + 1), right);
}

} // namespace

bool may(const Caller& caller, char right, std::string_view type) {
    if (caller.open || caller.local_admin) return true;
    for (const auto& scope : caller.scopes) {
        // A request over all types (type "") needs a scope over all types.
        if (grants(caller, scope, right, type)) return true;
    }
    return false;
}

store::CallerFilter filter_of(const Caller& caller) {
    store::CallerFilter filter;
    if (caller.open || caller.local_admin) return filter;
    bool all_types = false;
    for (const auto& scope : caller.scopes) {
        if (grants(caller, scope, 'r', "") || grants(caller, scope, 's', "")) all_types = true;
        const auto slash = scope.find('/');
        const auto dot = scope.rfind('.');
        if (slash == scope.npos || dot == scope.npos || dot < slash) continue;
        const auto type = scope.substr(slash + 1, dot - slash - 1);
        if (grants(caller, scope, 'r', type) || grants(caller, scope, 's', type)) filter.allowed_types.emplace_back(type);
    }
    if (all_types) filter.allowed_types.clear();
    else if (filter.allowed_types.empty()) filter.allowed_types.push_back("-"); // nothing is readable
    filter.patient_id = caller.patient_id;
    // Sensitive classes need more than a scope: a purpose of break-glass, or the policy pages to come.
    if (caller.purpose != "BTG") filter.denied_labels = {"PSY", "HIV", "ETH", "GDIS"};
    filter.unrestricted = false;
    return filter;
}

} // namespace huitong::access
