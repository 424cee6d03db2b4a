/// Sealing of bytes on the disk: encrypted, and opened only when nothing was changed.
///
/// AES-256-GCM (NIST SP 800-38D): nonce 12 bytes at random, text, tag 16. SM4-CTR with HMAC-SM3 (GB/T 32907, GB/T 32905, GB/T 15852.2):
/// counter block 16 at random, text, HMAC 32 over the length of the context, the context, the counter block and the text; the two keys
/// are made of the one by HMAC-SM3. A key seals at most 2^32 records before random nonces may repeat: rotate before.
/// `context` says what the bytes are for ("body", "inbox" …): sealed for one, they open for no other.
/// Thread: a Cipher is constant; any.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace huitong {

enum class CipherKind : unsigned char { aes_256_gcm, sm4_ctr_hmac_sm3 };
/// "aes-256-gcm", "sm4-ctr-hmac-sm3"; nullopt: neither.
std::string_view cipher_name(CipherKind kind);
std::optional<CipherKind> cipher_of(std::string_view name);

class Cipher {
public:
    static constexpr std::size_t kKeyBytes = 32;
    /// `key`: kKeyBytes random bytes.
    Cipher(CipherKind kind, std::string key);
    ~Cipher();
    Cipher(const Cipher&) = delete;
    Cipher& operator=(const Cipher&) = delete;

    CipherKind kind() const { return kind_; }
    std::string seal(std::string_view plain, std::string_view context) const;
    /// nullopt: changed, cut, of another key or for another context.
    std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

private:
    std::string mac(std::string_view context, std::string_view sealed) const;

    CipherKind kind_;
    std::string key_, mac_key_; ///< AES: the key, ""; SM4: 16 and 32 bytes
};

/// So many random bytes for a key.
std::string random_key();

} // namespace huitong
