/// The key that a hub signs checkpoints with: Ed25519, or SM2 with SM3 (GM/T 0003, GM/T 0009) where national algorithms are asked for.
///
/// The private key is a PEM file of the data directory for its owner alone; the public one is handed to whoever keeps checkpoints. Whoever
/// holds the directory can sign anything, so a signature says only which hub spoke; that nothing was taken back is what the kept checkpoint
/// shows. Thread: any after it was opened.
#pragma once

#include "base/outcome.hpp"

#include <memory>

namespace huitong::audit {

enum class SignatureKind : std::uint8_t { ed25519, sm2 };

class SigningKey {
public:
    /// Opens the file, or makes the key and the file where there is none. Issue: audit-key (file).
    static Result<SigningKey> open_or_make(const std::string& file, SignatureKind kind = SignatureKind::ed25519);
    /// Opens the file. Issue: audit-key (file).
    static Result<SigningKey> open(const std::string& file);
    std::string sign(std::string_view text) const; ///< raw bytes
    std::string public_pem() const;
    /// First 16 digits of the SHA-256 of the public key's DER form.
    const std::string& id() const { return id_; }

private:
    SigningKey() = default;
    std::shared_ptr<void> key_;
    std::string id_;
};

/// A public key in PEM form checks what was signed by its private one; false also when it is no such key.
bool check_signature(std::string_view public_pem, std::string_view text, std::string_view signature);
/// As `SigningKey::id`; "" when it is no key.
std::string key_id_of(std::string_view public_pem);

} // namespace huitong::audit
