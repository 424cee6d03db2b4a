#pragma once

#include "app/command.hpp"

namespace huitong::app::commands {

std::function<int()> make_document(Verb command);

} // namespace huitong::app::commands
