/// One page of another hub's increment feed, read and checked: a history bundle that begins exactly where it was asked to, in the order of
/// that hub's log, with the position to go on with. Source: FHIR R4 RESTful API, "history"; docs/guides/chaining.md.
#pragma once

#include "fhir/definitions.hpp"
#include "fhir/json.hpp"
#include "store/store.hpp"

namespace huitong::exchange {

/// One version of one resource in the source's words.
struct Change {
    store::Action action = store::Action::update;
    store::ResourceKey key;
    std::uint32_t version = 0;
    store::LogTime position = 0; ///< of the source's log
    std::string updated;         ///< instant as the source wrote it
    std::string owner;           ///< organisation that the source holds the data for, "" = none named
    bool superseded = false;
    fhir::Element resource; ///< no element for a removal
};

struct Page {
    fhir::DocumentPtr document; ///< keeps the changes' resources alive
    std::vector<Change> changes;
    std::string next;          ///< position text to ask with, "seq-120-1f00a2bc"
    store::LogTime until = 0;  ///< number of `next`
    store::LogTime newest = 0; ///< newest position of the source when it answered; at least `until`
};

/// Number of a position text; nullopt: not one.
std::optional<store::LogTime> position_number(std::string_view text);

/// `since` is what was asked. Issues: exchange-page-json (no readable JSON; the reader's issue comes behind it), exchange-page (not such a
/// bundle; where = the place), exchange-gap (begins elsewhere, goes backwards, or its entries are out of order).
Result<Page> read_page(std::string body, std::string_view since, const fhir::Definitions& definitions, const Limits& limits);

} // namespace huitong::exchange
