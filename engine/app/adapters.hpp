/// The kinds of feeds that are built in; kAdapters[] in adapters.cpp is the list.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::app {

/// Issue: feed-kind-unknown (with the kinds there are).
Result<std::unique_ptr<feeds::Adapter>> make_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock);

} // namespace huitong::app
