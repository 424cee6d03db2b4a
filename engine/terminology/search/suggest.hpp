/// Targets for local codes that no map covers, ranked, each with its reasons, for a person who decides. Nothing is mapped by this.
#pragma once

#include "terminology/search/name_index.hpp"

namespace huitong::terminology {

struct Suggestion {
    ConceptIndex at = kNoConcept;
    double score = 0;                 ///< 0…1
    std::vector<std::string> reasons; ///< "same name", "2 of 3 pieces", "same initials" …
};

/// The best `count` of the system for a local code and its name. A score below 0.3 is not worth a look and is left out.
std::vector<Suggestion> suggest(const NameIndex& index, std::string_view code, std::string_view name, std::size_t count);

} // namespace huitong::terminology
