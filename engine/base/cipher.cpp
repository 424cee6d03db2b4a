#include "base/cipher.hpp"

#include "base/assert.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <memory>

namespace huitong {
namespace {

constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;                    ///< of GCM
constexpr std::size_t kBlockBytes = 16, kSm4KeyBytes = 16, kMacBytes = 32; ///< of SM4-CTR with HMAC-SM3
constexpr std::pair<CipherKind, std::string_view> kNames[] = {{CipherKind::aes_256_gcm, "aes-256-gcm"},
                                                              {CipherKind::sm4_ctr_hmac_sm3, "sm4-ctr-hmac-sm3"}};

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text, std::size_t at = 0) { return reinterpret_cast<unsigned char*>(text.data()) + at; }

/// One context a thread: making one costs more than sealing a body.
EVP_CIPHER_CTX* context_of_thread() {
    thread_local const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    HT_ASSERT(context && EVP_CIPHER_CTX_reset(context.get()) == 1);
    return context.get();
}

std::string random_bytes(std::size_t size) {
    std::string out(size, '\0');
    HT_ASSERT(RAND_bytes(bytes(out), static_cast<int>(size)) == 1); // nothing may be sealed with a nonce that is none
    return out;
}

std::string hmac_sm3(std::string_view key, std::string_view text) {
    std::string out(kMacBytes, '\0');
    unsigned size = 0;
    HT_ASSERT(HMAC(EVP_sm3(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), bytes(out), &size) != nullptr);
    HT_ASSERT(size == kMacBytes);
    return out;
}

std::string seal_gcm(const std::string& key, std::string_view plain, std::string_view purpose) {
    auto out = random_bytes(kNonceBytes);
    out.resize(kNonceBytes + plain.size() + kTagBytes);
    auto* context = context_of_thread();
    int size = 0;
    HT_ASSERT(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, bytes(key), bytes(out)) == 1);
    HT_ASSERT(EVP_EncryptUpdate(context, nullptr, &size, bytes(purpose), static_cast<int>(purpose.size())) == 1);
    HT_ASSERT(EVP_EncryptUpdate(context, bytes(out, kNonceBytes), &size, bytes(plain), static_cast<int>(plain.size())) == 1);
    HT_ASSERT(EVP_EncryptFinal_ex(context, bytes(out, kNonceBytes + plain.size()), &size) == 1);
    HT_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, bytes(out, kNonceBytes + plain.size())) == 1);
    return out;
}

std::optional<std::string> open_gcm(const std::string& key, std::string_view sealed, std::string_view purpose) {
    if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
    const auto text = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
    std::string tag(sealed.substr(sealed.size() - kTagBytes)), out(text.size() + 1, '\0');
    auto* context = context_of_thread();
    int size = 0;
    HT_ASSERT(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, bytes(key), bytes(sealed)) == 1);
    HT_ASSERT(EVP_DecryptUpdate(context, nullptr, &size, bytes(purpose), static_cast<int>(purpose.size())) == 1);
    HT_ASSERT(EVP_DecryptUpdate(context, bytes(out), &size, bytes(text), static_cast<int>(text.size())) == 1);
    HT_ASSERT(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
    if (EVP_DecryptFinal_ex(context, bytes(out, text.size()), &size) != 1) return std::nullopt;
    out.resize(text.size());
    return out;
}

/// Counter mode: the same for both directions.
std::string sm4_ctr(const std::string& key, std::string_view block, std::string_view text) {
    std::string out(text.size(), '\0');
    auto* context = context_of_thread();
    int size = 0;
    HT_ASSERT(EVP_EncryptInit_ex(context, EVP_sm4_ctr(), nullptr, bytes(key), bytes(block)) == 1);
    HT_ASSERT(EVP_EncryptUpdate(context, bytes(out), &size, bytes(text), static_cast<int>(text.size())) == 1);
    return out;
}

} // namespace

std::string_view cipher_name(CipherKind kind) {
    for (const auto& [known, name] : kNames) {
        if (known == kind) return name;
    }
    return {};
}

std::optional<CipherKind> cipher_of(std::string_view name) {
    for (const auto& [kind, known] : kNames) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

std::string random_key() { return random_bytes(Cipher::kKeyBytes); }

Cipher::Cipher(CipherKind kind, std::string key) : kind_(kind), key_(std::move(key)) {
    HT_ASSERT(key_.size() == kKeyBytes);
    if (kind_ == CipherKind::aes_256_gcm) return;
    mac_key_ = hmac_sm3(key_, "hmac-sm3");
    key_ = hmac_sm3(key_, "sm4-ctr").substr(0, kSm4KeyBytes);
}

Cipher::~Cipher() {
    OPENSSL_cleanse(key_.data(), key_.size());
    OPENSSL_cleanse(mac_key_.data(), mac_key_.size());
}

std::string Cipher::mac(std::string_view context, std::string_view sealed) const {
    std::string text;
    for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>((std::uint64_t{context.size()} >> shift) & 0xFF);
    text += context;
    text += sealed;
    return hmac_sm3(mac_key_, text);
}

std::string Cipher::seal(std::string_view plain, std::string_view context) const {
    if (kind_ == CipherKind::aes_256_gcm) return seal_gcm(key_, plain, context);
    auto out = random_bytes(kBlockBytes);
    out += sm4_ctr(key_, out, plain);
    return out + mac(context, out);
}

std::optional<std::string> Cipher::open(std::string_view sealed, std::string_view context) const {
    if (kind_ == CipherKind::aes_256_gcm) return open_gcm(key_, sealed, context);
    if (sealed.size() < kBlockBytes + kMacBytes) return std::nullopt;
    const auto covered = sealed.substr(0, sealed.size() - kMacBytes);
    const auto expected = mac(context, covered);
    if (CRYPTO_memcmp(expected.data(), sealed.data() + covered.size(), kMacBytes) != 0) return std::nullopt;
    return sm4_ctr(key_, covered.substr(0, kBlockBytes), covered.substr(kBlockBytes));
}

} // namespace huitong
