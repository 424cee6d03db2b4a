/// The keys that a data directory is sealed with. They stand in a file outside of it, which only its owner may read: one line a key, the
/// last one seals what is written from now on, the others open what is there. Whoever has the file can read the data; without it nobody
/// can.
///
///   # comment
///   1 aes-256-gcm 2026-11-28T08:00:00.000Z <32 bytes in Base64>
///
/// `DIRECTORY/key-file` holds the path of the file (never a key), so that commands which only know the directory find it.
/// Thread: any. Described in docs/formats/keys.md.
#pragma once

#include "base/cipher.hpp"
#include "base/instant.hpp"
#include "base/outcome.hpp"

#include <map>
#include <memory>
#include <shared_mutex>
#include <vector>

namespace huitong {

using KeyNumber = unsigned; ///< 1 … kKeyNumberMax; grows with every key

class KeyRing {
public:
    static constexpr KeyNumber kKeyNumberMax = 32'000;
    struct Listed {
        KeyNumber number;
        CipherKind kind;
        std::string made_at;
    };

    /// Issues: keys-file (cannot be read), keys-mode (others may read it), keys-line (number of the line), keys-none.
    static Result<std::shared_ptr<KeyRing>> open(const std::string& file);
    /// The ring of a data directory; nullptr: what is written there is not sealed. Issues: those of `open`.
    static Result<std::shared_ptr<KeyRing>> of_directory(const std::string& directory);
    /// From now on the directory is sealed with the keys of `file` (absolute path). Durable. Issues: keys-directory.
    static Outcome bind(const std::string& directory, const std::string& file);
    /// Makes a key and adds it to the file, which is made when it is not there. Durable on return. Issues: as `open`, keys-file.
    static Result<KeyNumber> add_key(const std::string& file, CipherKind kind, Instant now);

    /// Reads the file anew; when it is wrong, the keys stay as they were.
    Outcome reload();
    const std::string& file() const { return file_; }
    KeyNumber current() const;
    bool has(KeyNumber number) const;
    std::vector<Listed> list() const; ///< without the keys themselves

    struct Sealed {
        KeyNumber number = 0;
        std::string bytes;
    };
    /// With the newest key.
    Sealed seal(std::string_view plain, std::string_view context) const;
    /// nullopt: the key is not there, or the bytes do not open.
    std::optional<std::string> unseal(KeyNumber number, std::string_view bytes, std::string_view context) const;

    /// The same with the number in front, for places that have no column for it: byte 01, "HT", number in two bytes (high one first).
    std::string wrap(std::string_view plain, std::string_view context) const;
    std::optional<std::string> unwrap(std::string_view wrapped, std::string_view context) const;
    static std::optional<KeyNumber> key_of(std::string_view bytes); ///< nullopt: not wrapped

private:
    struct Key {
        std::shared_ptr<const Cipher> cipher;
        std::string made_at;
    };
    explicit KeyRing(std::string file) : file_(std::move(file)) {}
    std::shared_ptr<const Cipher> cipher(KeyNumber number) const;
    std::pair<KeyNumber, std::shared_ptr<const Cipher>> newest() const;

    std::string file_;
    mutable std::shared_mutex mutex_;
    std::map<KeyNumber, Key> keys_;
};

/// What was written: opened when it is wrapped, as it is when it is not. nullopt: wrapped, and it does not open (or there are no keys).
std::optional<std::string> open_wrapped(const KeyRing* keys, std::string_view bytes, std::string_view context);

} // namespace huitong
