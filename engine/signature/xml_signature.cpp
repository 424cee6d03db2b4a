#include "signature/xml_signature.hpp"

#include "base/base64.hpp"
#include "base/date_time.hpp"
#include "signature/refusal.hpp"

#include <algorithm>

namespace huitong::signature {
namespace {

constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view kSignedProperties = "http://uri.etsi.org/01903#SignedProperties";
constexpr std::string_view kXadesNamespace = "http://uri.etsi.org/01903/v1.3.2#";
constexpr std::string_view kExclusiveNamespace = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr std::string_view kInclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
/// A document has few signers and a chain is short: what has more is made to cost time.
constexpr std::size_t kReferencesMax = 4, kCertificatesMax = 16;

std::vector<pugi::xml_node> children(pugi::xml_node parent, std::string_view space, std::string_view name) {
    std::vector<pugi::xml_node> out;
    for (const auto child : parent.children()) {
        if (child.type() == pugi::node_element && local_name(child.name()) == name && namespace_of(child) == space) out.push_back(child);
    }
    return out;
}

/// The one child of that name; no node when there is none or there are several.
pugi::xml_node only_child(pugi::xml_node parent, std::string_view name, std::string_view space = kSignatureNamespace) {
    const auto found = children(parent, space, name);
    return found.size() == 1 ? found.front() : pugi::xml_node();
}

std::string_view algorithm(pugi::xml_node node) { return node.attribute("Algorithm").value(); }

/// Text, also where a comment or a CDATA section parts it.
std::string words(pugi::xml_node node) {
    std::string out;
    for (const auto child : node.children()) out += child.value();
    return out;
}

/// How often an id stands in a document, whatever the attribute that holds it is called.
std::size_t count_id(pugi::xml_node node, std::string_view id) {
    std::size_t out = 0;
    for (const auto attribute : node.attributes()) {
        const auto name = local_name(attribute.name());
        if ((name == "Id" || name == "ID" || name == "id") && attribute.value() == id) ++out;
    }
    for (const auto child : node.children()) out += count_id(child, id);
    return out;
}

bool has_id(pugi::xml_node node, std::string_view id) {
    const auto attributes = node.attributes();
    return std::any_of(attributes.begin(), attributes.end(), [&](pugi::xml_attribute attribute) {
        const auto name = local_name(attribute.name());
        return (name == "Id" || name == "ID" || name == "id") && attribute.value() == id;
    });
}

std::optional<CanonicalForm> read_form(pugi::xml_node node) {
    auto out = canonical_form_of(algorithm(node));
    if (!out) return out;
    const auto list = only_child(node, "InclusiveNamespaces", kExclusiveNamespace);
    std::string_view rest = list.attribute("PrefixList").value();
    while (out->is_exclusive && !rest.empty()) {
        const auto word = rest.substr(0, rest.find(' '));
        if (!word.empty()) out->prefixes.emplace_back(word == "#default" ? std::string_view() : word);
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    }
    return out;
}

/// What the transforms of a reference do.
struct Transforms {
    bool removes_signature = false;
    std::optional<CanonicalForm> form; ///< absent: none is named
};

/// nullopt: others, or in another order.
std::optional<Transforms> read_transforms(pugi::xml_node reference) {
    Transforms out;
    const auto holders = children(reference, kSignatureNamespace, "Transforms");
    if (holders.size() > 1) return std::nullopt;
    if (holders.empty()) return out;
    for (const auto child : holders.front().children()) {
        if (child.type() != pugi::node_element) continue;
        if (local_name(child.name()) != "Transform" || namespace_of(child) != kSignatureNamespace || out.form) return std::nullopt;
        if (algorithm(child) == kEnveloped) {
            if (out.removes_signature) return std::nullopt;
            out.removes_signature = true;
        } else if (out.form = read_form(child); !out.form) {
            return std::nullopt;
        }
    }
    return out;
}

/// One signature on its way through its checks.
class Check {
public:
    Check(pugi::xml_node signature, bool is_inside, const Subject& document, const Authorities* authorities, Instant received_at)
        : signature_(signature), info_(only_child(signature, "SignedInfo")), is_inside_(is_inside), document_(document),
          authorities_(authorities), received_at_(received_at) {}

    std::optional<Issue> refuse(Finding& out) {
        read_certificates();
        if (!certificates_.empty()) {
            out.signer = certificates_.front().subject();
            out.issuer = certificates_.front().issuer();
            out.certificate = certificates_.front().fingerprint();
        }
        if (!info_) return refusal(IssueCode::structure, "signature-unreadable");
        if (certificates_.empty()) return refusal(IssueCode::security, "signature-no-certificate");
        if (auto refused = refuse_value(out)) return refused;
        if (auto refused = refuse_references()) return refused;
        if (const auto claimed = signing_time()) out.signed_at = *claimed;
        if (!authorities_) return refusal(IssueCode::security, "signature-no-authorities");
        return authorities_->refuse(certificates_.front(), certificates_, out.signed_at, received_at_);
    }

private:
    /// The signer's comes first.
    void read_certificates() {
        for (const auto data : children(only_child(signature_, "KeyInfo"), kSignatureNamespace, "X509Data")) {
            for (const auto node : children(data, kSignatureNamespace, "X509Certificate")) {
                const auto der = decode_base64(words(node));
                auto read = der ? Certificate::read_der(*der) : std::nullopt;
                if (read && certificates_.size() < kCertificatesMax) certificates_.push_back(std::move(*read));
            }
        }
    }

    std::optional<Issue> refuse_value(Finding& out) const {
        const auto form = read_form(only_child(info_, "CanonicalizationMethod"));
        const auto method = method_of(algorithm(only_child(info_, "SignatureMethod")));
        if (!form || !method || !method->hash) return refusal(IssueCode::not_supported, "signature-algorithm");
        out.method = method_text(method->scheme, *method->hash);
        const auto value = decode_base64(words(only_child(signature_, "SignatureValue")));
        if (!value) return refusal(IssueCode::structure, "signature-unreadable");
        const auto text = write_canonical(info_, *form);
        if (!certificates_.front().has_signed(text, *value, method->scheme, *method->hash))
            return refusal(IssueCode::security, "signature-value");
        return std::nullopt;
    }

    /// All must hold, and exactly one of them must be of the document: reading it costs a walk over all of it.
    std::optional<Issue> refuse_references() {
        const auto references = children(info_, kSignatureNamespace, "Reference");
        if (references.size() > kReferencesMax) return refusal(IssueCode::too_costly, "signature-part");
        const auto count = std::count_if(references.begin(), references.end(), [](auto one) { return !is_of_properties(one); });
        if (count != 1) return refusal(IssueCode::security, "signature-part");
        for (const auto reference : references) {
            const auto hash = hash_of(algorithm(only_child(reference, "DigestMethod")));
            const auto transforms = read_transforms(reference);
            if (!hash || !transforms) return refusal(IssueCode::not_supported, "signature-algorithm");
            const auto text = is_of_properties(reference) ? properties_text(reference, *transforms) : document_text(reference, *transforms);
            if (!text) return refusal(IssueCode::security, "signature-part");
            if (decode_base64(words(only_child(reference, "DigestValue"))) != digest_of(*hash, *text))
                return refusal(IssueCode::security, "signature-other-content");
        }
        return std::nullopt;
    }

    static bool is_of_properties(pugi::xml_node reference) { return reference.attribute("Type").value() == kSignedProperties; }

    /// Found by its place in this signature, never by its id alone.
    std::optional<std::string> properties_text(pugi::xml_node reference, const Transforms& transforms) {
        const std::string_view uri = reference.attribute("URI").value();
        const auto properties = signed_properties();
        const auto root = signature_.root();
        if (!properties || transforms.removes_signature || !uri.starts_with('#') || !has_id(properties, uri.substr(1)) ||
            count_id(root, uri.substr(1)) != 1)
            return std::nullopt;
        properties_ = properties;
        return write_canonical(properties, transforms.form.value_or(*canonical_form_of(kInclusive)));
    }

    pugi::xml_node signed_properties() const {
        for (const auto object : children(signature_, kSignatureNamespace, "Object")) {
            const auto found = only_child(only_child(object, "QualifyingProperties", kXadesNamespace), "SignedProperties", kXadesNamespace);
            if (found) return found;
        }
        return {};
    }

    /// The whole of what was signed; nullopt: the reference is to a part of it, or to something else.
    std::optional<std::string> document_text(pugi::xml_node reference, const Transforms& transforms) const {
        const auto attribute = reference.attribute("URI");
        const std::string_view uri = attribute.value();
        const auto form = transforms.form.value_or(*canonical_form_of(kInclusive));
        if (!is_inside_) {
            if (transforms.removes_signature || uri.starts_with('#') || uri.empty()) return std::nullopt;
            if (!transforms.form) return std::string(document_.bytes);
            pugi::xml_document parsed;
            return read_exact(document_.text, parsed) ? std::optional(write_canonical(parsed.root(), form)) : std::nullopt;
        }
        if (!attribute || !transforms.removes_signature) return std::nullopt;
        const auto root = signature_.root();
        if (uri.empty()) return write_canonical(root, form, signature_);
        const auto top = signature_.parent();
        if (!uri.starts_with('#') || !has_id(top, uri.substr(1)) || count_id(root, uri.substr(1)) != 1) return std::nullopt;
        return write_canonical(top, form, signature_);
    }

    std::optional<Instant> signing_time() const {
        const auto holder = only_child(properties_, "SignedSignatureProperties", kXadesNamespace);
        const auto value = read_date_time(words(only_child(holder, "SigningTime", kXadesNamespace)));
        constexpr int kChina = 480; // where a signer named no zone
        return value ? std::optional(instants_of(*value, kChina).first) : std::nullopt;
    }

    pugi::xml_node signature_, info_, properties_; ///< properties_: once they were referred to
    bool is_inside_;
    const Subject& document_;
    const Authorities* authorities_;
    Instant received_at_;
    std::vector<Certificate> certificates_;
};

} // namespace

Finding check_element(pugi::xml_node signature, bool is_inside, const Subject& document, const Authorities* authorities,
                      Instant received_at) {
    Finding out;
    out.format = "application/signature+xml";
    out.signed_at = received_at;
    out.data = write_canonical(signature, *canonical_form_of(kExclusiveNamespace));
    out.refusal = Check(signature, is_inside, document, authorities, received_at).refuse(out);
    return out;
}

} // namespace huitong::signature
