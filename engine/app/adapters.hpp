/// The kinds of feeds that are built in; kAdapters[] in adapters.cpp is the list.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

#include <functional>

namespace huitong::app {

/// `answers`: for kinds whose peers ask. Issue: feed-kind-unknown (with the kinds there are).
Result<std::unique_ptr<feeds::Adapter>> make_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                     feeds::Answers* answers = nullptr);

/// A feed that fetches keeps how far it has come in the data directory, unless it is told where.
feeds::FeedSettings with_mark_file(feeds::FeedSettings feed, const std::string& data);

/// A corrected dead letter as the feed would take it now: an hl7v2 feed runs its front check; the others keep what the first one's frame
/// and file said.
feeds::RawMessage corrected_message(const feeds::FeedSettings& feed, const feeds::RawMessage& first, std::string bytes, Instant now);

/// What a program posts to a feed over HTTP, as its adapter would take it: hl7v2 (one message), cda (one document), fhir (a resource, or
/// one a line). Other kinds take none.
std::vector<feeds::RawMessage> posted_messages(const feeds::FeedSettings& feed, std::string body, const Limits& limits, Instant now);

/// Where the messages of a `[[destination]]` leave, and how a message tree becomes their bytes.
struct WayOut {
    std::shared_ptr<feeds::Outlet> outlet;
    std::function<Parsed<std::string>(fhir::Element message)> encode;
};
/// Issue: feed-kind-unknown.
Result<WayOut> make_way_out(const feeds::FeedSettings& destination, const Limits& limits);

} // namespace huitong::app
