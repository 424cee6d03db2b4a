#include "app/document_members.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace huitong::app {
namespace {

using fhir::Element;

/// Statuses that hold, by type; a type that is not named has none that matters here.
struct Holding {
    std::string_view type, status;
};
constexpr Holding kHolding[] = {
    {"DiagnosticReport", "final"},      {"DiagnosticReport", "amended"}, {"DiagnosticReport", "corrected"},
    {"DiagnosticReport", "appended"},   {"Observation", "final"},        {"Observation", "amended"},
    {"Observation", "corrected"},       {"Procedure", "completed"},      {"MedicationRequest", "active"},
    {"MedicationRequest", "completed"},
};
constexpr std::string_view kOfStay[] = {"Condition", "Procedure", "MedicationRequest", "DiagnosticReport"};

bool is_of_stay(std::string_view type) { return std::find(std::begin(kOfStay), std::end(kOfStay), type) != std::end(kOfStay); }

bool has_code(Element resource, std::string_view name, std::string_view code) {
    for (const auto concept_of : resource.children(name)) {
        for (const auto coding : concept_of.children("coding")) {
            if (coding.text("code") == code) return true;
        }
    }
    return false;
}

bool holds(Element resource) {
    const auto type = resource.type();
    const auto status = resource.text("status");
    if (type == "Condition")
        return !has_code(resource, "verificationStatus", "refuted") && !has_code(resource, "verificationStatus", "entered-in-error");
    if (type == "MedicationRequest" && !has_code(resource, "category", "discharge")) return false;
    const auto is_of_type = [&](const Holding& one) { return one.type == type; };
    if (std::none_of(std::begin(kHolding), std::end(kHolding), is_of_type)) return true;
    return std::any_of(std::begin(kHolding), std::end(kHolding),
                       [&](const Holding& one) { return one.type == type && one.status == status; });
}

struct Part {
    Element resource;
    std::string_view url;
};

bool is_named(std::string_view reference, const Part& part) {
    const auto key = std::string(part.resource.type()) + '/' + std::string(part.resource.text("id"));
    return !reference.empty() && (reference == part.url || reference == key || reference.ends_with('/' + key));
}

class Members {
public:
    explicit Members(Element bundle) {
        for (const auto entry : bundle.children("entry")) {
            if (const auto resource = entry.child("resource")) parts_.push_back({resource, entry.text("fullUrl")});
        }
    }

    Parsed<fhir::DocumentPtr> chosen() {
        Parsed<fhir::DocumentPtr> out;
        out.value = std::make_shared<fhir::Document>();
        out.value->set_root("Bundle");
        if (parts_.empty()) return out;
        out.issues = check_focus();
        if (out.issues.has_errors()) return out;
        add_results(focus());
        for (std::size_t at = 0; at < parts_.size(); ++at) {
            if (at > 0 && !belongs(at)) continue;
            const auto entry = out.value->add_child(0, "entry", true);
            out.value->set_value(out.value->add_child(entry, "fullUrl", false), fhir::ValueKind::text, out.value->copy(parts_[at].url));
            out.value->graft(entry, "resource", false, parts_[at].resource);
        }
        return out;
    }

private:
    Element focus() const { return parts_.front().resource; }
    bool is_stay() const { return focus().type() == "Encounter"; }

    Outcome check_focus() const {
        Outcome out;
        const std::string type(focus().type()), status(focus().text("status"));
        if (!is_stay() && type != "DiagnosticReport") return out; // the map will say that it makes nothing of it
        if (is_stay() ? status != "finished" : !holds(focus()))
            out.add(error(IssueCode::business_rule, type + ".status", "document-status", {type, status}));
        const auto is_patient = [&](const Part& part) { return part.resource.type() == "Patient" && is_subject(part); };
        if (std::none_of(parts_.begin(), parts_.end(), is_patient))
            out.add(error(IssueCode::required, type + ".subject", "document-incomplete", {type + ".subject"}));
        return out;
    }
    bool is_subject(const Part& part) const { return is_named(focus().text("subject.reference"), part); }

    /// Of the same person, as far as the resource says whose it is.
    bool is_of_subject(Element resource) const {
        const auto reference = resource.text("subject.reference");
        return reference.empty() ||
               std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return is_subject(part) && is_named(reference, part); });
    }

    void add_results(Element resource) {
        for (const auto name : {"result", "hasMember"}) {
            for (const auto reference : resource.children(name)) {
                for (std::size_t at = 1; at < parts_.size(); ++at) {
                    const auto result = parts_[at].resource;
                    if (result.type() != "Observation" || !is_named(reference.text("reference"), parts_[at])) continue;
                    if (holds(result) && is_of_subject(result) && results_.insert(at).second) add_results(result);
                }
            }
        }
    }

    bool belongs(std::size_t at) const {
        const auto& part = parts_[at];
        const auto type = part.resource.type();
        if (type == "Patient") return is_subject(part);
        if (type == "Encounter") return !is_stay() && is_of_subject(part.resource) && is_named(focus().text("encounter.reference"), part);
        if (type == "Observation") return results_.contains(at);
        if (!is_of_subject(part.resource) || !holds(part.resource)) return false;
        if (type == "ServiceRequest") return is_listed("basedOn", part);
        if (is_of_stay(type))
            return is_stay() && (is_named(part.resource.text("encounter.reference"), parts_.front()) || is_diagnosis(part));
        return true;
    }
    bool is_listed(std::string_view name, const Part& part) const {
        for (const auto one : focus().children(name)) {
            if (is_named(one.text("reference"), part)) return true;
        }
        return false;
    }
    bool is_diagnosis(const Part& part) const {
        for (const auto one : focus().children("diagnosis")) {
            if (is_named(one.text("condition.reference"), part)) return true;
        }
        return false;
    }

    std::vector<Part> parts_;
    std::set<std::size_t> results_;
};

} // namespace

Parsed<fhir::DocumentPtr> document_members(fhir::Element bundle) { return Members(bundle).chosen(); }

} // namespace huitong::app
