#include "app/command.hpp"

#include "app/commands/commands.hpp"

#include <iostream>

namespace huitong::app {
namespace {

constexpr Command kCommands[] = {
    {"map", "maps: run, check, test", "映射：运行、检查、测试", commands::make_map},
    {"batch", "pure engines as a co-process, JSON lines", "以 JSON 行方式调用各引擎", commands::make_batch},
};

} // namespace

int run(int argc, char** argv) {
    CLI::App program("Huitong (汇通): shared health records and mutual recognition of results", "huitong");
    program.require_subcommand(1);
    program.set_version_flag("--version", "huitong 0.1.0");
    std::vector<std::pair<CLI::App*, std::function<int()>>> made;
    for (const auto& command : kCommands) {
        auto* sub =
            program.add_subcommand(std::string(command.noun), std::string(command.summary_en) + " · " + std::string(command.summary_zh));
        made.emplace_back(sub, command.make(*sub));
    }
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& failure) {
        const int code = program.exit(failure);
        return code == 0 ? kOk : kUsage;
    }
    try {
        for (const auto& [sub, action] : made) {
            if (sub->parsed()) return action();
        }
    } catch (const std::exception& failure) {
        std::cerr << "huitong: internal error: " << failure.what() << "\n";
        return kDataStore;
    }
    return kUsage;
}

} // namespace huitong::app
