/// Message structures as data: which segments open, join and close which groups. A message type without a structure is flat.
/// Thread: any; pure. Source: HL7 v2.5.1, §3.3 (ADT), §4.4 (orders of all kinds), §4A.3
/// (pharmacy, vaccination), §7.3.1 (ORU_R01), reduced to the groups that the maps read.
#pragma once

#include "adapters/hl7v2/syntax.hpp"

namespace huitong::adapters::hl7v2 {

/// One group as it occurs: group 0 is the message itself.
struct GroupInstance {
    std::string_view name;
    std::uint32_t parent = 0; ///< index of a GroupInstance before this one
};

/// Where every segment of a message stands; `group_of[i]` is the group of segment i. Groups are in the order of their first segment.
struct Arrangement {
    std::vector<GroupInstance> groups;
    std::vector<std::uint32_t> group_of;
};

/// `type` and `event` are MSH-9.1 and MSH-9.2. Unknown segments and Z-segments stay in the group that is open.
/// Issues: v2-segment-sequence (a known segment where it cannot stand; it is placed all the same), v2-observation-after-specimen (warning).
Parsed<Arrangement> arrange(const Message& message, std::string_view type, std::string_view event);

} // namespace huitong::adapters::hl7v2
