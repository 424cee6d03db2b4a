/// `huitong package`: FHIR packages from disk. `list` shows one, `add` unpacks its conformance resources into a folder that the
/// configuration names under `structures` and `terminology`, `build` makes one (package_build.cpp).
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/packages.hpp"
#include "fhir/json.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

namespace huitong::app::commands {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::string file, folder;
};

bool is_r4(const Package& package) {
    for (const auto& version : package.fhir_versions) {
        if (!version.starts_with("4.0")) return false;
    }
    return true;
}

std::string title(const Package& package) {
    return (package.name.empty() ? "a package without a name" : package.name) + (package.version.empty() ? "" : "#" + package.version);
}

int list(const Options& options) {
    const auto read = read_package(options.file);
    write_findings_text(read.issues, std::cerr);
    if (read.issues.has_errors()) return kFindings;
    const auto& package = read.value;
    std::cout << title(package) << ", " << package.files.size() << " files\n";
    for (const auto& document : package.resources) {
        const auto root = document->root();
        std::cout << root.type() << "\t" << root.text("url") << "\t" << root.text("version") << "\n";
    }
    return kOk;
}

/// Tries the package in memory first: what would not load is told before anything is written.
Outcome trial(const Package& package) {
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) return definitions.error();
    auto issues = add_structures(**definitions, package.resources);
    terminology::Terminology terminology(*definitions);
    issues.add(add_terminology(terminology, package.resources));
    return issues;
}

int add(const Options& options) {
    const auto read = read_package(options.file);
    write_findings_text(read.issues, std::cerr);
    if (read.issues.has_errors()) return kFindings;
    const auto& package = read.value;
    if (!is_r4(package)) {
        std::cerr << title(package) << " is not for FHIR R4\n";
        return kFindings;
    }
    const auto issues = trial(package);
    write_findings_text(issues, std::cerr);
    const auto folder =
        fs::path(options.folder) / (package.name.empty() ? fs::path(options.file).stem().string() : package.name + "-" + package.version);
    std::error_code failure;
    fs::create_directories(folder, failure);
    std::map<std::string, std::size_t> counts;
    std::size_t number = 0;
    for (const auto& document : package.resources) {
        const auto root = document->root();
        const std::string type(root.type());
        const std::string id(root.text("id"));
        std::ofstream out(folder / (type + "-" + (id.empty() || id.find('/') != id.npos ? std::to_string(++number) : id) + ".json"),
                          std::ios::binary);
        out << document->text();
        if (!out.flush()) {
            std::cerr << "cannot write into " << folder.string() << "\n";
            return kDataStore;
        }
        ++counts[type];
    }
    std::cout << title(package) << " is in " << folder.string() << ":";
    for (const auto& [type, count] : counts) std::cout << " " << count << " " << type;
    std::cout << "\nName the folder under `structures` and `terminology` in the configuration.\n";
    return issues.has_errors() ? kFindings : kOk;
}

} // namespace

std::function<int()> make_package(Verb command) {
    command.needs_a_verb();
    auto options = std::make_shared<Options>();
    const auto lists = command.add_verb("list", "what a package holds");
    lists.add_option("file", options->file, "package, *.tgz, *.zip or a folder").required().existing_path();
    const auto adds = command.add_verb("add", "unpacks the profiles and terminology of a package into a folder");
    adds.add_option("file", options->file, "package, *.tgz or a folder").required().existing_path();
    adds.add_option("--to", options->folder, "folder of packages").required();
    const auto builds = command.add_verb("build", "makes a package of a folder, with snapshots");
    const auto build = make_package_build(builds);
    return [=] { return lists.chosen() ? list(*options) : builds.chosen() ? build() : add(*options); };
}

} // namespace huitong::app::commands
