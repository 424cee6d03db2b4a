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
    /// They are one batch: what one structure says of a part. Returns the index behind them.
    Index insert(Index at, const std::vector<Element>& from, std::string_view old_root, std::string_view new_id, std::string_view new_path);
    /// A copy of an element of this list (or of another document) with the texts given. `origin`: what it was before anything changed it.
    Index insert_copy(Index at, Element from, std::string id, std::string path, Element origin = {});
    /// What lies below `from` in its own batch, as it was before any change, is copied below `to`, a slice of it. False: nothing lies
    /// there.
    bool copy_below(Index from, Index to);
    /// Gives an element another id, and what lies below it.
    void rename(Index at, const std::string& id);
    /// Puts a copy of `from` in the place of an element; id and path stay.
    void replace(Index at, Element from);

    std::size_t size() const { return items_.size(); }
    Element element(Index at) const { return work_->element(items_[at].node); }
    const std::string& id(Index at) const { return items_[at].id; }
    const std::string& path(Index at) const { return items_[at].path; }
    /// As the base or the type has it, without the changes of the differential.
    Element origin(Index at) const { return items_[at].origin; }
    /// True below a slice, as far as its children stand in the same structure as the slice.
    bool is_below_slice(Index at) const { return items_[at].below_slice; }
    std::optional<Index> find(std::string_view id) const;
    /// Behind the last element below `at`; with its slices when asked for.
    Index end_of(Index at, bool with_slices) const;

    void set_text(Index at, std::string_view name, std::string_view text, ValueKind kind = ValueKind::text);
    void remove(Index at, std::string_view name);
    /// Puts the children `name` of `change` in the place of those that are there.
    void take(Index at, std::string_view name, Element change);
    /// Adds one child.
    void append(Index at, Element child);
    /// Only the types with these codes stay.
    void keep_types(Index at, const std::vector<std::string>& codes);
    Document& document() { return *work_; }

private:
    struct Item {
        NodeIndex node;
        std::string id, path;
        Element origin;
        std::size_t batch = 0; ///< 0: the base; a slice that the differential made is a batch of its own
        bool below_slice = false;
    };
    DocumentPtr work_;
    std::vector<Item> items_;
    std::size_t batches_ = 0;
};

/// The id of an ElementDefinition; from its path and slice name when it has none.
std::string id_of_element(Element element);
/// Applies an element of a differential to one of the list.
void merge_element(SnapshotElements& elements, SnapshotElements::Index at, Element change);

} // namespace huitong::fhir
