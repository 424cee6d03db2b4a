/// `huitong snapshot FILE`: prints a StructureDefinition with the snapshot that its differential makes.
#include "fhir/snapshot.hpp"

#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/packages.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string file;
    std::vector<std::string> packages;
};

int run(const Options& options) {
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) {
        write_findings_text(definitions.error(), std::cerr);
        return kConfiguration;
    }
    for (const auto& path : options.packages) {
        const auto package = read_package(path);
        write_findings_text(package.issues, std::cerr);
        if (package.issues.has_errors()) return kConfiguration;
        write_findings_text(add_structures(**definitions, package.value.resources), std::cerr);
    }
    std::ifstream in(options.file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    const auto parsed =
        options.file.ends_with(".xml") ? fhir::read_fhir_xml(std::move(text), **definitions) : fhir::read_json(std::move(text));
    write_findings_text(parsed.issues, std::cerr);
    if (parsed.issues.has_errors()) return kFindings;
    const auto made = fhir::make_snapshot(**definitions, parsed.value->root());
    write_findings_text(made.issues, std::cerr);
    if (made.issues.has_errors()) return kFindings;
    std::cout << fhir::write_json(made.value->root(), {true}) << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_snapshot_command(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("file", options->file, "StructureDefinition with a differential, *.json or *.xml").required().existing_file();
    command.add_option("--package", options->packages, "FHIR package (tgz or folder) with its bases");
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
