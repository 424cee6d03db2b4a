#include "feeds/parts.hpp"

#include <algorithm>

namespace huitong::feeds {
namespace {

std::string key_of(const RawMessage& message, std::string_view pointer) {
    return message.source + '\n' + message.sender + '\n' + std::string(pointer) + '\n';
}

/// The newest part that broke off under the pointer before message `id`; senders use their pointers again.
Result<StoredMessage> part_before(const interaction::Services& services, const FindMessage& find, const RawMessage& message,
                                  const MessageId& id) {
    const auto key = key_of(message, message.continues);
    auto at = key;
    MessageId found;
    for (;;) {
        constexpr std::size_t kAtOnce = 1'000;
        const auto facts = services.store->facts(std::string(kPartFacts), at, key + id, kAtOnce);
        if (!facts.empty()) found = facts.back().second;
        if (facts.size() < kAtOnce) break;
        at = facts.back().first + '\0';
    }
    if (found.empty() || !find) return Outcome(error(IssueCode::not_found, "MSH-14", "feed-part-missing"));
    return find(found);
}

} // namespace

void add_part_facts(const StoredMessage& message, Instant now, store::Commit& commit) {
    commit.facts.push_back(
        {std::string(kPartFacts), key_of(message.message, message.message.continued_by) + message.id, message.id, false});
    commit.facts.push_back({std::string(kPartWaitingFacts), message.id, std::to_string(now.microseconds), false});
}

std::vector<MessageId> forsaken_parts(store::Store& store, Instant now) {
    constexpr std::size_t kAtOnce = 10'000;
    std::vector<MessageId> out;
    for (const auto& [id, since] : store.facts(std::string(kPartWaitingFacts), "", "~", kAtOnce)) {
        if (std::strtoll(since.c_str(), nullptr, 10) + kPartAgeMax < now.microseconds) out.push_back(id);
    }
    return out;
}

void forget_part(const StoredMessage& message, store::Commit& commit) {
    commit.facts.push_back({std::string(kPartFacts), key_of(message.message, message.message.continued_by) + message.id, {}, true});
    commit.facts.push_back({std::string(kPartWaitingFacts), message.id, {}, true});
}

void add_used_facts(const Passage& passage, store::Commit& commit) {
    for (const auto& part : passage.joined) {
        commit.facts.push_back({std::string(kPartUsedFacts), part, passage.message.id, false});
        commit.facts.push_back({std::string(kPartWaitingFacts), part, {}, true});
    }
}

void assemble_parts(const interaction::Services& services, const FindMessage& find, Passage& passage) {
    const auto& last = passage.message.message;
    passage.is_part = !last.continued_by.empty();
    if (last.front_check.has_errors()) return; // it is buried for that, and uses no part up
    if (passage.is_part || last.continues.empty()) return;
    std::vector<RawMessage> parts{last};
    auto id = passage.message.id;
    std::size_t bytes = last.bytes.size();
    while (!parts.back().continues.empty()) {
        auto before = part_before(services, find, parts.back(), id);
        if (!before) {
            passage.issues.add(before.error());
            return;
        }
        if (parts.back().received_at.microseconds - before->message.received_at.microseconds > kPartAgeMax) {
            passage.issues.add(error(IssueCode::not_found, "MSH-14", "feed-part-missing"));
            return;
        }
        bytes += before->message.bytes.size();
        if (parts.size() == kPartsMax || bytes > kPartsBytesMax) {
            passage.issues.add(
                error(IssueCode::too_costly, "MSH-14", "feed-parts-max", {std::to_string(kPartsMax), std::to_string(kPartsBytesMax)}));
            return;
        }
        id = before->id;
        // Senders use their pointers again: the part of a message that is whole already is not the beginning of another, whose own is
        // missing.
        const auto used = services.store->fact(std::string(kPartUsedFacts), id);
        if (used && *used != passage.message.id) {
            passage.issues.add(error(IssueCode::not_found, "MSH-14", "feed-part-missing"));
            return;
        }
        passage.joined.push_back(id);
        parts.push_back(std::move(before->message));
    }
    std::reverse(parts.begin(), parts.end());
    passage.message.message = passage.feed->adapter->assemble(parts);
}

} // namespace huitong::feeds
