#include "app/batch/batch.hpp"
#include "app/packages.hpp"
#include "fhir/json.hpp"
#include "fhir/snapshot.hpp"

namespace huitong::app::batch {

Answer snapshot(const Request& request, const Files& files) {
    // R4B profiles differ from R4 ones only in a few resources that are new there; they are unfolded over the R4 definitions.
    const auto version = request.text("fhirVersion");
    if (!is_r4(version) && !version.starts_with("4.3")) return Failure{"unsupported", "FHIR version " + version};
    const auto input = files.document(request.text("input"));
    if (!input) return input.error();
    const auto root = (*input)->root();
    if (root.type() != "StructureDefinition") return Failure{"request", "the input is no StructureDefinition"};
    const auto definitions = files.fresh_definitions();
    std::vector<fhir::DocumentPtr> supporting;
    for (const auto& path : request.texts("supporting")) {
        if (auto document = files.document(path)) supporting.push_back(*document);
    }
    (void)add_structures(*definitions, supporting);
    const auto order = request.flag("sort") ? fhir::DifferentialOrder::any : fhir::DifferentialOrder::as_base;
    const auto made = fhir::make_snapshot(*definitions, root, order);
    if (made.issues.has_errors()) return failure_of("semantic", made.issues);
    return "\"structureDefinition\":" + fhir::write_json(made.value->root());
}

Answer package_list(const Request& request, const Files& files) {
    const auto read = read_package(files.path_of(request.text("input")), false);
    if (read.issues.has_errors()) return failure_of("io", read.issues);
    std::string out = "\"files\":[";
    for (const auto& name : read.value.files) {
        if (&name != &read.value.files.front()) out += ',';
        fhir::write_json_string(name, out);
    }
    out += ']';
    if (read.value.manifest.empty()) return out;
    const auto manifest = fhir::read_plain_json(read.value.manifest);
    return manifest.issues.has_errors() ? out : out + ",\"package\":" + fhir::write_json(manifest.value->root());
}

} // namespace huitong::app::batch
