/// Keys for tests, made when the program starts: a P-384 private key as PEM and its public half as a JSON Web Key Set.
#pragma once

#include "access/jwt.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <string>

namespace huitong::tests {

struct KeyPair {
    std::string private_pem, jwks;
};

inline KeyPair make_key_pair(const std::string& key_id) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-384"), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &bytes);
    KeyPair pair;
    pair.private_pem.assign(bytes, static_cast<std::size_t>(size));
    std::array<unsigned char, 128> point{};
    std::size_t length = 0;
    EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &length);
    // Uncompressed point: 04, x, y. Source: SEC 1, §2.3.3.
    const std::string_view text(reinterpret_cast<const char*>(point.data()), length);
    const auto half = (length - 1) / 2;
    pair.jwks = R"({"keys":[{"kty":"EC","crv":"P-384","alg":"ES384","kid":")" + key_id + R"(","x":")" +
                access::encode_base64url(text.substr(1, half)) + R"(","y":")" + access::encode_base64url(text.substr(1 + half)) + R"("}]})";
    return pair;
}

} // namespace huitong::tests
