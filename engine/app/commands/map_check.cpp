/// `huitong map check` and `huitong check`: the static check of maps.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "app/watch.hpp"

#include <filesystem>
#include <iostream>
#include <set>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::vector<std::string> paths;
    std::string format = "text";
    bool watches = false;
};

int map_check(Options options) {
    namespace fs = std::filesystem;
    std::vector<std::string> files;
    std::error_code failure;
    for (const auto& path : options.paths) {
        if (fs::is_directory(path, failure)) options.maps.maps.push_back(path);
        else files.push_back(path);
    }
    auto bench = open_workbench(options.maps);
    Outcome findings = std::move(bench.issues);
    if (!bench.library) {
        write_findings_text(findings, std::cerr);
        return kConfiguration;
    }
    std::vector<std::string> looked_at;
    if (files.empty()) {
        for (const auto& url : bench.library->urls()) looked_at.push_back(bench.library->find(url)->file());
        findings.add(bench.library->check());
    }
    for (const auto& file : files) {
        const auto url = load_map(file, *bench.library, findings);
        looked_at.push_back(file);
        if (bench.library->has(url)) findings.add(bench.library->check(url));
    }
    write_findings(findings, options.format, looked_at, std::cout);
    if (options.format == "text") {
        std::size_t errors = 0;
        for (const auto& issue : findings.issues()) errors += issue.severity == Severity::error || issue.severity == Severity::fatal;
        std::cout << looked_at.size() << " maps, " << errors << " errors, " << findings.issues().size() - errors << " warnings\n";
    }
    return findings.has_errors() ? kFindings : kOk;
}

} // namespace

std::function<int()> make_map_check(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("paths", options->paths, "maps or folders of maps; default: those of --maps");
    command.add_option("--format", options->format, "text, json, sarif or junit").one_of({"text", "json", "sarif", "junit"});
    command.add_flag("--watch", options->watches, "again after every change of a file, until interrupted");
    options->maps.add_to(command);
    return [options] {
        auto paths = options->maps.files();
        paths.insert(paths.end(), options->paths.begin(), options->paths.end());
        return watch(paths, !options->watches, [options] { return map_check(*options); });
    };
}

} // namespace huitong::app::commands
