#include "adapters/v3/message.hpp"

#include "adapters/cda/document.hpp"
#include "adapters/cda/header.hpp"
#include "adapters/cda/signed_tree.hpp"
#include "base/base64.hpp"

#include <algorithm>

namespace huitong::adapters::v3 {
namespace {

namespace fhir = huitong::fhir;

constexpr std::string_view kMediaType = "application/hl7-v3+xml";
constexpr std::string_view kAction = "; action=";
constexpr std::string_view kInstitutionRoot = "2.16.156.10011.1.5";
/// Where the registration of a department has it.
constexpr std::string_view kUnit = "controlActProcess.subject.registrationRequest.subject1.assignedEntity";

void add_text(fhir::Document& document, std::string_view name, std::string_view text) {
    const auto child = document.add_child(0, name, false);
    document.set_value(child, fhir::ValueKind::text, document.copy(text));
    document.node(child).source = document.node(0).source;
}

/// Sets the spans of a subtree that was read from text of its own: all of it came from `span`.
void set_spans(fhir::Document& document, fhir::NodeIndex node, Span span) {
    document.node(node).source = span;
    for (auto at = document.node(node).first_child; at != fhir::kNoNode; at = document.node(at).next_sibling) set_spans(document, at, span);
}

/// Where a registration holds its document in Base64.
fhir::Element original_of(fhir::Element root) {
    const auto holder = root["controlActProcess.subject.clinicalDocument.storageCode"];
    return holder ? holder.child("originalText") : fhir::Element();
}

std::optional<std::string> document_bytes(fhir::Element original) {
    if (!original) return std::nullopt;
    return decode_base64(original.text("value").empty() ? original.value() : original.text("value"));
}

/// The document inside of a registration, as a child of the root.
Outcome add_document(fhir::Document& document, const Limits& limits) {
    const auto original = original_of(document.root());
    const auto bytes = document_bytes(original);
    if (!bytes || bytes->empty())
        return error(IssueCode::required, "controlActProcess.subject.clinicalDocument.storageCode.originalText", "v3-document-missing");
    auto inner = cda::read_document(*bytes, "", limits);
    if (inner.issues.has_errors() || !inner.value || inner.value->size() == 0) return std::move(inner.issues);
    inner.issues.add(cda::check_document(inner.value->root()));
    if (inner.issues.has_errors()) return std::move(inner.issues);
    const auto span = original.source();
    const auto child = document.graft(0, "_document", false, inner.value->root());
    document.set_type(child, "ClinicalDocument");
    set_spans(document, child, span);
    return std::move(inner.issues);
}

/// What is registered is an institution, by its national code: those come from the register alone, which no feed writes.
bool names_institution(fhir::Element root) {
    for (const auto id : root[kUnit].children("id")) {
        if (id.text("root") == kInstitutionRoot || id.text("item.root") == kInstitutionRoot) return true;
    }
    return false;
}

/// id/@extension, or that of its first item.
std::string number_of(fhir::Element id) {
    if (!id) return {};
    return std::string(id.text("extension").empty() ? id.text("item.extension") : id.text("extension"));
}

void add_numbers(fhir::Element element, std::vector<std::string>& out) {
    for (const auto child : element.children()) {
        if (child.name() == "patient" || child.name() == "priorRegisteredRole") {
            for (const auto id : child.children("id")) {
                if (auto number = number_of(id); !number.empty() && std::find(out.begin(), out.end(), number) == out.end())
                    out.push_back(std::move(number));
            }
        }
        if (child.has_children()) add_numbers(child, out);
    }
}

} // namespace

Received read_message(const Call& call, const Limits& limits) {
    Received out;
    auto read = cda::read_document(call.message, "UTF-8", limits);
    out.issues = std::move(read.issues);
    if (out.issues.has_errors() || !read.value || read.value->size() == 0) return out;
    out.tree = std::move(read.value);
    auto& document = *out.tree;
    const std::string interaction(document.root().type());
    out.service = call.action.empty() || !find_service(call.action) ? service_of_interaction(interaction) : find_service(call.action);
    document.node(0).name = "V3Message";
    document.set_type(0, "V3Message");
    add_text(document, "_service", out.service ? out.service->name : std::string_view());
    add_text(document, "_interaction", interaction);
    out.id = number_of(document.root().child("id"));
    out.sender = number_of(document.root()["sender.device.id"]);
    if (!out.service) {
        out.issues.add(error(IssueCode::not_supported, "action", "v3-service-unknown"));
        return out;
    }
    if (interaction != out.service->interaction)
        out.issues.add(
            error(IssueCode::structure, "", "v3-interaction", {std::string(out.service->name), std::string(out.service->interaction)}));
    if (out.id.empty()) out.issues.add(error(IssueCode::required, "id", "v3-id-missing"));
    if (out.service->name == "DocumentRegister") {
        out.issues.add(add_document(document, limits));
    } else if (out.service->role == Role::take && out.service->is_of_patient) {
        std::vector<std::string> numbers;
        add_numbers(document.root(), numbers);
        if (numbers.empty()) out.issues.add(error(IssueCode::required, "patient.id", "v3-patient-missing"));
    } else if (names_institution(document.root())) {
        out.issues.add(error(IssueCode::business_rule, std::string(kUnit) + ".id", "v3-institution-registered"));
    }
    return out;
}

Outcome check_signatures(const Call& call, const Received& received, const signature::Authorities* authorities, Instant received_at,
                         const Limits& limits) {
    if (!received.tree) return {};
    auto& document = *received.tree;
    if (!document.root().child("_document")) {
        const auto found = signature::check_inside({call.message, call.message}, authorities, received_at, limits.xml_depth_max);
        return cda::add_signatures(document, found);
    }
    const auto bytes = document_bytes(original_of(document.root())).value_or(std::string());
    const auto text = to_utf8(bytes, cda::document_charset(bytes, "")).value;
    return cda::add_signatures(document, signature::check_inside({bytes, text}, authorities, received_at, limits.xml_depth_max));
}

std::string_view action_of(std::string_view media_type) {
    const auto at = media_type.find(kAction);
    return at == media_type.npos ? std::string_view() : media_type.substr(at + kAction.size());
}

huitong::feeds::RawMessage raw_message(const Received& received, std::string body, std::string charset,
                                       const huitong::feeds::SourceId& source, Instant received_at) {
    huitong::feeds::RawMessage out;
    out.source = source;
    out.media_type = std::string(kMediaType);
    if (received.service) out.media_type += std::string(kAction) + std::string(received.service->name);
    out.bytes = std::move(body);
    out.received_at = received_at;
    out.control_id = received.id;
    out.sender = received.sender;
    out.charset = std::move(charset);
    if (received.tree) add_numbers(received.tree->root(), out.order_keys);
    // What is registered and its updates come one after another, as what is told of one patient.
    if (received.service && !received.service->is_of_patient) out.order_keys.emplace_back("registers");
    out.front_check = received.issues;
    return out;
}

} // namespace huitong::adapters::v3
