/// `huitong package build FOLDER -o FILE.tgz`: a FHIR package of a folder with a package.json: every conformance resource, profiles with
/// the snapshot that their differential makes, and the examples. Source: FHIR NPM Package Specification.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/packages.hpp"
#include "base/json_writer.hpp"
#include "fhir/json.hpp"
#include "fhir/package_writer.hpp"
#include "fhir/snapshot.hpp"

#include <fstream>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string folder, file;
    std::vector<std::string> packages;
};

/// Collects the files of a package and their index.
class Archive {
public:
    Archive() { index_.object().count("index-version", 1).array("files"); }

    bool add(const std::string& folder, fhir::Element resource) {
        const auto name = std::string(resource.type()) + "-" + std::string(resource.text("id")) + ".json";
        if (folder.empty()) {
            index_.object().member("filename", name).member("resourceType", resource.type()).member("id", resource.text("id"));
            for (const auto* member : {"url", "version", "kind", "type"}) index_.member_if(member, resource.text(member));
            index_.end_object();
        }
        return writer_.add("package/" + folder + name, fhir::write_json(resource, {true}) + "\n");
    }

    std::string finish(const std::string& manifest) {
        writer_.add("package/package.json", manifest);
        index_.end_array().end_object();
        writer_.add("package/.index.json", index_.take() + "\n");
        return writer_.finish();
    }

private:
    fhir::PackageWriter writer_;
    JsonWriter index_;
};

int build(const Options& options) {
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) {
        write_findings_text(definitions.error(), std::cerr);
        return kConfiguration;
    }
    auto issues = Outcome();
    for (const auto& path : options.packages) {
        const auto needed = read_package(path);
        issues.add(needed.issues);
        issues.add(add_structures(**definitions, needed.value.resources));
    }
    const auto read = read_package(options.folder);
    const auto& package = read.value;
    issues.add(read.issues);
    if (package.name.empty() || package.version.empty()) issues.add(error(IssueCode::required, options.folder, "package-no-manifest", {}));
    issues.add(add_structures(**definitions, package.resources));
    Archive archive;
    std::size_t profiles = 0;
    const auto put = [&](const std::string& folder, fhir::Element resource) {
        if (resource.text("id").empty() || !archive.add(folder, resource))
            issues.add(error(IssueCode::invalid, std::string(resource.text("url")), "package-name", {std::string(resource.type())}));
    };
    for (const auto& document : package.resources) {
        const auto root = document->root();
        if (root.type() != "StructureDefinition" || !root.child("differential")) {
            put("", root);
            continue;
        }
        const auto made = fhir::make_snapshot(**definitions, root, fhir::DifferentialOrder::as_base);
        for (auto issue : made.issues.issues()) {
            issue.where = std::string(root.text("url")) + " " + issue.where;
            issues.add(std::move(issue));
        }
        if (made.issues.has_errors()) continue;
        put("", made.value->root());
        ++profiles;
    }
    for (const auto& example : package.examples) put("example/", example->root());
    write_findings_text(issues, std::cerr);
    if (issues.has_errors()) return kFindings;
    std::ofstream out(options.file, std::ios::binary);
    out << archive.finish(package.manifest);
    if (!out.flush()) {
        std::cerr << "cannot write " << options.file << "\n";
        return kDataStore;
    }
    std::cout << package.name << "#" << package.version << " is in " << options.file << ": " << package.resources.size() << " definitions, "
              << profiles << " with a snapshot of their own, " << package.examples.size() << " examples\n";
    return kOk;
}

} // namespace

std::function<int()> make_package_build(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("folder", options->folder, "folder with package.json and resources").required().existing_folder();
    command.add_option("-o,--output", options->file, "package to write, *.tgz").required();
    command.add_option("--package", options->packages, "FHIR package (tgz or folder) that it stands on");
    return [options] { return build(*options); };
}

} // namespace huitong::app::commands
