#include "app/commands/commands.hpp"
#include "app/print.hpp"
#include "recognition/recognition.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

int check(const std::string& directory) {
    const auto read = recognition::Register::load(directory);
    print_issues(read.issues);
    const auto& facts = read.value;
    std::cout << facts.institutions.size() << " institutions, " << facts.certificates.size() << " certificates, " << facts.items.size()
              << " items, " << facts.panels.size() << " panels, " << facts.imaging.size() << " imaging items, " << facts.packs.size()
              << " rule packs; register " << facts.version << "\n";
    return read.issues.has_errors() ? kFindings : kOk;
}

} // namespace

std::function<int()> make_catalogue(CLI::App& command) {
    command.require_subcommand(1);
    auto directory = std::make_shared<std::string>();
    auto* verb = command.add_subcommand("check", "reads the registers and rule packs of a folder and tells what is wrong");
    verb->add_option("directory", *directory, "folder with institutions.csv, eqa.csv, catalogue.csv, panels.csv, packs/")->required();
    return [directory] { return check(*directory); };
}

} // namespace huitong::app::commands
