#include "signature/algorithms.hpp"

#include "signature/openssl_handles.hpp"

#include <openssl/ec.h>
#include <openssl/rsa.h>

#include <algorithm>

namespace huitong::signature {
namespace {

struct HashName {
    std::string_view name;
    Hash hash;
};
constexpr HashName kHashes[] = {
    {"http://www.w3.org/2001/04/xmlenc#sha256", Hash::sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#sha384", Hash::sha384},
    {"http://www.w3.org/2001/04/xmlenc#sha512", Hash::sha512},
    {"urn:oid:1.2.156.10197.1.401", Hash::sm3},
    {"2.16.840.1.101.3.4.2.1", Hash::sha256},
    {"2.16.840.1.101.3.4.2.2", Hash::sha384},
    {"2.16.840.1.101.3.4.2.3", Hash::sha512},
    {"1.2.156.10197.1.401", Hash::sm3},
};

struct MethodName {
    std::string_view name;
    Scheme scheme;
    std::optional<Hash> hash;
};
constexpr MethodName kMethods[] = {
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", Scheme::rsa, Hash::sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", Scheme::rsa, Hash::sha384},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", Scheme::rsa, Hash::sha512},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", Scheme::ecdsa, Hash::sha256},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", Scheme::ecdsa, Hash::sha384},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", Scheme::ecdsa, Hash::sha512},
    {"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", Scheme::rsa_pss, Hash::sha256},
    {"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", Scheme::rsa_pss, Hash::sha384},
    {"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", Scheme::rsa_pss, Hash::sha512},
    {"urn:oid:1.2.156.10197.1.501", Scheme::sm2, Hash::sm3},
    {"1.2.840.113549.1.1.10", Scheme::rsa_pss, std::nullopt},
    {"1.2.840.113549.1.1.1", Scheme::rsa, std::nullopt},
    {"1.2.840.113549.1.1.11", Scheme::rsa, Hash::sha256},
    {"1.2.840.113549.1.1.12", Scheme::rsa, Hash::sha384},
    {"1.2.840.113549.1.1.13", Scheme::rsa, Hash::sha512},
    {"1.2.840.10045.4.3.2", Scheme::ecdsa, Hash::sha256},
    {"1.2.840.10045.4.3.3", Scheme::ecdsa, Hash::sha384},
    {"1.2.840.10045.4.3.4", Scheme::ecdsa, Hash::sha512},
    {"1.2.156.10197.1.501", Scheme::sm2, Hash::sm3},
    {"1.2.156.10197.1.301", Scheme::sm2, std::nullopt},
    {"1.2.156.10197.1.301.1", Scheme::sm2, std::nullopt},
};

struct HashRow {
    const char* openssl;
    std::string_view text;
};
constexpr HashRow kHashRows[] = {{"SHA256", "SHA256"}, {"SHA384", "SHA384"}, {"SHA512", "SHA512"}, {"SM3", "SM3"}};
constexpr std::string_view kSchemeTexts[] = {"RSA", "ECDSA", "SM2", "RSA-PSS"};
constexpr const char* kKeyKinds[] = {"RSA", "EC", "SM2", "RSA"};

const EVP_MD* digest_type(Hash hash) { return EVP_get_digestbyname(kHashRows[static_cast<std::size_t>(hash)].openssl); }

/// r and s of equal length one after the other become the sequence that OpenSSL reads; what is a sequence stays.
std::string as_sequence(std::string_view signature) {
    const auto* at = octets(signature);
    ECDSA_SIG* read = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size()));
    const bool is_sequence = read && at == octets(signature) + signature.size();
    ECDSA_SIG_free(read);
    if (is_sequence || signature.empty() || signature.size() % 2 != 0) return std::string(signature);
    const auto half = static_cast<int>(signature.size() / 2);
    const std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>> made(ECDSA_SIG_new());
    ECDSA_SIG_set0(made.get(), BN_bin2bn(octets(signature), half, nullptr), BN_bin2bn(octets(signature) + half, half, nullptr));
    return der_of(made.get(), i2d_ECDSA_SIG);
}

bool is_of_kind(evp_pkey_st* key, Scheme scheme) {
    return key && (EVP_PKEY_is_a(key, kKeyKinds[static_cast<std::size_t>(scheme)]) == 1 ||
                   (scheme == Scheme::rsa_pss && EVP_PKEY_is_a(key, "RSA-PSS") == 1));
}

/// The mask is made with the hash that was signed with; the salt may have any length.
bool set_pss(EVP_PKEY_CTX* context, Hash hash) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest_type(hash)) == 1;
}

} // namespace

std::optional<Hash> hash_of(std::string_view name) {
    const auto* found = std::find_if(std::begin(kHashes), std::end(kHashes), [&](const HashName& row) { return row.name == name; });
    return found == std::end(kHashes) ? std::nullopt : std::optional(found->hash);
}

std::optional<Method> method_of(std::string_view name) {
    const auto* found = std::find_if(std::begin(kMethods), std::end(kMethods), [&](const MethodName& row) { return row.name == name; });
    if (found == std::end(kMethods)) return std::nullopt;
    return Method{found->scheme, found->hash};
}

std::string method_text(Scheme scheme, Hash hash) {
    return std::string(kSchemeTexts[static_cast<std::size_t>(scheme)]) + '-' + std::string(kHashRows[static_cast<std::size_t>(hash)].text);
}

std::string digest_of(Hash hash, std::string_view bytes) {
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out, &size, digest_type(hash), nullptr) != 1) return {};
    return {reinterpret_cast<const char*>(out), size};
}

bool check_value(evp_pkey_st* key, Scheme scheme, Hash hash, std::string_view text, std::string_view signature) {
    if (!is_of_kind(key, scheme)) return false;
    if ((scheme == Scheme::sm2) != (hash == Hash::sm3)) return false;
    KeyContext identity; // outlives the context that uses it
    const HashContext context(EVP_MD_CTX_new());
    if (scheme == Scheme::sm2) {
        identity.reset(EVP_PKEY_CTX_new(key, nullptr));
        EVP_PKEY_CTX_set1_id(identity.get(), kSm2Nobody.data(), static_cast<int>(kSm2Nobody.size()));
        EVP_MD_CTX_set_pkey_ctx(context.get(), identity.get());
    }
    const bool is_rsa = scheme == Scheme::rsa || scheme == Scheme::rsa_pss;
    const auto value = is_rsa ? std::string(signature) : as_sequence(signature);
    EVP_PKEY_CTX* parameters = nullptr; // the context's own
    if (EVP_DigestVerifyInit(context.get(), &parameters, digest_type(hash), nullptr, key) != 1) return false;
    return (scheme != Scheme::rsa_pss || set_pss(parameters, hash)) &&
           EVP_DigestVerify(context.get(), octets(value), value.size(), octets(text), text.size()) == 1;
}

bool is_weak(evp_pkey_st* key) { return !key || EVP_PKEY_get_security_bits(key) < 112; }

} // namespace huitong::signature
