/// `huitong map run`: a map on samples, without a feed and without a store.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "app/source_files.hpp"
#include "fhir/json.hpp"
#include "mapping/written.hpp"

#include <chrono>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::vector<std::string> inputs;
    bool tree = false, gaps = false, trace = false;
    std::uint32_t repeat = 0;
};

/// One line a value: where it went, what it is, which rule wrote it, and the bytes of the source that it comes from.
void print_trace(const mapping::RunResult& result, std::string_view source) {
    mapping::visit_written(result.lineage, result.output->root(), std::string(result.output->root().type()), [&](const auto& written) {
        const auto& record = written.record;
        std::cout << written.path << " = " << written.element.value() << "\n    " << record.map.substr(record.map.rfind('/') + 1)
                  << " line " << record.line << ", " << record.group << (record.rule.empty() ? "" : ".") << record.rule;
        if (record.source.end > record.source.begin && record.source.end <= source.size())
            std::cout << "  <-  bytes " << record.source.begin << "-" << record.source.end << "  "
                      << source.substr(record.source.begin, record.source.end - record.source.begin);
        std::cout << "\n";
    });
}

/// Reads and maps every sample again and again on one thread; says how many messages a second that is.
int measure(const Options& options, Workbench& bench) {
    std::uint64_t messages = 0;
    const auto start = std::chrono::steady_clock::now();
    for (std::uint32_t round = 0; round < options.repeat; ++round) {
        for (const auto& input : options.inputs) {
            for (const auto& source : read_source_file(input, options.maps.charset).value) {
                bench.run.id_seed = source.seed;
                const auto result = bench.library->run(bench.map, source.document->root(), bench.run);
                if (result.output) messages += fhir::write_json(result.output->root()).empty() ? 0 : 1;
            }
        }
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::cout << messages << " messages in " << seconds.count() << " s: " << static_cast<std::uint64_t>(messages / seconds.count())
              << " a second on one thread\n";
    return kOk;
}

int map_run(const Options& options) {
    auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    if (options.repeat > 0) return measure(options, bench);
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
            if (result.output && options.trace) print_trace(result, source.document->text());
            else if (result.output) std::cout << fhir::write_json(result.output->root(), {true}) << "\n";
        }
    }
    return exit;
}

} // namespace

std::function<int()> make_map_run(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--map", options->maps.map, "url of a map, or a file");
    command.add_option("--input", options->inputs, "*.hl7, *.csv, *.json, *.ndjson").required();
    command.add_flag("--tree", options->tree, "prints the source tree that the map would see, and runs nothing");
    command.add_flag("--gaps", options->gaps, "lists the codes that no map translates on stderr");
    command.add_flag("--trace", options->trace, "prints where each value of the outcome comes from, instead of the outcome");
    command.add_option("--repeat", options->repeat, "reads, maps and writes everything so many times and prints the speed");
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
