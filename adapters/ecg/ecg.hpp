/// Electrocardiogram feeds: HL7 aECG files (*.xml) dropped by a cardiograph or its server, one recording a file.
///
/// Settings: `drop` or `sftp…`, `poll_ms`, `charset`; docs/guides/feeds-ecg.md explains them. Tree: recording.hpp.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::ecg {

std::unique_ptr<feeds::Adapter> make_ecg_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock);

} // namespace huitong::adapters::ecg
