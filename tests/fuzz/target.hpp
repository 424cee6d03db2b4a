/// What is fuzzed: a reader of bytes that strangers send, and what must hold of whatever it answers.
///
/// A target must never crash, hang or break its property, whatever the bytes. One program holds all of them: with g++ and in ctest it
/// changes seeds by a numbered generator (driver.cpp), with clang and HUITONG_FUZZ libFuzzer drives it (libfuzzer.cpp).
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace huitong::fuzz {

struct Target {
    std::string_view name;
    void (*run)(std::string_view bytes);
    std::string_view seeds; ///< folders and files below the project, separated by blanks
};

/// One list a file of tests/fuzz/targets.
std::span<const Target> resource_targets(), message_targets(), language_targets(), value_targets();

/// The target of a name, or nullptr.
const Target* target_of(std::string_view name);

/// A property that did not hold; `what` says which.
struct Broken : std::logic_error {
    using std::logic_error::logic_error;
};
inline void hold(bool property, const char* what) {
    if (!property) throw Broken(what);
}

} // namespace huitong::fuzz
