#include "validation/bundle_rules.hpp"

#include "validation/checks.hpp"

namespace huitong::validation {
namespace {

bool is_exchange(std::string_view type) { return type.starts_with("transaction") || type.starts_with("batch"); }

void check_identity(fhir::Element entry, fhir::Element resource, std::string_view type, Report& report) {
    const auto full_url = entry.text("fullUrl");
    if (full_url.empty()) {
        // Lists that a server answers with are read anyway; what is filed as one piece must name its parts.
        const bool filed = type == "document" || type == "message" || type == "collection";
        if (!is_exchange(type))
            report.add(filed ? Severity::error : Severity::warning, IssueCode::required, entry, "validation-entry-no-url");
        return;
    }
    const auto id = resource.text("id");
    const std::string tail = "/" + std::string(resource.type()) + "/";
    const bool restful = full_url.starts_with("http") && full_url.find(tail) != full_url.npos;
    if (restful && !id.empty() && !full_url.ends_with(tail + std::string(id))) {
        report.add(Severity::warning, IssueCode::value, entry, "validation-entry-url-id");
    }
}

/// Every reference of the Composition itself (not of what it contains) names a resource of the bundle or a contained one.
void check_references(fhir::Element element, Report& report) {
    for (auto child : element.children()) {
        if (child.is_resource()) continue;
        const auto reference = child.name() == "reference" ? child.value() : std::string_view();
        if (!reference.empty() && !reference.starts_with('#') && !resolve_inside(element, reference)) {
            const bool elsewhere = reference.starts_with("http"); // an absolute place may lie outside
            report.add(elsewhere ? Severity::warning : Severity::error, IssueCode::not_found, element, "validation-document-reference");
        }
        check_references(child, report);
    }
}

} // namespace

void check_bundle(fhir::Element bundle, Report& report) {
    const auto type = bundle.text("type");
    bool is_first = true;
    for (auto entry : bundle.children("entry")) {
        const auto resource = entry.child("resource");
        if (resource && resource.is_resource()) check_identity(entry, resource, type, report);
        if (is_first && type == "document" && (!resource || resource.type() != "Composition")) {
            report.error(IssueCode::structure, entry, "validation-document-first");
        } else if (is_first && type == "document") {
            check_references(resource, report);
        }
        is_first = false;
    }
}

} // namespace huitong::validation
