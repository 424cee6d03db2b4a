#include "interaction/restriction.hpp"

#include "access/labels.hpp"
#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

constexpr std::string_view kConfidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
constexpr std::string_view kSensitivity = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

void say_label(fhir::Document& resource, std::string_view system, std::string_view code) {
    const auto meta = resource.root().child("meta");
    const auto label = resource.add_child(meta ? meta.index() : resource.add_child(0, "meta", false), "security", true);
    resource.set_value(resource.add_child(label, "system", false), fhir::ValueKind::text, system);
    resource.set_value(resource.add_child(label, "code", false), fhir::ValueKind::text, code);
}

void say_labels(const Services& services, const access::Caller& caller, std::string_view system, const std::vector<std::string>& codes,
                store::Write& write) {
    const auto resource = fhir::read_json(write.body).value;
    for (const auto& code : codes) say_label(*resource, system, code);
    auto said = make_write(services, caller, write.action, write.key.type, write.key.id, resource->root());
    write.body = std::move(said.body);
    write.meta_at = said.meta_at;
    write.rows = std::move(said.rows);
}

/// "Patient/1" of a reference with or without a base and a version.
std::optional<store::ResourceKey> named(std::string_view reference) {
    reference = reference.substr(0, reference.find("/_history/"));
    const auto slash = reference.rfind('/');
    if (slash == reference.npos || slash == 0) return std::nullopt;
    const auto before = reference.substr(0, slash);
    const auto begin = before.rfind('/');
    return store::ResourceKey(std::string(begin == before.npos ? before : before.substr(begin + 1)),
                              std::string(reference.substr(slash + 1)));
}

void add_labels(const std::vector<std::string>& more, std::vector<std::string>& labels) {
    for (const auto& label : more) {
        if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
    }
}

/// The patient of a resource as it stands: itself, its subject, its patient.
std::string patient_of(fhir::Element resource) {
    if (resource.type() == "Patient") return std::string(resource.text("id"));
    for (const auto* path : {"subject.reference", "patient.reference"}) {
        const auto key = named(resource.text(path));
        if (key && key->type == "Patient") return key->id;
    }
    return {};
}

} // namespace

bool keep_like_content(fhir::Element bundle, store::Write& write) {
    std::vector<std::string> patients;
    bool is_of_somebody = false; // a document may name its patient by urn:uuid alone
    for (const auto entry : bundle.children("entry")) {
        const auto inner = entry.child("resource");
        if (!inner) continue;
        is_of_somebody = is_of_somebody || inner.type() == "Patient" || !inner.text("subject.reference").empty() ||
                         !inner.text("patient.reference").empty();
        if (auto patient = patient_of(inner); !patient.empty()) add_labels({std::move(patient)}, patients);
        if (const auto meta = inner.child("meta")) {
            for (const auto label : meta.children("security")) add_labels({std::string(label.text("code"))}, write.labels);
        }
    }
    if (write.rows.patient_id.empty() && patients.size() == 1) write.rows.patient_id = patients.front();
    if (!write.rows.patient_id.empty()) write.rows.sharers.clear();
    else if (patients.size() > 1) write.rows.sharers = std::move(patients);
    return is_of_somebody;
}

void keep_like_context(const Services& services, const std::vector<store::Write>& writes, store::Write& binary) {
    if (binary.key.type != "Binary" || binary.action == store::Action::remove) return;
    const auto key = named(fhir::read_json(binary.body).value->root().text("securityContext.reference"));
    if (!key) return;
    const auto beside = std::find_if(writes.begin(), writes.end(), [&](const store::Write& write) { return write.key == *key; });
    if (beside != writes.end()) {
        binary.rows.patient_id = beside->rows.patient_id;
        return add_labels(beside->labels, binary.labels);
    }
    const auto view = services.store->view();
    binary.rows.patient_id = key->type == "Patient" ? key->id : view->patient_of(*key);
    const auto current = view->current(*key);
    if (current && *current && !(*current)->deleted) add_labels((*current)->labels, binary.labels);
}

void restrict_what_came_out(const Services& services, const access::Caller& caller, std::vector<store::Write>& writes) {
    for (const auto index : access::pass_on_restriction(writes))
        say_labels(services, caller, kConfidentiality, {std::string(access::kVeryRestricted)}, writes[index]);
    if (!services.labels) return;
    for (const auto& passed : services.labels->pass_on(writes))
        say_labels(services, caller, kSensitivity, passed.labels, writes[passed.write]);
}

} // namespace huitong::interaction
