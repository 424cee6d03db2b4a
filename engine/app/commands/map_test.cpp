/// `huitong map test`: cases of maps against the outcome that was written down.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/line_diff.hpp"
#include "app/map_case.hpp"
#include "app/source_files.hpp"
#include "app/watch.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::string folder, format = "text";
    bool update = false, watches = false;
};

/// The JSON in one layout, so that only what it says is compared.
std::string normal_json(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return {};
    const auto parsed = fhir::read_json(std::string(std::istreambuf_iterator<char>(in), {}));
    return parsed.issues.has_errors() ? std::string() : fhir::write_json(parsed.value->root(), {true});
}

void add_errors(const Outcome& issues, std::vector<std::string>& failures) {
    for (const auto& issue : issues.issues()) {
        if (issue.severity != Severity::error && issue.severity != Severity::fatal) continue;
        auto text = issue.where + ": " + text_of(issue, language_of_environment()) + " [" + issue.rule + "]";
        if (issue.position) text = issue.position->file + ":" + std::to_string(issue.position->line) + ": " + text;
        failures.push_back(std::move(text));
    }
}

/// Out of `out.json` for the first message of the input, `out.2.json` for the second …
std::vector<std::string> run_case(const MapCase& one, const Workbench& bench, bool update) {
    std::vector<std::string> failures;
    const auto sources = read_source_file(one.input, one.charset);
    add_errors(sources.issues, failures);
    std::size_t number = 0;
    for (const auto& source : sources.value) {
        auto options = one.run;
        options.id_seed = source.seed;
        const auto result = bench.library->run(one.map, source.document->root(), options);
        add_errors(result.issues, failures);
        const auto made = result.output ? fhir::write_json(result.output->root(), {true}) : std::string();
        const auto file = one.folder + "/out" + (++number == 1 ? "" : "." + std::to_string(number)) + ".json";
        if (update) std::ofstream(file, std::ios::binary) << made << "\n";
        else if (const auto difference = line_diff(normal_json(file), made); !difference.empty())
            failures.push_back(file + ":\n" + difference);
    }
    if (sources.value.empty()) failures.push_back(one.input + ": no message");
    return failures;
}

int map_test(const Options& options) {
    const auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    const auto cases = find_map_cases(options.folder, options.maps, bench.run);
    write_findings_text(cases.issues, std::cerr);
    if (cases.issues.has_errors()) return kConfiguration;
    std::vector<JUnitCase> report;
    std::size_t failed = 0;
    for (const auto& one : cases.value) {
        report.push_back({one.map, one.name, run_case(one, bench, options.update)});
        if (report.back().failures.empty()) continue;
        ++failed;
        if (options.format != "text") continue;
        std::cout << "FAILED " << one.name << "\n";
        for (const auto& failure : report.back().failures) std::cout << failure << "\n";
    }
    if (options.format == "junit") write_junit("huitong map test", report, std::cout);
    else std::cout << cases.value.size() << " cases, " << failed << " failed" << (options.update ? ", outcomes written" : "") << "\n";
    return failed == 0 ? kOk : kFindings;
}

} // namespace

std::function<int()> make_map_test(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("folder", options->folder, "folder of cases: <case>/in.*, <case>/out.json, case.toml").required();
    command.add_option("--map", options->maps.map, "map of the cases whose case.toml names none");
    command.add_option("--format", options->format, "text or junit").one_of({"text", "junit"});
    command.add_flag("--update", options->update, "writes the outcomes anew: read the difference before you keep it");
    command.add_flag("--watch", options->watches, "again after every change of a file, until interrupted");
    options->maps.add_to(command);
    return [options] {
        auto paths = options->maps.files();
        paths.push_back(options->folder);
        return watch(paths, !options->watches, [options] { return map_test(*options); });
    };
}

} // namespace huitong::app::commands
