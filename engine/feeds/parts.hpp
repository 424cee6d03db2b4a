/// Messages that come in parts (HL7 v2 continuation): every part is durable and acknowledged by itself, and kept without effect until the
/// last one comes, whose run puts them together. Where a part lies is a fact of the store, so a restart in between loses nothing, and a
/// replay of the last part finds the same parts again. Thread: any worker; parts of one sender share an order key, so they come one after
/// another.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

constexpr std::string_view kPartFacts = "message-part"; ///< feed, sender, pointer and id → id
constexpr std::size_t kPartsMax = 200;
constexpr std::size_t kPartsBytesMax = 64UL * 1024 * 1024;

/// Marks a part as such; puts the parts that end with this message together. Issues: feed-part-missing, feed-parts-max.
void assemble_parts(const interaction::Services& services, const FindMessage& find, Passage& passage);

/// Says where the part lies that goes on under `continued_by`.
store::FactWrite part_fact(const StoredMessage& message);

} // namespace huitong::feeds
