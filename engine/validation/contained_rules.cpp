#include "validation/contained_rules.hpp"

#include <set>

namespace huitong::validation {
namespace {

/// What is named by "#…" below an element: references, and canonicals or URLs alike.
void collect_fragments(fhir::Element element, std::set<std::string_view>& out) {
    for (auto child : element.children()) {
        if (child.value().starts_with('#')) out.insert(child.value());
        collect_fragments(child, out);
    }
}

} // namespace

void check_contained(fhir::Element resource, Report& report) {
    if (!resource.child("contained")) return;
    std::set<std::string_view> named;
    collect_fragments(resource, named);
    std::set<std::string_view> ids;
    for (auto contained : resource.children("contained")) {
        const auto id = contained.text("id");
        if (id.empty() || !ids.insert(id).second) report.error(IssueCode::required, contained, "validation-contained-id");
        if (id.empty() || named.contains("#" + std::string(id))) continue;
        std::set<std::string_view> said;
        collect_fragments(contained, said);
        if (!said.contains("#")) report.error(IssueCode::invariant, contained, "validation-contained-unused");
    }
}

} // namespace huitong::validation
