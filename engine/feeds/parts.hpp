/// Messages that come in parts (HL7 v2 continuation): every part is durable and acknowledged by itself, and kept without effect until the
/// last one comes, whose run puts them together. Where a part lies is a fact of the store, so a restart in between loses nothing, and a
/// replay of the last part finds the same parts again. Thread: any worker; parts of one sender share an order key, so they come one after
/// another. The whole is applied under that key too, not under its patient's: a message of the same patient by another way may overtake it.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

constexpr std::string_view kPartFacts = "message-part";          ///< feed, sender, pointer and id → id
constexpr std::string_view kPartUsedFacts = "message-part-used"; ///< id of a part → id of the last part of the message that it became
constexpr std::size_t kPartsMax = 200;
constexpr std::size_t kPartsBytesMax = 64UL * 1024 * 1024;

/// Marks a part as such; puts the parts that end with this message together. Issues: feed-part-missing, feed-parts-max.
void assemble_parts(const interaction::Services& services, const FindMessage& find, Passage& passage);

/// Says in the message's own commit which parts it is made of: no other message takes them.
void add_used_facts(const Passage& passage, store::Commit& commit);

/// Says where the part lies that goes on under `continued_by`.
store::FactWrite part_fact(const StoredMessage& message);

} // namespace huitong::feeds
