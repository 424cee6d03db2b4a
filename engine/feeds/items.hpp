/// Several things under one number: items of an order, drugs of a prescription, vaccines, results of one item at several times.
///
/// One message tells them apart: the first is filed under the number, the others under `<number>.<what>` (fhir-profiles/shared-record.md).
/// A later message may name one of them alone, or none. Which is meant only the record knows: the map names the other number that the
/// thing could have at the request of its entry, in an extension `item-number` whose text is
///   `known T1.B`   where the record has the thing (by its code) under that number and not under the entry's, that one is meant,
///   `new T1.B`     the same; and where the entry's number holds another thing, this one is new: it is filed under that number,
///   `rather T1.B`  where the record has one under that number, that one is meant, whatever the entry's number holds,
///   `all`          the message speaks of every thing of the number: each that is there is written too.
/// Those beside the first carry the number of the first as an identifier of the system `<system>-items`; by it they are found.
/// Thread: any worker. Source: HL7 v2.5.1, §4.5.1 (ORC-2: one placer number, several OBR or RXE).
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// Between `merges` and `resolve`: the entries of the mapped bundle name the things that are meant. Issues: those of a lookup; a withdrawal
/// of a drug that came as a general order (`feed-other-thing`).
void address_items(const interaction::Services& services, Passage& passage);

} // namespace huitong::feeds
