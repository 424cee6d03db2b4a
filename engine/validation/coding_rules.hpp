/// Codes, units and numbers against the system that they name, whatever the binding says. Source: FHIR R4, Terminologies, "Using Codes in
/// Resources"; Data Types, Identifier. All of it strict alone.
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

/// Of systems that are known here whole. Issues: validation-system-relative, validation-system-value-set, validation-code-unknown (of HL7's
/// common tables, which grow, a warning); validation-display (a warning: the code counts, and displays are translated).
void check_coding(const Checks& checks, fhir::Element coding, Report& report);
/// Issues: validation-system-relative, validation-number-uri.
void check_identifier(const Checks& checks, fhir::Element identifier, Report& report);
/// Issue: validation-unit.
void check_unit(const Checks& checks, fhir::Element quantity, Report& report);

} // namespace huitong::validation
