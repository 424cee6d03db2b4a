#include "app/commands/commands.hpp"

namespace huitong::app::commands {
namespace {

struct Verb {
    const char *name, *summary;
    MakeCommand make;
};
constexpr Verb kVerbs[] = {
    {"run", "runs a map on a message, a table or a tree and prints what it makes · 运行映射并输出结果", make_map_run},
    {"check", "finds what is wrong in maps before a message comes · 静态检查", make_map_check},
    {"test", "runs cases against the outcome written down · 用例测试", make_map_test},
    {"gaps", "codes in samples that no code map translates · 未对照编码", make_map_gaps},
    {"coverage", "what samples hold and no rule reads; rules nothing fires · 覆盖情况", make_map_coverage},
};

} // namespace

std::function<int()> make_map(CLI::App& command) {
    command.require_subcommand(1);
    std::vector<std::pair<CLI::App*, std::function<int()>>> made;
    for (const auto& verb : kVerbs) {
        auto* sub = command.add_subcommand(verb.name, verb.summary);
        made.emplace_back(sub, verb.make(*sub));
    }
    return [made] {
        for (const auto& [sub, action] : made) {
            if (sub->parsed()) return action();
        }
        return static_cast<int>(kUsage);
    };
}

} // namespace huitong::app::commands
