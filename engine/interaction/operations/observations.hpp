/// What operations over observations share: the search, and reading its results. Internal to the folder.
#pragma once

#include "fhir/json.hpp"
#include "interaction/parts.hpp"

namespace huitong::interaction {

struct FoundResource {
    store::Version version;
    fhir::DocumentPtr document;
    fhir::Element root() const { return document->root(); }
};

/// Everything that a search finds for the caller, at most `count_max`, in the order of `sort`. Issues: those of search,
/// operation-too-many.
Result<std::vector<FoundResource>> find_all(const Services& services, const Request& request, const std::string& type,
                                            std::vector<std::pair<std::string, std::string>> criteria, const std::string& sort,
                                            std::size_t count_max);

/// Whether an observation says something of its patient: not what was entered in error or called off.
bool is_said(fhir::Element observation);

} // namespace huitong::interaction
