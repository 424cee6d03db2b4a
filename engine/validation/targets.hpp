/// Where the references of a document lead, each holder of targets read once: a document of thousands of references is checked in one pass.
/// Thread: one check of one resource.
#pragma once

#include "fhir/tree.hpp"

#include <deque>
#include <map>
#include <string>
#include <unordered_map>

namespace huitong::validation {

class Targets {
public:
    /// The resource in the document that a reference from `from` names; no element when it is elsewhere.
    fhir::Element inside(fhir::Element from, std::string_view reference);
    /// The resource of a bundle's entry with that fullUrl.
    fhir::Element with_url(fhir::Element bundle, std::string_view full_url) { return find(entries_of(bundle).by_url, full_url); }
    /// Whether a resource contains one with that id.
    bool contains(fhir::Element holder, std::string_view id) { return static_cast<bool>(find(contained_of(holder), id)); }

private:
    using ByText = std::unordered_map<std::string_view, fhir::Element>;
    using Place = std::pair<const fhir::Document*, fhir::NodeIndex>;
    struct Entries {
        ByText by_url; ///< fullUrl
        ByText by_key; ///< "Type/id"
    };

    static fhir::Element find(const ByText& table, std::string_view text) {
        const auto found = table.find(text);
        return found == table.end() ? fhir::Element() : found->second;
    }
    const ByText& contained_of(fhir::Element holder);
    const Entries& entries_of(fhir::Element bundle);

    std::map<Place, ByText> contained_;
    std::map<Place, Entries> entries_;
    std::deque<std::string> keys_; ///< what the views of by_key look at
};

} // namespace huitong::validation
