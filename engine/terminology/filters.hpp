/// Filters of a value set's include over one code system. Source: FHIR R4, ValueSet.compose.include.filter, CodeSystem filter-operator;
/// child-of and descendent-leaf of R5.
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
    Answer passes(ConceptIndex one) const;
    /// Concepts among which those that pass are, in the order of the system: below the nearest is-a when there is one.
    std::vector<ConceptIndex> candidates() const;

private:
    struct Compiled {
        ConceptIndex target = kNoConcept;             ///< the concept that a filter over the hierarchy names
        std::unique_ptr<re2::RE2> expression;         ///< of op regex, else null
        std::optional<std::vector<bool>> constrained; ///< of an expression constraint: each concept's answer
        bool is_broken = false;                       ///< an expression constraint that cannot be read or evaluated here
    };
    Answer passes(ConceptIndex one, const Filter& filter, const Compiled& compiled) const;
    Answer by_hierarchy(ConceptIndex one, const Filter& filter, const Compiled& compiled) const;

    const CodeSystem& system_;
    const std::vector<Filter>& filters_;
    std::vector<Compiled> compiled_; ///< beside `filters_`
};

/// Index of the first filter without a value, which no operator can use.
std::optional<std::size_t> filter_without_value(const std::vector<Filter>& filters);

} // namespace huitong::terminology
