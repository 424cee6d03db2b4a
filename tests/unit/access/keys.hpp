/// Keys of clients, made by OpenSSL when a test runs, and assertions that are wrong in one thing each.
#pragma once

#include "access/jwt.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <stdexcept>

namespace huitong::access::tests {

class ClientKey {
public:
    static ClientKey rsa(unsigned bits = 2048) { return ClientKey(EVP_RSA_gen(bits)); }
    static ClientKey ec(const char* curve = "P-384") { return ClientKey(EVP_EC_gen(curve)); }

    std::string pem() const {
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
        PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        char* text = nullptr;
        const auto size = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(size)};
    }
    std::string jwks(const std::string& id) const {
        const bool is_rsa = EVP_PKEY_is_a(key_.get(), "RSA") == 1;
        const auto head = "{\"keys\":[{\"kid\":\"" + id + "\",";
        if (is_rsa)
            return head + "\"kty\":\"RSA\",\"n\":\"" + number(OSSL_PKEY_PARAM_RSA_N) + "\",\"e\":\"" + number(OSSL_PKEY_PARAM_RSA_E) +
                   "\"}]}";
        const bool wide = EVP_PKEY_get_bits(key_.get()) == 384;
        const int size = wide ? 48 : 32;
        return head + "\"kty\":\"EC\",\"crv\":\"" + (wide ? "P-384" : "P-256") + "\",\"x\":\"" + number(OSSL_PKEY_PARAM_EC_PUB_X, size) +
               "\",\"y\":\"" + number(OSSL_PKEY_PARAM_EC_PUB_Y, size) + "\"}]}";
    }

private:
    explicit ClientKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {
        if (!key) throw std::runtime_error("no key");
    }
    std::string number(const char* parameter, int size = 0) const {
        BIGNUM* value = nullptr;
        if (EVP_PKEY_get_bn_param(key_.get(), parameter, &value) != 1) throw std::runtime_error("no parameter");
        std::string out(static_cast<std::size_t>(size == 0 ? BN_num_bytes(value) : size), '\0');
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
        BN_free(value);
        return encode_base64url(out);
    }
    std::shared_ptr<EVP_PKEY> key_;
};

} // namespace huitong::access::tests
