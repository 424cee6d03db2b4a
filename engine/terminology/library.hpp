/// Terminology content by canonical URL and version: what was added, then what the library below knows, then what the definition pack
/// holds, read on first use. Thread: reading is for any thread, also while another adds or reads something for the first time.
#pragma once

#include "terminology/content.hpp"

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace huitong::terminology {

/// Lets maps of strings be asked with views.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

class Library {
public:
    /// `definitions` may be null: only what is added is known then.
    explicit Library(std::shared_ptr<const fhir::Definitions> definitions) : definitions_(std::move(definitions)) {}
    /// A layer over `below` (which must outlive it) for what one request brings along.
    explicit Library(const Library* below) : below_(below) {}

    /// nullptr: unknown. `version` "" (or none behind the bar of the url): the newest; else that version, or the newest that fits a
    /// pattern.
    std::shared_ptr<const CodeSystem> system(std::string_view url, std::string_view version = {}) const;
    std::shared_ptr<const ValueSet> value_set(std::string_view url, std::string_view version = {}) const;
    /// That version of the canonical, else the newest: bindings name the version they were written with, and another is better than none.
    std::shared_ptr<const ValueSet> nearest_value_set(std::string_view canonical) const;
    std::shared_ptr<const ConceptMap> concept_map(std::string_view url, std::string_view version = {}) const;
    /// What a version is known of, oldest first; supplements are no versions of their system.
    std::vector<std::string> system_versions(std::string_view url) const;
    /// A supplement by its own canonical.
    std::shared_ptr<const CodeSystem> supplement(std::string_view canonical) const;
    /// Every map: added ones by url, then those of the pack. Made once for as long as nothing is put or removed.
    using Maps = std::vector<std::shared_ptr<const ConceptMap>>;
    std::shared_ptr<const Maps> concept_maps() const;
    /// Added code systems, by url and version.
    std::vector<std::shared_ptr<const CodeSystem>> added_systems() const;

    /// Replaces one of the same url and version.
    void put(CodeSystem system);
    void put(ValueSet set);
    void put(ConceptMap map);
    /// Takes what was added under that url and version away.
    void remove(std::string_view type, std::string_view url, std::string_view version);
    /// Grows whenever something is put or removed: what was worked out at another number may no longer be true.
    std::uint64_t generation() const { return generation_.load(); }

private:
    template <class T>
    using Versions = std::vector<std::shared_ptr<const T>>; ///< oldest first
    template <class T>
    struct Shelf {
        mutable TextMap<Versions<T>> known;
        TextMap<bool> added; ///< urls that something was added under; the others came from the pack
    };
    template <class T, class Read>
    Versions<T> versions(const Shelf<T>& shelf, std::string_view type, std::string_view url, Read read) const;
    Versions<CodeSystem> all_versions(std::string_view url) const;
    template <class T>
    void keep(Shelf<T>& shelf, T made);
    Maps list_maps() const;

    std::shared_ptr<const fhir::Definitions> definitions_;
    const Library* below_ = nullptr;
    mutable std::shared_mutex mutex_;
    std::atomic<std::uint64_t> generation_{1};
    Shelf<CodeSystem> systems_;
    Shelf<ValueSet> value_sets_;
    Shelf<ConceptMap> maps_;
    mutable std::shared_ptr<const Maps> all_maps_; ///< as they were at these generations, here and below
    mutable std::pair<std::uint64_t, std::uint64_t> all_maps_at_{0, 0};
    TextMap<std::string> all_codes_; ///< CodeSystem.valueSet → system, of added systems
};

} // namespace huitong::terminology
