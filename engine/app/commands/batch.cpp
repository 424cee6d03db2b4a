#include "app/batch/loop.hpp"
#include "app/commands/commands.hpp"

#include <iostream>

namespace huitong::app::commands {

std::function<int()> make_batch(Verb command) {
    auto root = std::make_shared<std::string>(".");
    auto packages = std::make_shared<std::vector<std::string>>();
    command.add_option("--root", *root, "files are relative to this folder");
    command.add_option("--package", *packages, "FHIR package (tgz or folder) to load");
    return [root, packages] { return batch::run_loop(std::cin, std::cout, *root, *packages); };
}

} // namespace huitong::app::commands
