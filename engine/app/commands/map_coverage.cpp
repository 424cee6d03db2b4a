/// `huitong map coverage`: what is in the samples and no rule reads, and which rules nothing fires.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "app/source_files.hpp"

#include <iostream>
#include <map>
#include <set>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::vector<std::string> paths;
};

std::string rule_text(const mapping::RuleRecord& rule) {
    return rule.map + " " + rule.group + (rule.rule.empty() ? "" : "." + rule.rule) + " line " + std::to_string(rule.line);
}

int map_coverage(const Options& options) {
    auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    bench.run.coverage = true;
    std::map<std::string, std::size_t> unread;
    std::set<std::string> fired;
    std::size_t messages = 0;
    for (const auto& path : options.paths) {
        for (const auto& file : source_files(path)) {
            for (const auto& source : read_source_file(file, options.maps.charset).value) {
                const auto result = bench.library->run(bench.map, source.document->root(), bench.run);
                ++messages;
                for (const auto& one : result.unread_paths) ++unread[one];
                for (const auto& rule : result.fired) fired.insert(rule_text(rule));
            }
        }
    }
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const auto& [name, count] : unread) ranked.emplace_back(count, name);
    std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    std::cout << "never read, in " << messages << " messages:\n";
    for (const auto& [count, name] : ranked) std::cout << "  " << count << "\t" << name << "\n";
    const auto rules = bench.library->rules(bench.map);
    std::size_t idle = 0;
    std::cout << "rules that nothing fired:\n";
    for (const auto& rule : rules) {
        if (fired.contains(rule_text(rule))) continue;
        ++idle;
        std::cout << "  " << rule_text(rule) << "\n";
    }
    std::cout << ranked.size() << " elements never read, " << rules.size() - idle << " of " << rules.size() << " rules fired\n";
    return kOk;
}

} // namespace

std::function<int()> make_map_coverage(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("paths", options->paths, "samples, or folders of them").required();
    command.add_option("--map", options->maps.map, "url of a map, or a file").required();
    options->maps.add_to(command);
    return [options] { return map_coverage(*options); };
}

} // namespace huitong::app::commands
