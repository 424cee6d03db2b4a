#include "rest/cds/hook.hpp"

#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "recognition/record_reader.hpp"
#include "rest/cds/checks.hpp"

#include <algorithm>

namespace huitong::rest {
namespace {

void add_identifiers(fhir::Element element, recognition::PatientName& out) {
    for (const auto identifier : element.children("identifier"))
        out.identifiers.emplace_back(identifier.text("system"), identifier.text("value"));
}

/// Short classes of the assessment: an acute inpatient is an inpatient.
std::string visit_class(std::string_view code) {
    if (code == "ACUTE" || code == "NONAC") return "IMP";
    return code == "UNK" ? std::string() : std::string(code);
}

/// The hub's own record of the visit: by the receiver's number, or by its id.
std::string stored_visit_class(const std::string& encounter, const Asker& asker, const recognition::Service& service) {
    if (encounter.empty()) return {};
    auto filter = access::filter_of(asker.caller);
    filter.allowed_types.clear();
    const auto view = service.services().store->view(filter);
    const auto keys = view->tokens("Encounter", "identifier", recognition::local_system(asker.receiver, "encounter"), encounter);
    if (keys.size() == 1) {
        auto read = view->versions(keys);
        if (!read || read->empty()) return {};
        return visit_class(fhir::read_json(std::move(read->front().body)).value->root().text("class.code"));
    }
    auto found = view->current({"Encounter", encounter});
    if (!found || !*found || (*found)->deleted) return {};
    // Clients may choose ids: another hospital's visit of that id says nothing about this one.
    const auto document = fhir::read_json(std::move((*found)->body)).value;
    const auto visit = document->root();
    return visit.text("serviceProvider.identifier.value") == asker.receiver ? visit_class(visit.text("class.code")) : std::string();
}

/// All sites, joined as studies' are: one code of each, or its words.
std::string ordered_sites(fhir::Element draft) {
    std::string out;
    for (const auto site : draft.children("bodySite")) {
        const auto code = site.text("coding.code");
        const auto word = code.empty() ? site.text("text") : code;
        if (!word.empty()) out += (out.empty() ? "" : "+") + std::string(word);
    }
    return out;
}

constexpr auto kOtherSpecimen = "?"; ///< stated, in words that no specimen of ours is compared by: it is none of them

std::string specimen_code(fhir::Element specimen) {
    for (const auto coding : specimen.child("type").children("coding")) {
        if (coding.text("system") == recognition::kSpecimenSystem && !coding.text("code").empty()) return std::string(coding.text("code"));
    }
    return kOtherSpecimen;
}

/// Contained, of the bundle of drafts, or stored here.
std::string referenced_specimen(fhir::Element draft, fhir::Element drafts, std::string_view reference, const Asker& asker,
                                const recognition::Service& service) {
    if (reference.starts_with('#')) {
        for (const auto contained : draft.children("contained")) {
            if (contained.text("id") == reference.substr(1)) return specimen_code(contained);
        }
        return kOtherSpecimen;
    }
    for (const auto entry : drafts.children("entry")) {
        const auto resource = entry.child("resource");
        const bool is_it = resource.type() == "Specimen" && reference == "Specimen/" + std::string(resource.text("id"));
        if (is_it || (resource.type() == "Specimen" && reference == entry.text("fullUrl"))) return specimen_code(resource);
    }
    const auto key = recognition::key_of(reference);
    if (!key || key->type != "Specimen") return kOtherSpecimen;
    auto filter = access::filter_of(asker.caller);
    filter.allowed_types.clear();
    const auto stored = service.services().store->view(filter)->current(*key);
    if (!stored || !*stored || (*stored)->deleted) return kOtherSpecimen;
    return specimen_code(fhir::read_json((*stored)->body).value->root());
}

/// "" when the order names none; several that differ are none of them.
std::string ordered_specimen(fhir::Element draft, fhir::Element drafts, const Asker& asker, const recognition::Service& service) {
    std::string out;
    for (const auto specimen : draft.children("specimen")) {
        auto code = referenced_specimen(draft, drafts, specimen.text("reference"), asker, service);
        if (!out.empty() && out != code) return kOtherSpecimen;
        out = std::move(code);
    }
    return out;
}

/// Whether it asks for one examination: not for none, not again and again, and nothing that it says is beyond us.
bool asks_once(fhir::Element draft) {
    const auto status = draft.text("status");
    const bool is_open = status.empty() || status == "draft" || status == "active" || status == "on-hold";
    return is_open && draft.text("doNotPerform") != "true" && !draft.child("modifierExtension") && !draft.child("occurrenceTiming");
}

recognition::Order read_order(fhir::Element draft, std::string id, std::string specimen, int offset_minutes) {
    recognition::Order out;
    out.id = std::move(id);
    if (const auto code = draft.child("code")) {
        for (const auto coding : code.children("coding")) {
            terminology::Coding read;
            read.system = coding.text("system");
            read.code = coding.text("code");
            read.display = coding.text("display");
            if (!read.code.empty()) out.codes.push_back(std::move(read));
        }
    }
    out.specimen = std::move(specimen);
    out.body_site = ordered_sites(draft);
    if (const auto contrast = recognition::extension_value(draft, "contrast")) out.contrast = contrast.value() == "true" ? "yes" : "no";
    if (const auto side = recognition::extension_value(draft, "laterality")) out.laterality = side.value();
    out.authored_on = recognition::instant_of(draft.text("authoredOn"), offset_minutes);
    return out;
}

void read_orders(fhir::Element context, bool selected_only, const Asker& asker, const recognition::Service& service, Hook& out) {
    std::vector<std::string> selections;
    for (const auto selection : context.children("selections")) selections.emplace_back(selection.value());
    for (const auto entry : context["draftOrders"].children("entry")) {
        const auto draft = entry.child("resource");
        if (draft.type() != "ServiceRequest" || !asks_once(draft)) continue;
        const auto id = "ServiceRequest/" + std::string(draft.text("id"));
        if (selected_only && std::find(selections.begin(), selections.end(), id) == selections.end()) continue;
        if (out.question.patient.identifiers.empty() && draft.child("subject"))
            add_identifiers(draft.child("subject"), out.question.patient);
        auto specimen = ordered_specimen(draft, context["draftOrders"], asker, service);
        out.question.orders.push_back(read_order(draft, id, std::move(specimen), service.offset_minutes()));
        out.drafts[id] = draft;
    }
}

} // namespace

Result<Hook> read_hook(std::string body, std::string_view hook, const Asker& asker, const recognition::Service& service) {
    auto parsed = fhir::read_plain_json(std::move(body));
    if (parsed.issues.has_errors()) return parsed.issues;
    Hook out;
    out.document = std::move(parsed.value);
    const auto root = out.document->root();
    if (auto issues = check_request(root, hook); issues.has_errors()) return issues;
    const auto context = root.child("context");
    auto& question = out.question;
    question.channel = hook;
    question.instance = root.text("hookInstance");
    question.receiver = asker.receiver;
    question.patient.id = context.text("patientId");
    if (const auto patient = root["prefetch.patient"]) {
        add_identifiers(patient, question.patient);
        question.patient.record = identity::record_of(patient, recognition::kAskedNumbers);
    }
    // A PractitionerRole, a patient or a relative is no doctor whose licence could be asked for.
    const auto user = recognition::key_of(context.text("userId"));
    if (user && user->type == "Practitioner") question.practitioner = user->id;
    if (const auto encounter = root["prefetch.encounter"]) {
        question.visit_class = visit_class(encounter.text("class.code"));
        question.department =
            encounter.text("serviceType.text").empty() ? encounter.text("serviceType.coding.display") : encounter.text("serviceType.text");
    }
    if (question.visit_class.empty()) question.visit_class = stored_visit_class(std::string(context.text("encounterId")), asker, service);
    read_orders(context, hook == "order-select", asker, service, out);
    if (question.orders.size() > recognition::kOrdersMax)
        return Outcome(
            error(IssueCode::too_costly, "context.draftOrders", "recognition-orders-max", {std::to_string(recognition::kOrdersMax)}));
    return out;
}

} // namespace huitong::rest
