/// The hubs below of the configuration as exchange wants them.
#pragma once

#include "app/configuration.hpp"
#include "exchange/puller.hpp"

namespace huitong::app {

exchange::Upstream make_upstream(const UpstreamSettings& settings);

} // namespace huitong::app
