/// Filters of a value set's include over one code system. Source: FHIR R4, ValueSet.compose.include.filter, CodeSystem filter-operator.
#pragma once

#include "terminology/membership.hpp"

namespace re2 {
class RE2;
}

namespace huitong::terminology {

/// Filters of one clause, with their expressions compiled once. The system must outlive it.
class FilterSet {
public:
    FilterSet(const CodeSystem& system, const std::vector<Filter>& filters);
    ~FilterSet();
    /// All filters hold; unknown where an operator or a property is not known here.
    Answer passes(const Concept& one) const;

private:
    Answer passes(const Concept& one, const Filter& filter, const re2::RE2* expression) const;

    const CodeSystem& system_;
    const std::vector<Filter>& filters_;
    std::vector<std::unique_ptr<re2::RE2>> expressions_; ///< beside `filters_`; null for other operators
};

} // namespace huitong::terminology
