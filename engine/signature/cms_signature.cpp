#include "signature/cms_signature.hpp"

#include "signature/der.hpp"
#include "signature/openssl_handles.hpp"
#include "signature/refusal.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace huitong::signature {
namespace {

constexpr std::string_view kContentType = "1.2.840.113549.1.9.3", kMessageDigest = "1.2.840.113549.1.9.4",
                           kSigningTime = "1.2.840.113549.1.9.5";

struct ContentKind {
    std::string_view object;
    bool is_signed_data; ///< else: plain data
};
constexpr std::array kContentKinds = {
    ContentKind{"1.2.840.113549.1.7.2", true},
    ContentKind{"1.2.840.113549.1.7.1", false},
    ContentKind{"1.2.156.10197.6.1.4.2.2", true}, // GB/T 35275
    ContentKind{"1.2.156.10197.6.1.4.2.1", false},
};
bool is_kind(std::string_view object, bool is_signed_data) {
    return std::any_of(kContentKinds.begin(), kContentKinds.end(),
                       [&](const ContentKind& one) { return one.object == object && one.is_signed_data == is_signed_data; });
}

/// SignedData as it stands.
struct SignedData {
    std::string content_type;
    std::optional<std::string_view> content; ///< when it carries the document along
    std::vector<Certificate> certificates;
    std::vector<DerValue> signers;
};

/// SignerInfo as it stands.
struct Signer {
    std::string_view issuer, serial, key_identifier; ///< issuer and serial, or the identifier
    std::string hash, method;
    std::optional<DerValue> attributes;
    std::string_view value;
};

/// The object identifier that a sequence begins with: an AlgorithmIdentifier's.
std::string first_object(const std::optional<DerValue>& sequence) {
    if (!sequence) return {};
    DerReader inside(sequence->content);
    const auto object = inside.next(kDerObject);
    return object ? object_text(object->content) : std::string();
}

bool read_content(const DerValue& holder, SignedData& out) {
    DerReader inside(holder.content);
    const auto kind = inside.next(kDerObject);
    if (!kind) return false;
    out.content_type = object_text(kind->content);
    if (const auto wrapped = inside.next(kDerContext0)) {
        const auto octets = DerReader(wrapped->content).next(kDerOctets);
        if (!octets) return false;
        out.content = octets->content;
    }
    return true;
}

std::optional<SignedData> read_signed_data(std::string_view der) {
    const auto outer = DerReader(der).next(kDerSequence);
    if (!outer) return std::nullopt;
    DerReader info(outer->content);
    const auto kind = info.next(kDerObject);
    const auto wrapped = info.next(kDerContext0);
    if (!kind || !wrapped || !is_kind(object_text(kind->content), true)) return std::nullopt;
    const auto data = DerReader(wrapped->content).next(kDerSequence);
    if (!data) return std::nullopt;
    SignedData out;
    DerReader parts(data->content);
    const bool has_head = parts.next(kDerInteger) && parts.next(kDerSet);
    const auto content = parts.next(kDerSequence);
    if (!has_head || !content || !read_content(*content, out)) return std::nullopt;
    if (const auto certificates = parts.next(kDerContext0)) {
        DerReader each(certificates->content);
        while (const auto one = each.next()) {
            if (auto read = Certificate::read_der(one->whole)) out.certificates.push_back(std::move(*read));
        }
    }
    (void)parts.next(kDerContext1); // lists that a signer brings along: only configured ones count
    const auto signers = parts.next(kDerSet);
    if (!signers) return std::nullopt;
    DerReader each(signers->content);
    while (auto one = each.next(kDerSequence)) out.signers.push_back(*one);
    return out.signers.empty() ? std::nullopt : std::optional(std::move(out));
}

std::optional<Signer> read_signer(const DerValue& info) {
    Signer out;
    DerReader parts(info.content);
    if (!parts.next(kDerInteger)) return std::nullopt;
    if (const auto named = parts.next(kDerSequence)) {
        DerReader inside(named->content);
        const auto issuer = inside.next(kDerSequence);
        const auto serial = inside.next(kDerInteger);
        if (!issuer || !serial) return std::nullopt;
        out.issuer = issuer->whole;
        out.serial = serial->content;
    } else if (const auto identifier = parts.next(kDerContext0Raw)) {
        out.key_identifier = identifier->content;
    }
    out.hash = first_object(parts.next(kDerSequence));
    out.attributes = parts.next(kDerContext0);
    out.method = first_object(parts.next(kDerSequence));
    const auto value = parts.next(kDerOctets);
    if (out.hash.empty() || out.method.empty() || !value) return std::nullopt;
    out.value = value->content;
    return out;
}

/// The one value of the one attribute of that kind; nullopt: it is not there, or stands twice.
std::optional<DerValue> attribute_of(const DerValue& attributes, std::string_view kind) {
    std::optional<DerValue> out;
    DerReader each(attributes.content);
    while (const auto one = each.next(kDerSequence)) {
        DerReader inside(one->content);
        const auto object = inside.next(kDerObject);
        const auto values = inside.next(kDerSet);
        if (!object || !values || object_text(object->content) != kind) continue;
        DerReader value(values->content);
        auto first = value.next();
        if (out || !first || !value.at_end()) return std::nullopt;
        out = first;
    }
    return out;
}

std::optional<Instant> time_of(const DerValue& value) {
    const auto* at = octets(value.whole);
    const std::unique_ptr<ASN1_TIME, Freed<ASN1_TIME_free>> time(d2i_ASN1_TIME(nullptr, &at, static_cast<long>(value.whole.size())));
    std::tm parts{};
    if (!time || ASN1_TIME_to_tm(time.get(), &parts) != 1) return std::nullopt;
    return Instant{timegm(&parts) * kMicrosecondsPerSecond};
}

/// What the signature is of: the attributes, when they name the document's digest and kind; else the document. nullopt: they do not.
std::optional<std::string> signed_text(const Signer& signer, const SignedData& data, std::string_view document, Hash hash) {
    if (!signer.attributes) return is_kind(data.content_type, false) ? std::optional(std::string(document)) : std::nullopt;
    const auto kind = attribute_of(*signer.attributes, kContentType);
    const auto digest = attribute_of(*signer.attributes, kMessageDigest);
    if (!kind || !digest || kind->tag != kDerObject || digest->tag != kDerOctets) return std::nullopt;
    if (object_text(kind->content) != data.content_type || digest->content != digest_of(hash, document)) return std::nullopt;
    return write_der(kDerSet, signer.attributes->content); // signed as a SET, kept as [0]: RFC 5652 §5.4
}

std::optional<Issue> refuse(const Signer& signer, const SignedData& data, std::string_view document, const Authorities* authorities,
                            Instant received_at, Finding& out) {
    const auto own = std::find_if(data.certificates.begin(), data.certificates.end(), [&](const Certificate& one) {
        return signer.serial.empty() ? one.has_key_identifier(signer.key_identifier) : one.is_issued_as(signer.issuer, signer.serial);
    });
    if (own == data.certificates.end()) return refusal(IssueCode::security, "signature-no-certificate");
    out.signer = own->subject();
    out.issuer = own->issuer();
    out.certificate = own->fingerprint();
    const auto hash = hash_of(signer.hash);
    const auto method = method_of(signer.method);
    if (!hash || !method || (method->hash && method->hash != hash)) return refusal(IssueCode::not_supported, "signature-algorithm");
    out.method = method_text(method->scheme, *hash);
    if (data.content && *data.content != document) return refusal(IssueCode::security, "signature-other-content");
    const auto text = signed_text(signer, data, document, *hash);
    if (!text) return refusal(IssueCode::security, "signature-other-content");
    if (!own->has_signed(*text, signer.value, method->scheme, *hash)) return refusal(IssueCode::security, "signature-value");
    if (signer.attributes) {
        const auto time = attribute_of(*signer.attributes, kSigningTime);
        if (const auto claimed = time ? time_of(*time) : std::nullopt) out.signed_at = *claimed;
    }
    if (!authorities) return refusal(IssueCode::security, "signature-no-authorities");
    return authorities->refuse(*own, data.certificates, out.signed_at, received_at);
}

} // namespace

std::vector<Finding> check_cms(std::string_view document, std::string_view der, const Authorities* authorities, Instant received_at) {
    Finding blank;
    blank.format = "application/pkcs7-signature";
    blank.signed_at = received_at;
    blank.data = der;
    blank.refusal = refusal(IssueCode::structure, "signature-unreadable");
    const auto data = read_signed_data(der);
    if (!data) return {blank};
    std::vector<Finding> out;
    for (const auto& info : data->signers) {
        auto& finding = out.emplace_back(blank);
        if (const auto signer = read_signer(info)) finding.refusal = refuse(*signer, *data, document, authorities, received_at, finding);
    }
    return out;
}

} // namespace huitong::signature
