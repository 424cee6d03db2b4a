/// Parameters of a terminology operation, from a query or a Parameters resource.
#pragma once

#include "fhir/tree.hpp"

#include <optional>

namespace huitong::terminology {

struct InputParameter {
    std::string name, text; ///< text of a primitive value
    fhir::Element element;  ///< value or resource; none for a parameter of the query
    fhir::Element whole;    ///< the parameter itself, for its parts
};

class OperationInput {
public:
    void add(std::string name, std::string text) { parameters_.push_back({std::move(name), std::move(text), {}, {}}); }
    /// `parameters` (a Parameters resource) must outlive the input.
    void add(fhir::Element parameters);
    /// Takes a parameter of another input; what is already here comes first.
    void share(const InputParameter& parameter) { parameters_.push_back(parameter); }
    const std::vector<InputParameter>& parameters() const { return parameters_; }

    /// First of that name; nullptr when absent.
    const InputParameter* find(std::string_view name) const;
    std::string text(std::string_view name) const;
    std::vector<std::string> texts(std::string_view name) const;
    fhir::Element element(std::string_view name) const;
    std::vector<fhir::Element> elements(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const;
    /// nullopt: absent or no whole number.
    std::optional<std::size_t> number(std::string_view name) const;

private:
    std::vector<InputParameter> parameters_;
};

} // namespace huitong::terminology
