/// Messages that come in parts (HL7 v2 continuation): every part is durable and acknowledged by itself, and kept without effect until the
/// last one comes, whose run puts them together. Where a part lies is a fact of the store, so a restart in between loses nothing, and a
/// replay of the last part finds the same parts again. Thread: any worker; parts of one sender share an order key, so they come one after
/// another. The whole is applied under that key too, not under its patient's: a message of the same patient by another way may overtake it.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

constexpr std::string_view kPartFacts = "message-part";          ///< feed, sender, pointer and id → id
constexpr std::string_view kPartUsedFacts = "message-part-used"; ///< id of a part → id of the last part of the message that it became
constexpr std::string_view kPartWaitingFacts = "message-part-waiting"; ///< id of a part that nothing used yet → when it was kept
constexpr std::size_t kPartsMax = 200;
/// A part waits so long for the rest. What comes later under its pointer goes on from another, and it becomes a dead letter.
constexpr std::int64_t kPartAgeMax = 24 * 3'600 * kMicrosecondsPerSecond;
constexpr std::size_t kPartsBytesMax = 64UL * 1024 * 1024;

/// Marks a part as such; puts the parts that end with this message together. Issues: feed-part-missing, feed-parts-max.
void assemble_parts(const interaction::Services& services, const FindMessage& find, Passage& passage);

/// Says in the message's own commit which parts it is made of: no other message takes them.
void add_used_facts(const Passage& passage, store::Commit& commit);

/// Says where the part lies that goes on under `continued_by`, and that it waits since `now`.
void add_part_facts(const StoredMessage& message, Instant now, store::Commit& commit);

/// Parts that have waited too long, oldest first.
std::vector<MessageId> forsaken_parts(store::Store& store, Instant now);
/// No later message finds the part any more.
void forget_part(const StoredMessage& message, store::Commit& commit);

} // namespace huitong::feeds
