/// A second opinion on search: walks all resources with the whole FHIRPath expression of a parameter and compares values one by one.
/// Slow and plain; shares with the product only the FHIRPath engine, the reading of dates and decimals, and the folding of text.
#pragma once

#include "search/search.hpp"

#include <map>

namespace huitong::tests {

class NaiveSearch {
public:
    NaiveSearch(const fhir::Definitions& definitions, Instant now) : definitions_(definitions), now_(now) {}
    /// Adds or replaces.
    void put(const std::string& json);
    void remove(const store::ResourceKey& key) { resources_.erase(key); }
    const std::map<store::ResourceKey, fhir::DocumentPtr>& resources() const { return resources_; }
    /// Ids of the type that fit all conditions ("name:modifier", value), sorted.
    std::vector<std::string> find(const std::string& type, const std::vector<std::pair<std::string, std::string>>& conditions) const;

private:
    using Definition = fhir::SearchParameterDefinition;
    bool fits(fhir::Element resource, const std::string& name, const std::string& value) const;
    bool fits_chain(fhir::Element resource, const std::string& name, const std::string& value) const;
    bool fits_has(fhir::Element resource, const std::string& name, const std::string& value) const;
    bool fits_value(const Definition& definition, const fhirpath::Collection& items, const std::string& modifier,
                    const std::string& value) const;
    bool fits_composite(const Definition& definition, const fhirpath::Collection& items, const std::string& value) const;
    fhirpath::Collection select(fhir::Element resource, std::string_view expression) const;
    const fhirpath::Expression& compiled(std::string_view expression) const;
    fhirpath::EvaluationContext context(fhir::Element resource) const;

    const fhir::Definitions& definitions_;
    Instant now_;
    std::map<store::ResourceKey, fhir::DocumentPtr> resources_;
    mutable std::map<std::string, fhirpath::Expression, std::less<>> expressions_;
};

} // namespace huitong::tests
