/// `huitong map gaps`: codes in samples that no code map translates, the most frequent first.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/map_workbench.hpp"
#include "app/source_files.hpp"
#include "base/csv.hpp"
#include "fhir/json.hpp"

#include <iostream>
#include <map>

namespace huitong::app::commands {
namespace {

struct Options {
    MapOptions maps;
    std::vector<std::string> paths;
    std::string format = "text";
};

struct Seen {
    mapping::Gap gap;
    std::size_t count = 0;
    std::string file; ///< where it was seen first
};

std::vector<Seen> collect(const Options& options, Workbench& bench) {
    std::map<std::string, Seen> seen;
    for (const auto& path : options.paths) {
        for (const auto& file : source_files(path)) {
            const auto sources = read_source_file(file, options.maps.charset);
            for (const auto& source : sources.value) {
                for (const auto& gap : bench.library->run(bench.map, source.document->root(), bench.run).gaps) {
                    auto& one = seen[gap.system + '\n' + gap.code + '\n' + gap.map_url];
                    if (one.count++ == 0) one.gap = gap, one.file = source.name;
                }
            }
        }
    }
    std::vector<Seen> out;
    for (auto& [key, one] : seen) out.push_back(std::move(one));
    std::stable_sort(out.begin(), out.end(), [](const Seen& a, const Seen& b) { return a.count > b.count; });
    return out;
}

void print_json(const std::vector<Seen>& gaps) {
    const auto member = [](const char* name, std::string_view value) {
        std::string out = std::string(",\"") + name + "\":";
        fhir::write_json_string(value, out);
        return out;
    };
    std::cout << "[";
    for (const auto& one : gaps)
        std::cout << (&one == gaps.data() ? "\n" : ",\n") << "{\"count\":" << one.count << member("system", one.gap.system)
                  << member("code", one.gap.code) << member("display", one.gap.display) << member("map", one.gap.map_url)
                  << member("where", one.gap.where) << member("file", one.file) << "}";
    std::cout << "\n]\n";
}

int map_gaps(const Options& options) {
    auto bench = open_workbench(options.maps);
    write_findings_text(bench.issues, std::cerr);
    if (bench.issues.has_errors()) return kConfiguration;
    const auto gaps = collect(options, bench);
    if (options.format == "json") print_json(gaps);
    else if (options.format == "csv") {
        // Rows to fill in and put into the code map (terminology/README.md).
        std::cout << "code,name,target_system,target_code,target_name,relationship,reviewed_by,unit,note\n";
        for (const auto& one : gaps)
            std::cout << csv_cell(one.gap.code) << ',' << csv_cell(one.gap.display) << ",,,,,,,"
                      << csv_cell("seen " + std::to_string(one.count) + " times") << "\n";
    } else {
        for (const auto& one : gaps)
            std::cout << one.count << "\t" << one.gap.code << "\t" << one.gap.display << "\t" << one.gap.system << "\t" << one.gap.map_url
                      << "\t" << one.file << (one.gap.where.empty() ? "" : " " + one.gap.where) << "\n";
    }
    return gaps.empty() ? kOk : kFindings;
}

} // namespace

std::function<int()> make_map_gaps(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("paths", options->paths, "samples, or folders of them").required();
    command.add_option("--map", options->maps.map, "url of a map, or a file").required();
    command.add_option("--format", options->format, "text, json, or csv: rows for the code map").one_of({"text", "json", "csv"});
    options->maps.add_to(command);
    return [options] { return map_gaps(*options); };
}

} // namespace huitong::app::commands
