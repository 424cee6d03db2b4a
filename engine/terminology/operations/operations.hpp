/// The terminology operations: parameters in, FHIR JSON out. Pure over a Library; the doors (REST, batch, command line) only carry texts.
/// Source: FHIR R4, Terminology Service; CodeSystem, ValueSet and ConceptMap operations. Elements of R5's expansions (property) are
/// written as the extensions that R4 has for them. Thread: any; each call works alone.
#pragma once

#include "terminology/operations/context.hpp"

namespace huitong::terminology {

struct OperationAnswer {
    int status = 200;
    std::string body; ///< Parameters, ValueSet, Bundle or OperationOutcome
};

/// The value set that a request names, brings along (`valueSet`) or was sent to (`instance`, an instance of /ValueSet/[id], may be none).
OperationAnswer expand(const Library& library, const OperationInput& input, const OperationSettings& settings, fhir::Element instance = {});
OperationAnswer validate_code_in_value_set(const Library& library, const OperationInput& input, const OperationSettings& settings,
                                           fhir::Element instance = {});
OperationAnswer validate_code_in_system(const Library& library, const OperationInput& input, const OperationSettings& settings,
                                        fhir::Element instance = {});
/// $batch-validate-code: many `validation` parameters, what is beside them holds for each.
OperationAnswer batch_validate_code(const Library& library, const OperationInput& input, const OperationSettings& settings, bool in_system);
OperationAnswer lookup(const Library& library, const OperationInput& input, const OperationSettings& settings);
OperationAnswer translate(const Library& library, const OperationInput& input, const OperationSettings& settings,
                          fhir::Element instance = {});
OperationAnswer subsumes(const Library& library, const OperationInput& input, const OperationSettings& settings,
                         fhir::Element instance = {});
OperationAnswer find_matches(const Library& library, const OperationInput& input, const OperationSettings& settings,
                             fhir::Element instance = {});
/// $versions of the server itself. Source: FHIR R4, CapabilityStatement $versions.
OperationAnswer fhir_versions();

// Parts that the operations share.

/// The answer when `context.stop` is set.
OperationAnswer stopped(const OperationContext& context);
/// nullptr and `context.stop` when there is none.
std::shared_ptr<const ValueSet> asked_value_set(OperationContext& context, fhir::Element instance);
/// The code system by url or system and version; nullptr and `context.stop`.
std::shared_ptr<const CodeSystem> asked_system(OperationContext& context, fhir::Element instance);
/// {"name":NAME,"valueX":…}: `type` with a capital ("Code"); numbers and booleans are written bare.
void write_parameter(JsonWriter& out, std::string_view name, std::string_view type, std::string_view value);
/// "valueCode":"…" and so on, as the type of the property is.
void write_property_value(JsonWriter& out, PropertyType type, std::string_view value);

} // namespace huitong::terminology
