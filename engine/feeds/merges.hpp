/// Merges of records inside one message (HL7 A40 and its kin): what may be merged, and chains of them.
/// Source: HL7 v2.5.1, §3.3.40 and §3.6.2 (merging). Thread: any worker.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// A record that replaces another and is itself replaced in the same message (P4 into P3, P3 into P2) comes out of a map as two entries:
/// it becomes one, closed, that points both ways.
void join_chained_merges(fhir::Document& bundle);

/// A record that is merged into another must be there, must be of the same institution, and must not be that other, nor be led back to
/// itself: else a wrong number would close nothing without a word, or a patient. Feeds that start in the middle of a hospital's life set
/// `merge_unknown = "accept"`. Issues: feed-merge-self, feed-merge-foreign, feed-merge-unknown, those of a lookup.
void check_merges(const interaction::Services& services, Passage& passage);

} // namespace huitong::feeds
