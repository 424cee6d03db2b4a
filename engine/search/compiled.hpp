/// Search parameters of one type, compiled. Internal to the room; built by the Registry, read-only afterwards.
#pragma once

#include "search/compartments.hpp"
#include "search/path.hpp"
#include "search/search.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
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

    const std::vector<Path>& paths() const { return paths_; }

private:
    std::vector<Path> paths_;
    std::vector<fhirpath::Expression> rest_;
};

struct CompiledParameter {
    const fhir::SearchParameterDefinition* definition;
    std::string code;
    std::string rows; ///< name of its own rows: the code, unless it was added at run time
    Selection selection;
    struct Component {
        fhir::SearchType type;
        Selection selection;
    };
    std::vector<Component> components; ///< of a composite
    RowSources sources;
    /// Answered from other rows: none of its own are written, but identifiers of references under its own name when it is narrowed to one
    /// target type.
    bool is_derived() const { return sources.joint || sources.any_of.size() != 1 || sources.any_of[0].param != rows; }
};

/// A parameter by its canonical address: what a composite's components are told by. nullptr: nobody knows it.
using FindDefinition = std::function<const fhir::SearchParameterDefinition*(std::string_view url)>;

/// nullopt: it selects nothing in that type.
std::optional<CompiledParameter> compile_parameter(const FindDefinition& find, const fhir::SearchParameterDefinition& definition,
                                                   std::string_view type);

/// Fills `sources` of every parameter of one type. derive.cpp.
void derive_sources(const fhir::Definitions& definitions, std::string_view type, std::vector<CompiledParameter>& parameters);

struct CompiledType {
    std::vector<CompiledParameter> parameters;
    std::vector<std::string> owner_rows;                     ///< row parameters whose one Patient owns the resource
    std::vector<std::string> timeline_codes, timeline_dates; ///< row parameters of the timeline; no codes: the type has none
    const CompiledParameter* find(std::string_view code) const;
    /// Names of the rows that answer a parameter; none when the type does not have it.
    std::vector<std::string> row_names(std::string_view code) const;
};

/// A parameter that was added at run time, for one type. added.cpp.
struct AddedParameter {
    fhir::DocumentPtr resource; ///< holds the texts of the definition
    fhir::SearchParameterDefinition definition;
    std::string type;
    std::optional<CompiledParameter> compiled;
    std::atomic<bool> is_complete = false;
};

/// The added parameters at one time; never changed, replaced as a whole.
struct AddedSet {
    std::uint32_t generation = 1;
    std::unordered_map<std::string, std::vector<std::shared_ptr<AddedParameter>>> by_type;
    std::span<const std::shared_ptr<AddedParameter>> of_type(std::string_view type) const;
    AddedParameter* find(std::string_view type, std::string_view code) const;
    const fhir::SearchParameterDefinition* find_url(std::string_view url) const;
};

struct Registry::State {
    std::shared_ptr<const fhir::Definitions> definitions;
    int offset_minutes = 480;
    std::string base_url;
    std::unordered_map<std::string_view, CompiledType> by_type;
    fhirpath::EvaluationContext context; ///< without a resource
    std::optional<Compartments> compartments;
    const Clock* clock = nullptr;
    const terminology::Terminology* terminology = nullptr;
    std::atomic<std::shared_ptr<const AddedSet>> added = std::make_shared<const AddedSet>();
    std::mutex adding;
    std::set<std::shared_ptr<AddedParameter>> ever_added; ///< callers may hold the definitions

    void compile(std::string_view type);
    /// By its code or the name of its rows; nullptr when the type has none. `keep` holds it alive.
    const CompiledParameter* find(std::string_view type, std::string_view code, std::shared_ptr<const AddedSet>& keep) const;
};

} // namespace huitong::search
