#include "adapters/cda/header.hpp"

#include "adapters/cda/document.hpp"
#include "adapters/cda/enclosure.hpp"

#include <algorithm>

namespace huitong::adapters::cda {
namespace {

using fhir::Element;

/// "root/extension"; some senders write the number as the element's text.
std::string number_of(Element id) {
    if (!id) return {};
    const std::string root(id.text("root")), extension(id.text("extension"));
    if (!root.empty() && !extension.empty()) return root + "/" + extension;
    if (!root.empty() || !extension.empty()) return root + extension;
    return std::string(id.value());
}

void add_number(std::vector<std::string>& keys, Element id) {
    auto number = number_of(id);
    if (number.empty() || std::find(keys.begin(), keys.end(), number) != keys.end()) return;
    keys.push_back(std::move(number));
}

} // namespace

Outcome check_document(fhir::Element root) {
    Outcome out;
    if (root.type() != "ClinicalDocument") out.add(error(IssueCode::structure, "", "cda-not-a-document", {std::string(root.type())}));
    else if (!root["recordTarget.patientRole"]) out.add(error(IssueCode::required, "ClinicalDocument.recordTarget", "cda-about-nobody"));
    return out;
}

feeds::RawMessage document_message(std::string bytes, std::string_view signature, const feeds::SourceId& source, std::string_view charset,
                                   const Limits& limits, Instant received_at) {
    feeds::RawMessage out;
    out.source = source;
    out.media_type = "application/hl7-cda+xml";
    out.bytes = std::move(bytes);
    out.received_at = received_at;
    out.charset = charset_text(document_charset(out.bytes, charset));
    auto read = read_document(out.bytes, charset, limits);
    if (!signature.empty()) {
        auto both = enclose(out.bytes, signature);
        out.media_type = std::move(both.media_type);
        out.bytes = std::move(both.bytes);
    }
    out.front_check = std::move(read.issues);
    if (out.front_check.has_errors() || !read.value) return out;
    const auto root = read.value->root();
    out.front_check.add(check_document(root));
    if (out.front_check.has_errors()) return out;
    out.control_id = number_of(root.child("id"));
    out.sender = number_of(root["custodian.assignedCustodian.representedCustodianOrganization.id"]);
    for (const auto target : root.children("recordTarget")) {
        const auto role = target.child("patientRole");
        for (const auto id : role.children("id")) add_number(out.order_keys, id);
        for (const auto id : role.child("patient").children("id")) add_number(out.order_keys, id);
    }
    if (out.control_id.empty()) {
        out.front_check.add(warning(IssueCode::required, "ClinicalDocument.id", "cda-id-missing"));
        out.control_id = root.text("_fingerprint");
    }
    if (out.order_keys.empty()) {
        out.front_check.add(warning(IssueCode::required, "ClinicalDocument.recordTarget.patientRole.id", "cda-patient-missing"));
        out.order_keys.push_back(out.control_id);
    }
    return out;
}

} // namespace huitong::adapters::cda
