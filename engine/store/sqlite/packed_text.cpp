#include "store/sqlite/packed_text.hpp"

#include <array>
#include <cstdint>

namespace huitong::store {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kSigns = "0123456789.-:/_";
constexpr std::size_t kUuidLength = 36, kSignsMin = 6;
constexpr std::uint8_t kNoDigit = 0xFF, kEnd = 15;

constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> out{};
    out.fill(kNoDigit);
    for (std::size_t digit = 0; digit < alphabet.size(); ++digit)
        out[static_cast<unsigned char>(alphabet[digit])] = static_cast<std::uint8_t>(digit);
    return out;
}
constexpr auto kHexDigits = digits_of(kHex);
constexpr auto kSignDigits = digits_of(kSigns);
constexpr auto kBase32Digits = digits_of(kIdDigits);

bool is_dash_place(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

std::string pack_uuid(std::string_view text) {
    std::string out = "u";
    int high = -1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_dash_place(at)) {
            if (text[at] != '-') return {};
            continue;
        }
        const auto digit = kHexDigits[static_cast<unsigned char>(text[at])];
        if (digit == kNoDigit) return {};
        if (high < 0) {
            high = digit;
        } else {
            out += static_cast<char>(high << 4 | digit);
            high = -1;
        }
    }
    return out;
}

std::string unpack_uuid(std::string_view bytes) {
    std::string out;
    for (const unsigned char byte : bytes) {
        if (is_dash_place(out.size())) out += '-';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
    return out;
}

/// 24 digits of five bits.
std::string pack_id(std::string_view text) {
    if (!text.starts_with(kIdBegin)) return {};
    std::string out = "s";
    std::uint32_t bits = 0;
    int count = 0;
    for (const unsigned char sign : text.substr(kIdBegin.size())) {
        const auto digit = kBase32Digits[sign];
        if (digit == kNoDigit) return {};
        bits = bits << 5 | digit;
        count += 5;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>(bits >> count);
        bits &= (1U << count) - 1;
    }
    return out;
}

std::string unpack_id(std::string_view bytes) {
    std::string out(kIdBegin);
    std::uint32_t bits = 0;
    int count = 0;
    for (const unsigned char byte : bytes) {
        bits = bits << 8 | byte;
        for (count += 8; count >= 5; bits &= (1U << count) - 1) {
            count -= 5;
            out += kIdDigits[(bits >> count) & 31];
        }
    }
    return out;
}

std::string pack_signs(std::string_view text) {
    std::string out = "n";
    for (std::size_t at = 0; at < text.size(); at += 2) {
        const auto high = kSignDigits[static_cast<unsigned char>(text[at])];
        const auto low = at + 1 < text.size() ? kSignDigits[static_cast<unsigned char>(text[at + 1])] : kEnd;
        if (high == kNoDigit || low == kNoDigit) return {};
        out += static_cast<char>(high << 4 | low);
    }
    return out;
}

std::string unpack_signs(std::string_view bytes) {
    std::string out;
    for (const unsigned char byte : bytes) {
        for (const int digit : {byte >> 4, byte & 15}) {
            if (digit != kEnd) out += kSigns[static_cast<std::size_t>(digit)];
        }
    }
    return out;
}

} // namespace

std::string pack_text(std::string_view text) {
    if (text.size() < kSignsMin) return {};
    std::string out;
    if (text.size() == kUuidLength) out = pack_uuid(text);
    else if (text.size() == kIdLength) out = pack_id(text);
    return out.empty() ? pack_signs(text) : out;
}

std::string unpack_text(std::string_view bytes) {
    if (bytes.empty()) return {};
    const auto rest = bytes.substr(1);
    switch (bytes.front()) {
    case 'u': return unpack_uuid(rest);
    case 's': return unpack_id(rest);
    case 'n': return unpack_signs(rest);
    }
    return {};
}

} // namespace huitong::store
