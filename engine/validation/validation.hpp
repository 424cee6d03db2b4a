/// Validation of a tree against definitions: structure, cardinality, types, fixed values, bindings, invariants, rules of bundles;
/// profiles where they are known (with a snapshot). What cannot be computed (a value set, an expression, a slicing) makes no issue.
/// Source: FHIR R4, Validating Resources.
#pragma once

#include "fhir/definitions.hpp"
#include "fhirpath/fhirpath.hpp"
#include "terminology/terminology.hpp"

#include <functional>

namespace huitong::validation {

struct Options {
    std::vector<std::string> profiles; ///< besides meta.profile
    /// An unknown meta.profile: a warning for feeds, an error for REST with strict handling.
    Severity unknown_profile = Severity::warning;
    bool best_practice = false; ///< report warning invariants such as dom-6
    std::size_t issues_max = 200;
};

class Validator {
public:
    Validator(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology);
    ~Validator();
    /// Definitions that grow while the program runs: asked at each check of what names a profile; nullptr: those of the beginning.
    using Source = std::function<std::shared_ptr<const fhir::Definitions>()>;
    /// Before the first check.
    void set_source(Source source);
    /// All issues with FHIRPath-like places ("Patient.name[0].given"); empty = valid. Never throws; thread-safe.
    Outcome check(fhir::Element resource, const Options& options = {}) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace huitong::validation
