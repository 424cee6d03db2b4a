/// The list of ElementDefinitions that a snapshot is made in: trees of one work document, each with its id and path. Internal to the room.
#pragma once

#include "fhir/tree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace huitong::fhir {

class SnapshotElements {
public:
    using Index = std::size_t;

    SnapshotElements();

    /// Copies of `from` are put before `at`, renamed: an id or path that begins with `old_root` begins with `new_id` or `new_path` instead.
    void insert(Index at, const std::vector<Element>& from, std::string_view old_root, std::string_view new_id, std::string_view new_path);
    /// A copy of an element of this list (or of another document) with the texts given. `origin`: what it was before anything changed it.
    Index insert_copy(Index at, Element from, std::string id, std::string path, Element origin = {});
    /// Puts a copy of `from` in the place of an element; id and path stay.
    void replace(Index at, Element from);

    std::size_t size() const { return items_.size(); }
    Element element(Index at) const { return work_->element(items_[at].node); }
    const std::string& id(Index at) const { return items_[at].id; }
    const std::string& path(Index at) const { return items_[at].path; }
    /// As the base or the type has it, without the changes of the differential.
    Element origin(Index at) const { return items_[at].origin; }
    std::optional<Index> find(std::string_view id) const;
    /// Behind the last element below `at`; with its slices when asked for.
    Index end_of(Index at, bool with_slices) const;
    /// What lies below, as the base has it; slices that the differential made are left out.
    std::vector<Element> origins_below(Index at) const;
    void mark_made(Index at) { items_[at].is_made = true; }

    void set_text(Index at, std::string_view name, std::string_view text, ValueKind kind = ValueKind::text);
    void remove(Index at, std::string_view name);
    /// Puts the children `name` of `change` in the place of those that are there.
    void take(Index at, std::string_view name, Element change);
    /// Adds one child.
    void append(Index at, Element child);
    Document& document() { return *work_; }

private:
    struct Item {
        NodeIndex node;
        std::string id, path;
        Element origin;
        bool is_made = false; ///< a slice of the differential, or below one
    };
    DocumentPtr work_;
    std::vector<Item> items_;
};

/// The id of an ElementDefinition; from its path and slice name when it has none.
std::string id_of_element(Element element);
/// Applies an element of a differential to one of the list.
void merge_element(SnapshotElements& elements, SnapshotElements::Index at, Element change);

} // namespace huitong::fhir
