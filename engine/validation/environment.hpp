/// What FHIRPath asks the validator and the terminology for when a person evaluates an expression: `memberOf`, `conformsTo`, `subsumes`;
/// `resolve()` stays inside the document. Thread: any.
/// Source: FHIR R4, FHIRPath, "Additional functions".
#pragma once

#include "validation/validation.hpp"

namespace huitong::validation {

class Environment final : public fhirpath::Environment {
public:
    Environment(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology);

    fhirpath::Item resolve(std::string_view reference, const fhirpath::Item& from) const override;
    std::optional<bool> member_of(const fhirpath::Item& coded, std::string_view value_set) const override;
    /// Of a resource and a profile that is known: has it no errors by it?
    std::optional<bool> conforms_to(const fhirpath::Item& item, std::string_view structure) const override;
    std::optional<bool> subsumes(std::string_view system, std::string_view a, std::string_view b) const override;

private:
    std::shared_ptr<const fhir::Definitions> definitions_;
    std::shared_ptr<const terminology::Terminology> terminology_;
    Validator validator_;
};

} // namespace huitong::validation
