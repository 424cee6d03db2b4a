/// `huitong map diff`: what a change of maps does to the outcome of samples.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/line_diff.hpp"
#include "app/map_workbench.hpp"
#include "app/source_files.hpp"
#include "fhir/json.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::string before, after;
    std::vector<std::string> samples;
};

std::string outcome_of(const Workbench& bench, const SourceTree& source) {
    auto run = bench.run;
    run.id_seed = source.seed;
    const auto result = bench.library->run(bench.map, source.document->root(), run);
    return result.output ? fhir::write_json(result.output->root(), {true}) : std::string();
}

int map_diff(const Options& options) {
    auto old_options = options.maps, new_options = options.maps;
    old_options.maps = {options.before};
    new_options.maps = {options.after};
    const auto before = open_workbench(old_options), after = open_workbench(new_options);
    for (const auto* bench : {&before, &after}) {
        write_findings_text(bench->issues, std::cerr);
        if (bench->issues.has_errors()) return kConfiguration;
    }
    std::size_t messages = 0, changed = 0;
    for (const auto& path : options.samples) {
        for (const auto& file : source_files(path)) {
            for (const auto& source : read_source_file(file, options.maps.charset).value) {
                ++messages;
                const auto difference = line_diff(outcome_of(before, source), outcome_of(after, source));
                if (difference.empty()) continue;
                ++changed;
                std::cout << source.name << "\n" << difference;
            }
        }
    }
    std::cout << messages << " messages, " << changed << " with another outcome\n";
    return changed == 0 ? kOk : kFindings;
}

} // namespace

std::function<int()> make_map_diff(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("before", options->before, "folder of maps as they were").required().existing_folder();
    command.add_option("after", options->after, "folder of maps as they are to be").required().existing_folder();
    command.add_option("--on", options->samples, "samples, or folders of them").required();
    command.add_option("--map", options->maps.map, "url of the map").required();
    options->maps.add_to(command);
    return [options] { return map_diff(*options); };
}

} // namespace huitong::app::commands
