/// A document as the entries that it asks to write, whatever its form.
#pragma once

#include "interaction/bundle.hpp"

namespace huitong::exchange {

/// Entries that are written together or not at all.
using EntryGroup = std::vector<interaction::Entry>;

struct ReadDocument {
    fhir::DocumentPtr tree; ///< keeps the entries' resources alive
    std::vector<EntryGroup> groups;
    bool is_transaction = false; ///< one group that must be one commit
    std::size_t resources = 0;
};

/// transaction: one group; batch: a group an entry; collection and searchset: their resources, one group, with ids kept and references
/// among them resolved; any other resource: itself. A resource with an id is PUT, one without is created.
/// Issues: those of read_json and read_entries, load-type (no resource, or a bundle that holds none to load).
Result<ReadDocument> read_document(const interaction::Services& services, std::string text);

} // namespace huitong::exchange
