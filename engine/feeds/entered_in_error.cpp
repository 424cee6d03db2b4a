#include "feeds/entered_in_error.hpp"

#include <algorithm>

namespace huitong::feeds {
namespace {

using fhir::Element;

constexpr std::string_view kError = "entered-in-error";

/// Types that say it by `verificationStatus`, and with which codes.
struct Verified {
    std::string_view type, system;
};
constexpr Verified kVerified[] = {
    {"Condition", "http://terminology.hl7.org/CodeSystem/condition-ver-status"},
    {"AllergyIntolerance", "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"},
};

const Verified* verified(std::string_view type) {
    const auto* found = std::find_if(std::begin(kVerified), std::end(kVerified), [&](const Verified& one) { return one.type == type; });
    return found == std::end(kVerified) ? nullptr : found;
}

/// All children but those that say how much of it holds.
fhir::DocumentPtr without_status(Element resource) {
    auto out = std::make_shared<fhir::Document>();
    out->set_root(out->intern(resource.type()));
    for (const auto child : resource.children()) {
        const auto name = child.name();
        const bool says_how_much =
            name == "status" || (verified(resource.type()) && (name == "verificationStatus" || name == "clinicalStatus"));
        if (!says_how_much) out->borrow(0, child);
    }
    return out;
}

void add_text(fhir::Document& document, fhir::NodeIndex parent, std::string_view name, std::string_view text) {
    document.set_value(document.add_child(parent, name, false), fhir::ValueKind::text, document.copy(text));
}

} // namespace

fhir::DocumentPtr with_status(Element resource, std::string_view status) {
    auto out = without_status(resource);
    add_text(*out, 0, "status", status);
    return out;
}

fhir::DocumentPtr entered_in_error(Element resource) {
    const auto* by_verification = verified(resource.type());
    if (!by_verification) return with_status(resource, kError);
    auto out = without_status(resource);
    const auto coding = out->add_child(out->add_child(0, "verificationStatus", false), "coding", true);
    add_text(*out, coding, "system", by_verification->system);
    add_text(*out, coding, "code", kError);
    return out;
}

bool is_entered_in_error(Element resource) {
    return (verified(resource.type()) ? resource.text("verificationStatus.coding.code") : resource.text("status")) == kError;
}

} // namespace huitong::feeds
