/// V3 feeds: the services of the national interoperability assessment over SOAP 1.1 and 1.2 on a port of the feed's own.
/// Settings: `listen` = host:port, `charset`, `device` (our end's number), `ack` = stored | applied, `ack_wait_ms`, `language` = zh | en,
/// `answer_map`. The tree is read_message's.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::v3 {

std::unique_ptr<feeds::Adapter> make_v3_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                feeds::Answers* answers);

} // namespace huitong::adapters::v3
