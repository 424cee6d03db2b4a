/// The commands of the one binary: `huitong <noun> [verb]`. kCommands[] in commands.cpp is the list; each command has a file of its own in
/// commands/.
#pragma once

#include "app/command_line.hpp"

#include <functional>
#include <string_view>

namespace huitong::app {

/// Exit codes of every command.
enum Exit : int { kOk = 0, kFindings = 1, kUsage = 2, kConfiguration = 3, kRemote = 4, kDataStore = 5, kInterrupted = 130 };

/// Adds the command's options to `command` and returns what runs once they are parsed.
using MakeCommand = std::function<int()> (*)(Verb command);

struct Command {
    std::string_view noun;
    std::string_view summary_en, summary_zh;
    MakeCommand make;
};

/// Parses the command line and runs the command. Catches what libraries throw (the third of the three roots).
int run(int argc, char** argv);

} // namespace huitong::app
