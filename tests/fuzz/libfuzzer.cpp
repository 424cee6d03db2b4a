// The same targets under libFuzzer: HUITONG_FUZZ_TARGET names one.
#include "fuzz/target.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto* target = huitong::fuzz::target_of(std::getenv("HUITONG_FUZZ_TARGET") ? std::getenv("HUITONG_FUZZ_TARGET") : "json");
    if (!target) std::abort();
    target->run({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
