#include "access/trail_texts.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::access {
namespace {

/// True when something went. Resources within: entries of a Bundle, contained ones.
bool drop_queries(fhir::Document& document, fhir::NodeIndex index) {
    bool is_changed = false;
    const bool is_event = document.node(index).type == "AuditEvent";
    for (auto at = document.node(index).first_child; at != fhir::kNoNode; at = document.node(at).next_sibling) {
        is_changed = drop_queries(document, at) || is_changed;
        if (!is_event || document.node(at).name != "entity") continue;
        for (auto child = document.node(at).first_child; child != fhir::kNoNode;) {
            const auto next = document.node(child).next_sibling;
            if (document.node(child).name == "query") {
                document.remove_child(at, child);
                is_changed = true;
            }
            child = next;
        }
    }
    return is_changed;
}

} // namespace

bool reads_queries(const Caller& caller) {
    if (caller.open || caller.local_admin) return true;
    return caller.patient_id.empty() && std::find(caller.scopes.begin(), caller.scopes.end(), kAuditorScope) != caller.scopes.end();
}

std::string without_queries(std::string body, const Caller& caller) {
    if (reads_queries(caller) || body.find("AuditEvent") == body.npos) return body;
    const auto parsed = fhir::read_json(body);
    if (!parsed.value || parsed.issues.has_errors()) return {}; // what cannot be covered does not go out
    const auto root = parsed.value->root();
    return drop_queries(*parsed.value, root.index()) ? fhir::write_json(root) : body;
}

} // namespace huitong::access
