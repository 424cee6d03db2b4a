/// `huitong feed test`: what files, or what the peer of a feed that fetches has now, would become, without storing anything. The feed's own
/// adapter reads them, the pipeline's own steps run.
#pragma once

#include "app/command.hpp"
#include "app/configuration.hpp"

namespace huitong::app {

/// Prints a line a message and what it would write (`as_json`: one JSON object a line). Without files: one haul of the peer, whose mark
/// stays where it is. Exit: findings when a message would be a dead letter, or when the peer cannot be fetched from.
int rehearse_files(Configuration configuration, const std::string& feed, const std::vector<std::string>& files, bool as_json);

} // namespace huitong::app
