/// The algorithms that signatures may use: what is not in the tables is not accepted, however it verifies.
///
/// SHA-1, MD5 and keyed hashes are left out; RSA-PSS masks with the hash that it signs with. SM2 and SM3 have no address of the W3C: their
/// object identifiers stand as `urn:oid:`. Thread: any; pure. Source: XML Signature 1.1 §6; RFC 6931; RFC 4056; RFC 5754; GM/T 0006, GM/T
/// 0009, GB/T 35275.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace huitong::signature {

enum class Hash : std::uint8_t { sha256, sha384, sha512, sm3 };
enum class Scheme : std::uint8_t { rsa, ecdsa, sm2, rsa_pss }; ///< rsa: RSASSA-PKCS1-v1_5

/// A way to sign; CMS names the hash beside some of them.
struct Method {
    Scheme scheme = Scheme::rsa;
    std::optional<Hash> hash;
};

/// By the address that XML uses or the dotted number that CMS uses; nullopt: not accepted.
std::optional<Hash> hash_of(std::string_view name);
std::optional<Method> method_of(std::string_view name);
/// "RSA-SHA256", "SM2-SM3" …
std::string method_text(Scheme scheme, Hash hash);

/// Raw bytes.
std::string digest_of(Hash hash, std::string_view bytes);

/// Whether the key's kind goes with the scheme and `signature` is its signature of `text`. Signatures of elliptic curves stand as DER or as
/// the two numbers one after the other. SM2 is checked with the identity of whoever has none of his own (GM/T 0009 §7).
bool check_value(evp_pkey_st* key, Scheme scheme, Hash hash, std::string_view text, std::string_view signature);

/// RSA below 2,048 bits, or curves below 224.
bool is_weak(evp_pkey_st* key);

/// The identity that GM/T 0009 names for whoever has none of his own.
inline constexpr std::string_view kSm2Nobody = "1234567812345678";

} // namespace huitong::signature
