/// Reads DER, the bytes that certificates and CMS are written in: values one after the other, definite lengths only.
/// Thread: any; pure. Views live as long as the bytes. Source: ITU-T X.690.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace huitong::signature {

/// Tags as they stand in the first octet.
enum DerTag : std::uint8_t {
    kDerInteger = 0x02,
    kDerOctets = 0x04,
    kDerObject = 0x06,
    kDerSequence = 0x30,
    kDerSet = 0x31,
    kDerContext0 = 0xA0,    ///< [0], constructed
    kDerContext0Raw = 0x80, ///< [0], primitive
    kDerContext1 = 0xA1,
};

struct DerValue {
    std::uint8_t tag = 0;
    std::string_view content; ///< without tag and length
    std::string_view whole;   ///< with them
};

/// Walks the values of one content.
class DerReader {
public:
    explicit DerReader(std::string_view bytes) : rest_(bytes) {}

    bool at_end() const { return rest_.empty(); }
    /// The next value whatever it is; nullopt at the end, and when it is none (then nothing follows).
    std::optional<DerValue> next();
    /// The next value when it has that tag; else nullopt, and it stays the next.
    std::optional<DerValue> next(std::uint8_t tag);

private:
    std::string_view rest_;
};

/// "1.2.840.113549.1.7.2" of an object identifier's content; "" when it is none.
std::string object_text(std::string_view content);

/// Tag, length and content of one value.
std::string write_der(std::uint8_t tag, std::string_view content);

} // namespace huitong::signature
