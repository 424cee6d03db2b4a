/// A concept as an operation shows it: what its system says, what supplements add, and what the value set says in its list.
#pragma once

#include "terminology/operations/context.hpp"

namespace huitong::terminology {

struct ShownProperty {
    std::string code, uri, value;
    PropertyType type = PropertyType::code;
};

/// One extension, as JSON and by its url.
struct ShownExtension {
    std::string url, json, value; ///< value: text of its value[x], "" when complex
};

/// Views into the tables of `system` and the supplements; `listed` may be null.
class ConceptView {
public:
    ConceptView(const OperationContext& context, const CodeSystem* system, ConceptIndex at, const ListedConcept* listed);

    /// nullopt: the languages asked for have none and nothing else will do.
    std::optional<std::string> display() const;
    /// The own display in the system's language, before any choice of languages.
    DisplayText own_display() const;
    /// All texts that name the concept, the own display first.
    std::vector<DisplayText> names() const;
    /// Everything but what `display()` gives; `use` is "preferredForLanguage" for the own display when another was chosen.
    std::vector<Designation> other_designations() const;
    std::vector<ShownProperty> properties() const;
    /// Status property, or the standards status of the concept; "" when none.
    std::string status() const;
    /// Extensions that go with a concept wherever it is shown (rendering, use in the value set).
    std::vector<ShownExtension> extensions() const;

private:
    std::vector<ShownExtension> all_extensions(bool of_list) const;
    int chosen() const;

    const OperationContext& context_;
    const CodeSystem* system_;
    ConceptIndex at_;
    const ListedConcept* listed_;
    std::vector<std::pair<const CodeSystem*, ConceptIndex>> sources_; ///< the system, then supplements that have the code
    std::vector<Designation> designations_;
};

} // namespace huitong::terminology
