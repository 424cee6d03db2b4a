/// FHIR feeds: resources and bundles (*.json) and NDJSON (*.ndjson, one resource a line), dropped into a folder. What is pushed over REST
/// comes in through the same decoding. Settings: `drop` = folder, `poll_ms`. The tree is the resource itself, as the FHIR reader gives it.
/// Source: FHIR R4, JSON representation; Bulk Data Access (NDJSON).
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::fhir {

std::unique_ptr<feeds::Adapter> make_fhir_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock);

} // namespace huitong::adapters::fhir
