#include "app/commands/commands.hpp"

namespace huitong::app::commands {
namespace {

struct Listed {
    const char *name, *summary;
    MakeCommand make;
};
constexpr Listed kVerbs[] = {
    {"run", "runs a map on a message, a table or a tree and prints what it makes · 运行映射并输出结果", make_map_run},
    {"check", "finds what is wrong in maps before a message comes · 静态检查", make_map_check},
    {"test", "runs cases against the outcome written down · 用例测试", make_map_test},
    {"gaps", "codes in samples that no code map translates · 未对照编码", make_map_gaps},
    {"coverage", "what samples hold and no rule reads; rules nothing fires · 覆盖情况", make_map_coverage},
    {"model", "the model of a table and a sheet to fill in, from its header or DDL · 由表头或 DDL 生成模型与对照表", make_map_model},
    {"sheet", "compiles a mapping sheet to a map · 由对照表生成映射", make_map_sheet},
    {"diff", "what a change of maps does to the outcome of samples · 比较映射改动前后的结果", make_map_diff},
    {"explain", "the words of a finding's rule · 解释规则", make_map_explain},
    {"lsp", "answers an editor: findings, completion, hover, definition, rename · 语言服务器", make_map_lsp},
};

} // namespace

std::function<int()> make_map(Verb command) {
    command.needs_a_verb();
    std::vector<std::pair<Verb, std::function<int()>>> made;
    for (const auto& verb : kVerbs) {
        const auto sub = command.add_verb(verb.name, verb.summary);
        made.emplace_back(sub, verb.make(sub));
    }
    return [made] {
        for (const auto& [sub, action] : made) {
            if (sub.chosen()) return action();
        }
        return static_cast<int>(kUsage);
    };
}

} // namespace huitong::app::commands
