#include "feeds/unmapped.hpp"

#include <algorithm>

namespace huitong::feeds {
namespace {

/// Kept by others: the register of institutions, the owner of the directory, the hub itself.
constexpr std::string_view kTypesOfOthers[] = {
    "Organization",
    "Consent",
    "AuditEvent",
    "Provenance",
    "Subscription",
    "SearchParameter",
    "StructureDefinition",
    "StructureMap",
    "CodeSystem",
    "ValueSet",
    "ConceptMap",
    "NamingSystem",
    "OperationDefinition",
    "CapabilityStatement",
    "CompartmentDefinition",
    "ImplementationGuide",
    "Library",
    "Measure",
    "MeasureReport",
    "GraphDefinition",
    "MessageDefinition",
};

std::string_view type_of(fhir::Element entry) {
    if (const auto resource = entry["resource"]) return resource.type();
    const auto url = entry.text("request.url");
    return url.substr(0, url.find_first_of("/?"));
}

} // namespace

fhir::DocumentPtr as_transaction(const fhir::DocumentPtr& sent) {
    const auto root = sent->root();
    if (root.type() == "Bundle" && root.text("type") == "transaction") return sent;
    auto out = std::make_shared<fhir::Document>();
    out->set_root("Bundle");
    out->set_value(out->add_child(0, "type", false), fhir::ValueKind::text, "transaction");
    const auto add = [&](fhir::Element resource) {
        if (!resource) return;
        const auto entry = out->add_child(0, "entry", true);
        out->graft(entry, "resource", false, resource);
        const auto request = out->add_child(entry, "request", false);
        const auto id = resource.text("id");
        const auto url = std::string(resource.type()) + (id.empty() ? "" : "/" + std::string(id));
        out->set_value(out->add_child(request, "method", false), fhir::ValueKind::text, id.empty() ? "POST" : "PUT");
        out->set_value(out->add_child(request, "url", false), fhir::ValueKind::text, out->copy(url));
    };
    if (root.type() != "Bundle") add(root);
    for (const auto entry : root.children("entry")) {
        if (root.type() == "Bundle") add(entry.child("resource"));
    }
    return out;
}

Outcome check_sent_transaction(fhir::Element transaction) {
    Outcome out;
    for (const auto entry : transaction.children("entry")) {
        const auto method = entry.text("request.method");
        if (method != "PUT" && method != "POST") out.add(error(IssueCode::forbidden, entry.path() + ".request", "feed-fhir-method"));
        const auto type = type_of(entry);
        if (std::find(std::begin(kTypesOfOthers), std::end(kTypesOfOthers), type) != std::end(kTypesOfOthers)) {
            out.add(error(IssueCode::forbidden, entry.path(), "feed-fhir-type", {std::string(type)}));
        }
    }
    return out;
}

Outcome check_owners(const interaction::Services& services, const Passage& passage) {
    Outcome out;
    const auto& own = passage.feed->settings.organization;
    auto view = services.store->view();
    for (const auto& entry : passage.prepared->entries) {
        if (!entry.write || passage.prepared->commit.writes[*entry.write].action != store::Action::update) continue;
        const auto version = view->current({entry.type, entry.id});
        if (!version) return version.error();
        if (*version && !(*version)->owner.empty() && (*version)->owner != own) {
            out.add(error(IssueCode::forbidden, entry.where, "feed-fhir-foreign"));
        }
    }
    return out;
}

} // namespace huitong::feeds
