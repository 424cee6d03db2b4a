#include "signature/der.hpp"

namespace huitong::signature {
namespace {

std::uint8_t octet(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }

struct Length {
    std::size_t octets = 0; ///< of the length itself
    std::size_t value = 0;
};

/// Definite, of at most four octets: what is longer is longer than any message.
std::optional<Length> length_of(std::string_view bytes) {
    if (bytes.empty()) return std::nullopt;
    const auto first = octet(bytes, 0);
    if (first < 0x80) return Length{1, first};
    const std::size_t count = first & 0x7FU;
    if (count == 0 || count > 4 || bytes.size() < 1 + count) return std::nullopt;
    std::size_t value = 0;
    for (std::size_t at = 1; at <= count; ++at) value = value << 8U | octet(bytes, at);
    return Length{1 + count, value};
}

} // namespace

std::optional<DerValue> DerReader::next() {
    const auto bytes = rest_;
    rest_ = {};
    if (bytes.size() < 2 || (octet(bytes, 0) & 0x1FU) == 0x1FU) return std::nullopt; // no use here has a tag of several octets
    const auto length = length_of(bytes.substr(1));
    if (!length || bytes.size() - 1 - length->octets < length->value) return std::nullopt;
    DerValue out;
    out.tag = octet(bytes, 0);
    out.content = bytes.substr(1 + length->octets, length->value);
    out.whole = bytes.substr(0, 1 + length->octets + length->value);
    rest_ = bytes.substr(out.whole.size());
    return out;
}

std::optional<DerValue> DerReader::next(std::uint8_t tag) {
    if (rest_.empty() || octet(rest_, 0) != tag) return std::nullopt;
    return next();
}

std::string object_text(std::string_view content) {
    std::string out;
    std::uint64_t arc = 0;
    bool is_inside = false;
    for (std::size_t at = 0; at < content.size(); ++at) {
        const auto one = octet(content, at);
        if (arc > (UINT64_MAX >> 7U)) return {};
        arc = arc << 7U | (one & 0x7FU);
        is_inside = (one & 0x80U) != 0;
        if (is_inside) continue;
        if (out.empty()) {
            const auto top = arc < 40 ? 0U : arc < 80 ? 1U : 2U;
            out = std::to_string(top) + '.' + std::to_string(arc - std::uint64_t{40} * top);
        } else {
            out += '.' + std::to_string(arc);
        }
        arc = 0;
    }
    return is_inside ? std::string() : out;
}

std::string write_der(std::uint8_t tag, std::string_view content) {
    std::string out(1, static_cast<char>(tag));
    if (content.size() < 0x80) {
        out += static_cast<char>(content.size());
    } else {
        std::string length;
        for (auto rest = content.size(); rest != 0; rest >>= 8U) length.insert(length.begin(), static_cast<char>(rest & 0xFFU));
        out += static_cast<char>(0x80U | length.size());
        out += length;
    }
    return out.append(content);
}

} // namespace huitong::signature
