/// Small resources as text, and the issues a validator finds in them as "rule @ place" lines.
#pragma once

#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "validation/validation.hpp"

#include <stdexcept>

namespace huitong::validation::tests {

inline fhir::DocumentPtr read(const std::string& text) {
    auto parsed = fhir::read_json(text);
    if (parsed.issues.has_errors()) throw std::runtime_error("test resource does not parse: " + parsed.issues.leading()->rule);
    return parsed.value;
}

/// Fresh definitions, so that a test may add profiles.
inline std::shared_ptr<fhir::Definitions> fresh_definitions() {
    auto loaded = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!loaded) throw std::runtime_error("no definition pack: " + loaded.error().leading()->rule);
    return *loaded;
}

inline const Validator& r4_validator() {
    static const auto validator = [] {
        const std::shared_ptr<const fhir::Definitions> definitions = fresh_definitions();
        return std::make_unique<Validator>(definitions, std::make_shared<terminology::Terminology>(definitions));
    }();
    return *validator;
}

inline std::string lines(const Outcome& outcome) {
    std::string out;
    for (const auto& issue : outcome.issues()) {
        out += (out.empty() ? "" : "; ") + issue.rule + " @ " + issue.where;
        if (issue.rule == "validation-invariant") out += " " + issue.arguments.front();
    }
    return out;
}

inline std::string found_in(const std::string& text, const Options& options = {}) {
    return lines(r4_validator().check(read(text)->root(), options));
}

} // namespace huitong::validation::tests
