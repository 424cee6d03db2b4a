/// Changed copies of seeds, by number: the same number gives the same bytes on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace huitong::fuzz {

class Mutator {
public:
    /// `seeds` is not empty.
    Mutator(std::vector<std::string> seeds, std::uint64_t seed) : seeds_(std::move(seeds)), random_(seed) {}

    /// A seed with one to eight changes: bytes flipped, spans removed, repeated, moved or taken from another seed, tokens put in.
    std::string next();

private:
    void change(std::string& text);
    std::size_t below(std::size_t bound); ///< 0 when bound is 0

    std::vector<std::string> seeds_;
    std::mt19937_64 random_;
};

/// A seed is cut here: what breaks a reader breaks it small.
constexpr std::size_t kSeedBytesMax = 16 * 1024;
/// What a seed may grow to.
constexpr std::size_t kInputBytesMax = 64 * 1024;

} // namespace huitong::fuzz
