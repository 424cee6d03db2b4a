/// Terminology content by canonical URL: what was added first, else what the definition pack holds, read on first use.
/// Thread: reading is for any thread, also while another reads something for the first time.
#pragma once

#include "terminology/content.hpp"

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

    /// nullptr: unknown. A "|version" in the url is passed over: one version of each is held.
    std::shared_ptr<const CodeSystem> system(std::string_view url) const;
    std::shared_ptr<const ValueSet> value_set(std::string_view url) const;
    std::shared_ptr<const ConceptMap> concept_map(std::string_view url) const;
    /// Every map: added ones by url, then those of the pack.
    std::vector<std::shared_ptr<const ConceptMap>> concept_maps() const;

    void put(CodeSystem system);
    void put(ValueSet set);
    void put(ConceptMap map);

private:
    template <class T, class Read>
    std::shared_ptr<const T> find_or_read(TextMap<std::shared_ptr<const T>>& known, std::string_view type, std::string_view url,
                                          Read read) const;

    std::shared_ptr<const fhir::Definitions> definitions_;
    mutable std::shared_mutex mutex_;
    mutable TextMap<std::shared_ptr<const CodeSystem>> systems_; ///< null: looked for and not there
    mutable TextMap<std::shared_ptr<const ValueSet>> value_sets_;
    mutable TextMap<std::shared_ptr<const ConceptMap>> maps_;
    TextMap<std::string> all_codes_; ///< CodeSystem.valueSet → system, of added systems
    std::set<std::string, std::less<>> added_maps_;
};

} // namespace huitong::terminology
