/// The FHIR definitions in memory: structures (types, resources, profiles, logical models), search parameters, code systems and value sets.
///
/// The R4 core comes from a pack that the build compiles once from the npm-hosted package and the program maps into memory (strings stay in
/// the map; light records are built at load, ≤ 300 ms for everything). Further structures (profiles, logical models of v2 or rows) are
/// added at run time. Thread: adding is for one thread at start (or on a copy that is swapped in); reading is for any.
#pragma once

#include "base/outcome.hpp"
#include "fhir/tree.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::fhir {

constexpr std::uint32_t kUnbounded = 0xFFFFFFFF;

struct TypeReference {
    std::string_view code; ///< "CodeableConcept", "Reference", "http://hl7.org/fhirpath/System.String" is given as "System.String"
    std::vector<std::string_view> profiles;        ///< canonical URLs
    std::vector<std::string_view> target_profiles; ///< canonical URLs, for Reference and canonical
};

enum class BindingStrength : std::uint8_t { none, required, extensible, preferred, example };

struct Constraint {
    std::string_view key, human, expression;
    bool is_error = true; ///< severity error; else warning
};

struct Slicing {
    struct Discriminator {
        std::string_view type, path;
    };
    std::vector<Discriminator> discriminators;
    std::string_view rules; ///< closed | open | openAtEnd; "" when the element is not sliced
    bool ordered = false;
};

/// One element of a snapshot. `children` are indexes into StructureDefinition::elements; slices follow their sliced element as siblings.
struct ElementDefinition {
    std::string_view id, path, name; ///< name: last step of the path, "value[x]" for a choice
    std::string_view slice_name;     ///< "" when this is no slice
    std::uint32_t min = 0;
    std::uint32_t max = 1;              ///< kUnbounded for "*"
    std::uint32_t base_max = 1;         ///< max in the base type: > 1 means an array in JSON
    std::vector<TypeReference> types;   ///< several: a choice
    std::string_view content_reference; ///< path of the element whose children are used ("Bundle.link"), or ""
    BindingStrength binding = BindingStrength::none;
    std::string_view value_set; ///< canonical, with |version when given
    std::vector<Constraint> constraints;
    std::string_view fixed, pattern; ///< JSON text of the value, "" when absent
    std::string_view fixed_type;     ///< type suffix of fixed[x]/pattern[x], e.g. "CodeableConcept"
    std::string_view max_length;
    std::string_view short_text; ///< ElementDefinition.short
    Slicing slicing;
    bool is_modifier = false, is_summary = false, must_support = false;
    bool is_choice = false;     ///< path ends in [x]
    bool xml_attribute = false; ///< representation contains xmlAttr
    std::uint32_t parent = 0;   ///< index; the root points at itself
    std::vector<std::uint32_t> children;
};

enum class StructureKind : std::uint8_t { primitive, complex, resource, logical };

struct StructureDefinition {
    std::string_view url, version, name, type, base; ///< base: canonical URL of the base definition
    StructureKind kind = StructureKind::complex;
    bool abstract = false;
    bool is_profile = false;                 ///< derivation = constraint
    std::vector<ElementDefinition> elements; ///< snapshot in order; [0] is the root
    const ElementDefinition& root() const { return elements.front(); }
};

enum class SearchType : std::uint8_t { number, date, string, token, reference, composite, quantity, uri, special };

struct SearchParameterDefinition {
    std::string_view url, code, expression;
    SearchType type = SearchType::token;
    std::vector<std::string_view> bases;
    std::vector<std::string_view> targets; ///< for references
    struct Component {
        std::string_view definition, expression;
    };
    std::vector<Component> components;
    std::vector<std::string_view> comparators, modifiers, chains;
};

/// An element together with what defines it: where every engine walks. `definition` may be null for unknown elements.
struct TypedName {
    const StructureDefinition* structure = nullptr;
    const ElementDefinition* element =
        nullptr;           ///< element of `structure` whose children are next (after following type or contentReference)
    std::string_view type; ///< type code of the value: "HumanName", "code", "Patient", "BackboneElement" …
    const ElementDefinition* declared = nullptr; ///< the element as declared in its parent (cardinality, binding, fixed …)
    bool is_array = false;                       ///< may repeat in the base definition
};

class Definitions {
public:
    Definitions();
    ~Definitions();
    Definitions(const Definitions&) = delete;
    Definitions& operator=(const Definitions&) = delete;

    /// Maps a pack file. Issues of the Result: pack-missing, pack-damaged, pack-version.
    static Result<std::shared_ptr<Definitions>> load_pack(const std::string& file);
    /// Finds the pack: $HUITONG_PACK, else "r4.pack" beside the program, else ../share/huitong/r4.pack.
    static std::string default_pack_file();

    /// Type or resource by its name ("Patient", "string"); core only unless a logical model of that name was added.
    const StructureDefinition* find_type(std::string_view name) const;
    /// Any structure by canonical URL ("…|version" accepted).
    const StructureDefinition* find_structure(std::string_view canonical) const;
    bool is_resource_type(std::string_view name) const;
    /// Concrete resource types, sorted.
    std::span<const std::string_view> resource_types() const;
    /// True when `type` is `ancestor` or derives from it ("Patient" is a "DomainResource", "Age" is a "Quantity", "code" is a "string").
    bool is_a(std::string_view type, std::string_view ancestor) const;

    /// Root of a type, as a starting point for `child`.
    TypedName type_root(std::string_view type) const;
    /// The definition of child `name` ("birthDate", "valueQuantity", also "value" for the choice itself) below `parent`; declared ==
    /// nullptr when unknown. For a choice written with its suffix, `type` is the chosen type.
    TypedName child(const TypedName& parent, std::string_view name) const;

    std::span<const SearchParameterDefinition> search_parameters() const;
    /// Those whose base is `type`, Resource or DomainResource; sorted by code.
    std::vector<const SearchParameterDefinition*> search_parameters_of(std::string_view type) const;
    const SearchParameterDefinition* find_search_parameter(std::string_view type, std::string_view code) const;
    const SearchParameterDefinition* find_search_parameter(std::string_view url) const;

    /// JSON text of a conformance resource of the pack (ValueSet, CodeSystem, ConceptMap, StructureDefinition, SearchParameter,
    /// OperationDefinition, CompartmentDefinition) by canonical URL; "" when absent. The text lives as long as the Definitions.
    std::string_view resource_json(std::string_view type, std::string_view canonical) const;
    /// URLs of all conformance resources of that type in the pack.
    std::vector<std::string_view> resource_urls(std::string_view type) const;

    /// Adds a StructureDefinition (profile, extension, logical model) at run time; replaces one of the same URL. One that has only a
    /// differential gets its snapshot from its base, which must be known already. Issues: structure-no-snapshot, structure-invalid,
    /// structure-base-unknown, structure-differential.
    Outcome add_structure(Element structure_definition);
    Outcome add_search_parameter(Element search_parameter);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace huitong::fhir
