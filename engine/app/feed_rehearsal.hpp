/// `huitong feed test`: what files would become, without storing anything. The feed's own adapter reads them, the pipeline's own steps run.
#pragma once

#include "app/command.hpp"
#include "app/configuration.hpp"

namespace huitong::app {

/// Prints a line a message and what it would write (`as_json`: one JSON object a line). Exit: findings when a message would be a dead
/// letter.
int rehearse_files(Configuration configuration, const std::string& feed, const std::vector<std::string>& files, bool as_json);

} // namespace huitong::app
