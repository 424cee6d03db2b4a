/// How a snapshot grows: each element of the differential is located in the list, which is unfolded and sliced on the way, and changed.
/// Internal to the room. One builder makes one snapshot.
#pragma once

#include "fhir/definitions.hpp"
#include "fhir/snapshot.hpp"
#include "fhir/snapshot_elements.hpp"

#include <map>
#include <set>

namespace huitong::fhir {

class SnapshotBuilder {
public:
    using Index = SnapshotElements::Index;

    SnapshotBuilder(const Definitions& definitions, Element structure, DifferentialOrder order);

    Outcome build();
    void write(Document& out, NodeIndex snapshot) const;

private:
    /// What the differential says of the slices of one choice.
    struct ChoiceSlices {
        bool shorthand = false;                 ///< the first of them was named "valueQuantity"
        std::size_t said = 0;                   ///< elements about the choice, itself among them
        std::vector<std::string> slices, types; ///< ids and the type of each
        std::string required_type;              ///< type of a slice that must be there
    };

    // snapshot.cpp
    Outcome start();
    void note_place(Index at, std::string_view path);
    Outcome apply(Index at, Element change);
    bool adopt_profile(Index at, Element change);
    Index declare(Index parent, Element change, const std::string& id);
    void note_base(Index at);

    // snapshot_trees.cpp
    /// The StructureDefinition as a tree, read once and kept here; no element when it, or the version asked for, is not known.
    Element tree(std::string_view canonical);
    std::vector<Element> elements_of(Element structure) const;
    bool unfold(Index at);
    bool unfold_reference(Index at, std::string_view reference);
    bool unfold_type(Index at);
    bool unfold_as_outer_slice(Index at);

    // snapshot_walk.cpp
    std::optional<std::string> id_above(std::string_view path) const;
    std::string id_of(Element change);
    std::optional<Index> locate(std::string_view id);
    std::optional<Index> child(Index parent, std::string_view step);
    std::optional<Index> choice_child(Index parent, std::string_view step);
    Index slice(Index sliced, std::string_view name, std::string_view type);
    bool is_only_named(Index at, std::string_view written) const;
    Index name_slice(Index at, std::string_view name);
    void make_slicing(Index at);
    bool is_path_of(Index at, std::string_view written) const;

    // snapshot_choices.cpp
    bool is_said_alone(std::string_view path) const;
    void note_choice(Index at, Element change);
    void finish_choices();
    void finish_choice(Index at, const ChoiceSlices& said);

    // snapshot_checks.cpp
    Outcome check(Index at, Element change);
    Outcome check_min(Index at, Element change, std::uint32_t max) const;
    Outcome check_slicing(Index at, Element change) const;
    bool is_closed_to(std::string_view id) const;
    Outcome check_values(Index at, Element change) const;
    Outcome check_types(Index at, Element change);
    Outcome check_order() const;

    const Definitions& definitions_;
    Element structure_;
    std::vector<Element> differential_;
    std::size_t now_ = 0; ///< index of the element of the differential that is applied
    DifferentialOrder order_;
    bool is_profile_ = false;
    SnapshotElements elements_;
    std::map<std::string, DocumentPtr, std::less<>> read_;     ///< trees by URL
    std::map<std::string, ChoiceSlices, std::less<>> choices_; ///< by the id of the choice
    std::map<std::string, std::string, std::less<>> last_ids_; ///< path → id of the element that was last met there
    std::set<std::string, std::less<>> closed_; ///< ids of what the base closed to further slices; choices by type are not among them
    std::vector<std::string> located_;          ///< id that each element of the differential led to
};

/// Last step of a path or an id.
inline std::string_view last_step(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }
inline bool is_choice(std::string_view path) { return path.ends_with("[x]"); }
/// "value" of "value[x]".
inline std::string_view stem_of(std::string_view choice) { return choice.substr(0, choice.size() - 3); }
/// "Quantity", "String" as they stand behind "value".
bool is_type_suffix(std::string_view suffix, std::string_view type);
/// The code of the type that this suffix names among the types of an element; "" when none is.
std::string_view type_of_suffix(Element element, std::string_view suffix);

} // namespace huitong::fhir
