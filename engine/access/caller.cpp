#include "access/caller.hpp"

namespace huitong::access {
namespace {

/// One SMART scope against one right on one type. Understands v2 ("system/Observation.rs") and v1 ("system/*.read").
/// Source: SMART App Launch 2.0, "Scopes for requesting FHIR Resources". A scope with a query part grants nothing here: it cannot be
/// widened silently.
bool grants(std::string_view scope, char right, std::string_view type) {
    const auto slash = scope.find('/');
    const auto dot = scope.rfind('.');
    if (slash == scope.npos || dot == scope.npos || dot < slash || scope.find('?') != scope.npos) return false;
    const auto context = scope.substr(0, slash);
    if (context != "system" && context != "user" && context != "patient") return false;
    const auto resource = scope.substr(slash + 1, dot - slash - 1);
    if (resource != "*" && resource != type) return false;
    const auto rights = scope.substr(dot + 1);
    if (rights == "*") return true;
    if (rights == "read") return right == 'r' || right == 's';
    if (rights == "write") return right == 'c' || right == 'u' || right == 'd';
    return rights.find(right) != rights.npos;
}

} // namespace

bool may(const Caller& caller, char right, std::string_view type) {
    if (caller.open || caller.local_admin) return true;
    for (const auto& scope : caller.scopes) {
        // A request over all types (type "") needs a scope over all types.
        if (grants(scope, right, type)) return true;
    }
    return false;
}

store::CallerFilter filter_of(const Caller& caller) {
    store::CallerFilter filter;
    if (caller.open || caller.local_admin) return filter;
    bool all_types = false;
    for (const auto& scope : caller.scopes) {
        if (grants(scope, 'r', "") || grants(scope, 's', "")) all_types = true;
        const auto slash = scope.find('/');
        const auto dot = scope.rfind('.');
        if (slash == scope.npos || dot == scope.npos || dot < slash) continue;
        const auto type = scope.substr(slash + 1, dot - slash - 1);
        if (grants(scope, 'r', type) || grants(scope, 's', type)) filter.allowed_types.push_back(type);
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
