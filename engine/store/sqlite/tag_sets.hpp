/// Sets of tags: most resources of a type share their profile, status, category and code with very many others. What a version has of
/// such values is one row (set, version) instead of one for each value; rare values (identifiers) have rows of their own in `val`.
/// A set is a set of (parameter, term) of one type, made when it is first seen and kept until its last version is expunged; all sets are in
/// memory, with bounds that grow slowly with the type, so that values that hardly repeat stay out. Every version that is no deletion has
/// exactly one set. Thread: reads from any; `take`, `load` and `save` by the writer's thread.
#pragma once

#include "store/sqlite/terms.hpp"

#include <map>
#include <span>

namespace huitong::store {

using SetId = std::int64_t;

struct Tag {
    Symbol p = 0; ///< type and parameter
    TermId term = 0;
    auto operator<=>(const Tag&) const = default;
};

class TagSets {
public:
    /// After opening and after a rollback.
    void load(Connection& connection);
    /// Sets that hold the tag.
    std::vector<SetId> with(Tag tag) const;
    /// Sets that hold a tag of the parameter, with its term; a set comes once for each.
    std::vector<std::pair<SetId, TermId>> of_parameter(Symbol p) const;
    std::vector<SetId> of_type(Symbol type) const;
    /// Versions of the type that are no deletions, replaced ones too.
    std::uint64_t versions(Symbol type) const;

    /// The set of a new version with these tags (sorted, each once); those that the set does not hold stay in `tags`.
    SetId take(Connection& writer, Symbol type, std::vector<Tag>& tags);
    /// Forgets the set when no version is in it any more, and gives the tags that it had; else nothing.
    std::vector<Tag> drop_if_empty(Connection& writer, Symbol type, SetId set);
    /// So many versions of the type were expunged.
    void leave(Symbol type, std::uint64_t versions);
    /// Whether a set holds the term, whatever its parameter.
    bool has_term(TermId term) const;
    /// Writes the counters that moved; call before the end of the transaction.
    void save(Connection& writer);

private:
    struct OfType {
        std::map<std::vector<Tag>, SetId> sets;
        std::uint64_t versions = 0;
        bool is_moved = false;
    };
    bool is_welcome(const OfType& type, Tag tag) const;
    void remember(Symbol type, SetId id, std::vector<Tag> tags);
    SetId make(Connection& writer, Symbol type, const std::vector<Tag>& tags);

    mutable std::shared_mutex mutex_;
    std::map<Symbol, OfType> types_;
    std::map<Symbol, std::map<TermId, std::vector<SetId>>> by_parameter_;
    SetId next_ = 1;
};

} // namespace huitong::store
