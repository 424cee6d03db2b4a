/// `huitong map run`: a map on samples, without a feed and without a store.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "app/source_files.hpp"
#include "fhir/json.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::vector<std::string> inputs;
    bool tree = false, gaps = false;
};

int map_run(const Options& options) {
    auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    int exit = kOk;
    for (const auto& input : options.inputs) {
        auto sources = read_source_file(input, options.maps.charset);
        write_findings_text(sources.issues, std::cerr);
        if (sources.issues.has_errors()) exit = kFindings;
        for (const auto& source : sources.value) {
            if (options.tree) {
                std::cout << fhir::write_json(source.document->root(), {true}) << "\n";
                continue;
            }
            bench.run.id_seed = source.seed;
            const auto result = bench.library->run(bench.map, source.document->root(), bench.run);
            if (options.inputs.size() + sources.value.size() > 2) std::cerr << source.name << "\n";
            write_findings_text(result.issues, std::cerr);
            for (const auto& gap : result.gaps) {
                if (options.gaps) std::cerr << "gap " << gap.system << "|" << gap.code << " " << gap.display << "  " << gap.map_url << "\n";
            }
            if (result.issues.has_errors()) exit = kFindings;
            if (result.output) std::cout << fhir::write_json(result.output->root(), {true}) << "\n";
        }
    }
    return exit;
}

} // namespace

std::function<int()> make_map_run(CLI::App& command) {
    auto options = std::make_shared<Options>();
    command.add_option("--map", options->maps.map, "url of a map, or a file");
    command.add_option("--input", options->inputs, "*.hl7, *.csv, *.json, *.ndjson")->required();
    command.add_flag("--tree", options->tree, "prints the source tree that the map would see, and runs nothing");
    command.add_flag("--gaps", options->gaps, "lists the codes that no map translates on stderr");
    options->maps.add_to(command);
    return [options] {
        if (options->maps.map.empty() && !options->tree) {
            std::cerr << "--map is required\n";
            return static_cast<int>(kUsage);
        }
        return map_run(*options);
    };
}

} // namespace huitong::app::commands
