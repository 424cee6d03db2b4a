/// Compartments: which parameters put a resource into the compartment of a patient, an encounter … Source: FHIR R4,
/// CompartmentDefinition.
#pragma once

#include "fhir/definitions.hpp"

#include <map>
#include <string>
#include <vector>

namespace huitong::search {

class Compartments {
public:
    explicit Compartments(const fhir::Definitions& definitions);
    bool is_compartment(std::string_view type) const { return by_compartment_.contains(type); }
    /// Codes of the parameters of `type` that lead to the owner; nullptr: the type is never in such a compartment. Empty: the owner itself.
    const std::vector<std::string>* parameters(std::string_view compartment, std::string_view type) const;

private:
    using ByType = std::map<std::string, std::vector<std::string>, std::less<>>;
    std::map<std::string, ByType, std::less<>> by_compartment_;
};

} // namespace huitong::search
