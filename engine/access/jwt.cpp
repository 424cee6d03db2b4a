#include "access/jwt.hpp"

#include "fhir/json.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <charconv>
#include <memory>

namespace huitong::access {
namespace {

template <class T, auto Free>
using Owned = std::unique_ptr<T, decltype([](T* pointer) { Free(pointer); })>;
using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Bignum = Owned<BIGNUM, BN_free>;

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

fhir::DocumentPtr read_object(std::string text) {
    auto parsed = fhir::read_plain_json(std::move(text));
    return parsed.issues.has_errors() ? nullptr : parsed.value;
}

Key key_of(std::string_view type, OSSL_PARAM_BLD* builder) {
    const Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, std::string(type).c_str(), nullptr));
    const Owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(builder));
    EVP_PKEY* key = nullptr;
    if (!context || !parameters || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0)
        return nullptr;
    return Key(key);
}

Key rsa_key(fhir::Element jwk) {
    const auto n = decode_base64url(jwk.text("n"));
    const auto e = decode_base64url(jwk.text("e"));
    if (!n || !e || n->size() < 256) return nullptr; // RS384 with less than 2,048 bits is refused (RFC 7518 §3.3)
    const Bignum modulus(BN_bin2bn(octets(*n), static_cast<int>(n->size()), nullptr));
    const Bignum exponent(BN_bin2bn(octets(*e), static_cast<int>(e->size()), nullptr));
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
    return key_of("RSA", builder.get());
}

Key ec_key(fhir::Element jwk) {
    const auto curve = jwk.text("crv");
    const std::size_t size = curve == "P-384" ? 48 : curve == "P-256" ? 32 : 0;
    const auto x = decode_base64url(jwk.text("x"));
    const auto y = decode_base64url(jwk.text("y"));
    if (size == 0 || !x || !y || x->size() != size || y->size() != size) return nullptr;
    const std::string point = "\x04" + *x + *y;
    const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, size == 48 ? "P-384" : "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return key_of("EC", builder.get());
}

/// JWS writes r and s one after the other; OpenSSL wants DER.
std::string der_signature(std::string_view raw) {
    const auto half = static_cast<int>(raw.size() / 2);
    Owned<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
    ECDSA_SIG_set0(signature.get(), BN_bin2bn(octets(raw), half, nullptr), BN_bin2bn(octets(raw) + half, half, nullptr));
    unsigned char* bytes = nullptr;
    const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
    std::string out(reinterpret_cast<char*>(bytes), size > 0 ? static_cast<std::size_t>(size) : 0);
    OPENSSL_free(bytes);
    return out;
}

std::string raw_signature(std::string_view der, int half) {
    const auto* at = octets(der);
    const Owned<ECDSA_SIG, ECDSA_SIG_free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    std::string out(static_cast<std::size_t>(half) * 2, '\0');
    if (!signature) return {};
    BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), reinterpret_cast<unsigned char*>(out.data()), half);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), reinterpret_cast<unsigned char*>(out.data()) + half, half);
    return out;
}

struct Algorithm {
    std::string_view name, key_type;
    const EVP_MD* (*digest)();
    std::size_t raw_bytes;
};
constexpr Algorithm kAlgorithms[] = {
    {"RS384", "RSA", EVP_sha384, 0}, {"ES384", "EC", EVP_sha384, 96}, {"RS256", "RSA", EVP_sha256, 0}, {"ES256", "EC", EVP_sha256, 64}};

const Algorithm* find_algorithm(std::string_view name) {
    for (const auto& algorithm : kAlgorithms) {
        if (algorithm.name == name) return &algorithm;
    }
    return nullptr;
}

bool verify_with(const Jwt& jwt, const Algorithm& algorithm, EVP_PKEY* key) {
    std::string signature = jwt.signature;
    if (algorithm.raw_bytes != 0) {
        if (signature.size() != algorithm.raw_bytes) return false;
        signature = der_signature(signature);
    }
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, algorithm.digest(), nullptr, key) == 1 &&
           EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(jwt.signed_part), jwt.signed_part.size()) == 1;
}

/// A NumericDate in whole seconds, 0 where there is none; nullopt: it is none. Source: RFC 7519 §2.
std::optional<std::int64_t> seconds_of(fhir::Element claims, std::string_view name) {
    const auto claim = claims.child(name);
    if (!claim) return 0;
    const auto text = claim.value();
    std::int64_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool is_whole = end == text.data() + text.size() || *end == '.';
    if (claim.kind() != fhir::ValueKind::number || failure != std::errc() || !is_whole) return std::nullopt;
    return out;
}

} // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        int value = -1;
        if (c >= 'A' && c <= 'Z') value = c - 'A';
        else if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
        else if (c >= '0' && c <= '9') value = c - '0' + 52;
        else if (c == '-') value = 62;
        else if (c == '_') value = 63;
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            out += static_cast<char>((bits >> count) & 0xFF);
        }
    }
    if (text.size() % 4 == 1) return std::nullopt;
    return out;
}

std::string encode_base64url(std::string_view bytes) {
    static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const unsigned char c : bytes) {
        bits = (bits << 8) | c;
        count += 8;
        while (count >= 6) {
            count -= 6;
            out += kDigits[(bits >> count) & 63];
        }
    }
    if (count > 0) out += kDigits[(bits << (6 - count)) & 63];
    return out;
}

std::optional<Jwt> read_jwt(std::string_view text) {
    const auto first = text.find('.');
    const auto second = first == text.npos ? first : text.find('.', first + 1);
    if (second == text.npos || text.find('.', second + 1) != text.npos) return std::nullopt;
    const auto header = decode_base64url(text.substr(0, first));
    const auto claims = decode_base64url(text.substr(first + 1, second - first - 1));
    const auto signature = decode_base64url(text.substr(second + 1));
    if (!header || !claims || !signature) return std::nullopt;
    const auto head = read_object(*header);
    const auto body = read_object(*claims);
    if (!head || !body || head->root().child("crit")) return std::nullopt;
    Jwt out;
    out.algorithm = head->root().text("alg");
    out.key_id = head->root().text("kid");
    const auto root = body->root();
    out.issuer = root.text("iss");
    out.subject = root.text("sub");
    out.audiences = fhir::texts_of(root, "aud");
    out.id = root.text("jti");
    const auto expires = seconds_of(root, "exp"), not_before = seconds_of(root, "nbf"), issued = seconds_of(root, "iat");
    const auto id = root.child("jti");
    if (!expires || !not_before || !issued || (id && id.kind() != fhir::ValueKind::text)) return std::nullopt;
    out.expires_seconds = *expires;
    out.not_before_seconds = *not_before;
    out.issued_seconds = *issued;
    out.nonce = root.text("nonce");
    out.authorized_party = root.text("azp");
    out.access_token_hash = root.text("at_hash");
    out.claims = *claims;
    out.signed_part = text.substr(0, second);
    out.signature = *signature;
    return out;
}

bool verify_jwt(const Jwt& jwt, std::string_view jwks) {
    const auto* algorithm = find_algorithm(jwt.algorithm);
    const auto set = read_object(std::string(jwks));
    if (!algorithm || !set) return false;
    for (const auto jwk : set->root().children("keys")) {
        if (jwk.text("kty") != algorithm->key_type) continue;
        if (!jwk.text("use").empty() && jwk.text("use") != "sig") continue;
        if (!jwt.key_id.empty() && !jwk.text("kid").empty() && jwk.text("kid") != jwt.key_id) continue;
        const auto key = algorithm->key_type == "RSA" ? rsa_key(jwk) : ec_key(jwk);
        if (key && verify_with(jwt, *algorithm, key.get())) return true;
    }
    return false;
}

std::string sign_assertion(std::string_view private_key_pem, std::string_view key_id, std::string_view client_id, std::string_view audience,
                           std::int64_t expires_seconds, std::string_view id) {
    const Owned<BIO, BIO_free_all> source(BIO_new_mem_buf(private_key_pem.data(), static_cast<int>(private_key_pem.size())));
    const Key key(PEM_read_bio_PrivateKey(source.get(), nullptr, nullptr, nullptr));
    if (!key) return {};
    const bool is_rsa = EVP_PKEY_is_a(key.get(), "RSA") == 1;
    auto text = [](std::string_view value) {
        std::string out;
        fhir::write_json_string(value, out);
        return out;
    };
    const std::string header =
        std::string("{\"alg\":\"") + (is_rsa ? "RS384" : "ES384") + "\",\"typ\":\"JWT\",\"kid\":" + text(key_id) + '}';
    const std::string claims = "{\"iss\":" + text(client_id) + ",\"sub\":" + text(client_id) + ",\"aud\":" + text(audience) +
                               ",\"exp\":" + std::to_string(expires_seconds) + ",\"jti\":" + text(id) + '}';
    const auto signed_part = encode_base64url(header) + '.' + encode_base64url(claims);
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    std::size_t size = 0;
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha384(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, octets(signed_part), signed_part.size()) != 1) {
        return {};
    }
    std::string signature(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, octets(signed_part), signed_part.size()) !=
        1)
        return {};
    signature.resize(size);
    if (!is_rsa) signature = raw_signature(signature, 48);
    return signed_part + '.' + encode_base64url(signature);
}

} // namespace huitong::access
