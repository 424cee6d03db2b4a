#include "fuzz/target.hpp"

#include <algorithm>

namespace huitong::fuzz {

const Target* target_of(std::string_view name) {
    for (auto list : {resource_targets(), message_targets(), language_targets(), value_targets()}) {
        const auto found = std::ranges::find(list, name, &Target::name);
        if (found != list.end()) return &*found;
    }
    return nullptr;
}

} // namespace huitong::fuzz
