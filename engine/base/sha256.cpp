#include "base/sha256.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

namespace huitong {

namespace {

/// The method is looked up once and the context kept: OpenSSL's own one-call forms do both at every call, which costs more than a short
/// text does.
template <class... Parts>
Digest digest_of(Parts... parts) {
    static const EVP_MD* const kMethod = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    Digest out;
    EVP_DigestInit_ex2(context.get(), kMethod, nullptr);
    (EVP_DigestUpdate(context.get(), parts.data(), parts.size()), ...);
    EVP_DigestFinal_ex(context.get(), out.data(), nullptr);
    return out;
}

} // namespace

Digest sha256(std::string_view bytes) { return digest_of(bytes); }

Digest sha256(std::string_view first, std::string_view second) { return digest_of(first, second); }

Digest hmac_sha256(std::string_view key, std::string_view text) {
    Digest out;
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         out.data(), &size);
    return out;
}

std::string hex_text(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const unsigned char byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

} // namespace huitong
