/// The R4 definitions from $HUITONG_PACK, loaded once a program.
#pragma once

#include "fhir/definitions.hpp"

#include <stdexcept>

namespace huitong::tests {

inline const fhir::Definitions& r4_definitions() {
    static const auto definitions = [] {
        auto loaded = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
        if (!loaded) throw std::runtime_error("no definition pack: " + loaded.error().leading()->rule);
        return *loaded;
    }();
    return *definitions;
}

} // namespace huitong::tests
