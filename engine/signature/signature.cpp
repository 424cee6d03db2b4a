#include "signature/signature.hpp"

#include "base/base64.hpp"
#include "fhir/xml_scan.hpp"
#include "signature/cms_signature.hpp"
#include "signature/refusal.hpp"
#include "signature/xml_signature.hpp"

namespace huitong::signature {
namespace {

/// More than a document has; checking each costs a walk over all of it.
constexpr std::size_t kSignaturesMax = 4;

bool is_signature(pugi::xml_node node) {
    return node.type() == pugi::node_element && local_name(node.name()) == "Signature" && namespace_of(node) == kSignatureNamespace;
}

Finding unreadable(std::string_view format, std::string_view data, Instant received_at, std::string rule) {
    Finding out;
    out.format = format;
    out.signed_at = received_at;
    out.data = data;
    out.refusal = refusal(IssueCode::structure, std::move(rule));
    return out;
}

Finding unreadable_xml(std::string_view data, Instant received_at) {
    return unreadable("application/signature+xml", data, received_at, "signature-unreadable");
}

/// Signatures that are no children of the root, and in none of those.
void add_misplaced(pugi::xml_node node, Instant received_at, std::vector<Finding>& out) {
    for (const auto child : node.children()) {
        if (out.size() >= kSignaturesMax) return;
        if (is_signature(child)) {
            auto& finding = out.emplace_back(unreadable_xml({}, received_at));
            finding.refusal = refusal(IssueCode::security, "signature-part");
        } else {
            add_misplaced(child, received_at, out);
        }
    }
}

bool is_readable(std::string_view text, std::uint32_t depth_max) {
    const auto scan = fhir::scan_xml(text);
    return !scan.has_doctype && scan.entity.empty() && scan.depth <= depth_max;
}

/// The bytes of a CMS that came as PEM or Base64.
std::string as_der(std::string_view signature) {
    if (signature.starts_with('\x30')) {
        // A digit 0 is the tag of a sequence too: Base64 never begins so for a sequence of more than 127 octets ("MI").
        return std::string(signature);
    }
    auto text = signature;
    if (const auto begin = text.find("-----BEGIN "); begin != text.npos) {
        const auto line = text.find('\n', begin);
        text = line == text.npos ? std::string_view() : text.substr(line, text.find("-----END ", line) - line);
    }
    return decode_base64(text).value_or(std::string());
}

} // namespace

std::vector<Finding> check_inside(const Subject& document, const Authorities* authorities, Instant received_at, std::uint32_t depth_max) {
    if (document.text.find(kSignatureNamespace) == std::string_view::npos || !is_readable(document.text, depth_max)) return {};
    pugi::xml_document parsed;
    if (!read_exact(document.text, parsed)) return {unreadable_xml({}, received_at)};
    std::vector<Finding> out;
    for (const auto child : parsed.document_element().children()) {
        if (out.size() >= kSignaturesMax) {
            out.back() = unreadable_xml({}, received_at);
            break;
        }
        if (is_signature(child)) out.push_back(check_element(child, true, document, authorities, received_at));
        else add_misplaced(child, received_at, out);
    }
    return out;
}

std::vector<Finding> check_beside(const Subject& document, std::string_view signature, const Authorities* authorities, Instant received_at,
                                  std::uint32_t depth_max) {
    const auto first = signature.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first == signature.npos || signature[first] != '<') return check_cms(document.bytes, as_der(signature), authorities, received_at);
    pugi::xml_document parsed;
    if (!is_readable(signature, depth_max) || !read_exact(signature, parsed) || !is_signature(parsed.document_element()) ||
        !is_readable(document.text, depth_max))
        return {unreadable_xml(signature, received_at)};
    return {check_element(parsed.document_element(), false, document, authorities, received_at)};
}

} // namespace huitong::signature
