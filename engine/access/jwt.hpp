/// JSON Web Tokens as far as private_key_jwt needs them: RS384, ES384 and their 256-bit forms. Source: RFC 7515, RFC 7517, RFC 7518 §3.3,
/// §3.4.
#pragma once

#include "base/outcome.hpp"

namespace huitong::access {

std::optional<std::string> decode_base64url(std::string_view text);
std::string encode_base64url(std::string_view bytes);

struct Jwt {
    std::string algorithm, key_id;
    std::string issuer, subject, id;
    std::vector<std::string> audiences; ///< `aud` is one text or a list
    std::int64_t expires_seconds = 0, not_before_seconds = 0, issued_seconds = 0;
    std::string nonce, authorized_party, access_token_hash; ///< `azp`, `at_hash`: of an ID token
    std::string claims;                                     ///< JSON
    std::string signed_part, signature;
};
/// nullopt: not three parts of JSON, or a header that demands something not understood (`crit`, RFC 7515 §4.1.11).
std::optional<Jwt> read_jwt(std::string_view text);

/// True when a key of the set verifies the signature (the key of `kid` when it names one).
bool verify_jwt(const Jwt& jwt, std::string_view jwks);

/// A signed client assertion for our own calls to a hub above. `private_key_pem`: RSA (RS384) or P-384 (ES384). "" when the key cannot be
/// read.
std::string sign_assertion(std::string_view private_key_pem, std::string_view key_id, std::string_view client_id, std::string_view audience,
                           std::int64_t expires_seconds, std::string_view id);

} // namespace huitong::access
