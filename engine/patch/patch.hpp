/// Patches of three kinds, all or nothing: JSON Patch over any JSON text, FHIRPath Patch over a tree, XML Patch over any XML text.
/// Pure: what a patched resource must satisfy is judged by whoever stores it.
/// Issues of all: patch-form (the patch is not of its kind's form), patch-path (a place that is not there, or not one place),
/// patch-test, patch-exists, patch-size-max; and those of the readers.
/// Thread: any.
/// Source: RFC 6902; FHIR R4, FHIRPath Patch; RFC 5261.
#pragma once

#include "base/limits.hpp"
#include "fhir/definitions.hpp"

#include <string>
#include <string_view>

namespace huitong::patch {

/// Operations of one patch; each may walk the whole document.
constexpr std::size_t kOperationsMax = 2'000;

/// JSON Patch: the changed text. Digits of numbers and the order of members stay; equality in `test` is by value (1 equals 1.0).
/// What becomes of arrays and objects that the patch leaves empty: FHIR JSON has none.
enum class Empties : std::uint8_t { keep, drop };
Result<std::string> patch_json(std::string_view document, std::string_view patch, const Limits& limits = {},
                               Empties empties = Empties::keep);

/// FHIRPath Patch: runs the operations of a Parameters resource over `document`. After an issue the document is partly changed:
/// give it one that can be thrown away.
Outcome patch_tree(fhir::Document& document, const fhir::Definitions& definitions, fhir::Element parameters, const Limits& limits = {});

/// XML Patch: the changed text. In selectors the prefixes `f` and `h` mean FHIR and XHTML where the patch does not bind them, and a name
/// without prefix is in the patch's default namespace.
Result<std::string> patch_xml(std::string_view document, std::string_view patch, const Limits& limits = {});

} // namespace huitong::patch
