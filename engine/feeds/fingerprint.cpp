#include "feeds/fingerprint.hpp"

#include <bit>

namespace huitong::feeds {
namespace {

constexpr std::uint64_t kFactor = 0x9E3779B97F4A7C15;

class Mixer {
public:
    void add(std::uint64_t word) { state_ = std::rotl(state_ ^ (word * kFactor), 29) * kFactor; }

    /// Eight bytes at a time, the lowest first on every machine; the length parts what stands side by side.
    void add(std::string_view text) {
        add(text.size());
        for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            unsigned shift = 0;
            for (const char c : text.substr(at, sizeof word)) {
                word |= std::uint64_t{static_cast<unsigned char>(c)} << shift;
                shift += 8;
            }
            add(word);
        }
    }

    void add(fhir::Element element) {
        add(element.name());
        add(static_cast<std::uint64_t>(element.kind()) * 2 + (element.node().in_array ? 1 : 0));
        add(element.value());
        for (const auto child : element.children()) add(child);
        add(std::uint64_t{0}); // the end of the children
    }

    std::string text() const {
        static constexpr std::string_view kHex = "0123456789abcdef";
        std::string out;
        for (unsigned shift = 64; shift > 0; shift -= 4) out += kHex[(state_ >> (shift - 4)) & 15];
        return out;
    }

private:
    std::uint64_t state_ = kFactor;
};

} // namespace

std::string fingerprint_of(fhir::Element root) {
    if (!root) return {};
    Mixer mixer;
    mixer.add(root);
    return mixer.text();
}

} // namespace huitong::feeds
