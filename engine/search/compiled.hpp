/// Search parameters of one type, compiled. Internal to the room; built by the Registry, read-only afterwards.
#pragma once

#include "search/path.hpp"
#include "search/search.hpp"

#include <unordered_map>

namespace huitong::search {

/// What an expression selects in one type: plain paths, and the branches that are none by FHIRPath.
class Selection {
public:
    /// Of the whole expression only the branches that can select in `type` are compiled.
    Selection(std::string_view expression, std::string_view type);
    bool is_empty() const { return paths_.empty() && rest_.empty(); }
    /// Items in the order of the branches, plain paths first. What cannot be evaluated selects nothing.
    void select(const fhirpath::EvaluationContext& context, const fhirpath::Item& from, fhirpath::Collection& out) const;

private:
    std::vector<Path> paths_;
    std::vector<fhirpath::Expression> rest_;
};

struct CompiledParameter {
    const fhir::SearchParameterDefinition* definition;
    std::string code;
    Selection selection;
    struct Component {
        fhir::SearchType type;
        Selection selection;
    };
    std::vector<Component> components; ///< of a composite
};

struct Registry::State {
    std::shared_ptr<const fhir::Definitions> definitions;
    int offset_minutes = 480;
    std::string base_url;
    std::unordered_map<std::string_view, std::vector<CompiledParameter>> by_type;
    fhirpath::EvaluationContext context; ///< without a resource

    void compile(std::string_view type);
};

} // namespace huitong::search
