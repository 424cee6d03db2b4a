#include "app/document_writer.hpp"

#include "adapters/cda/xml_writer.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::app {
namespace {

constexpr std::string_view kMaps = "https://huitong.example/fhir/StructureMap/cda-";
constexpr std::string_view kForms[] = {"C0006", "C0007", "C0053"};

/// What nobody may make up: where the record has none, there is no document. `form` "": all.
struct Needed {
    std::string_view form, path, source;
};
constexpr Needed kNeeded[] = {
    {"", "recordTarget.patientRole.patient.age.value", "Patient.birthDate"},
    {"", "custodian.assignedCustodian.representedCustodianOrganization.id.extension", "Organization"},
    {"C0053", "recordTarget.patientRole.patient.birthTime.value", "Patient.birthDate"},
    {"C0053", "componentOf.encompassingEncounter.effectiveTime.low.value", "Encounter.period.start"},
    {"C0053", "componentOf.encompassingEncounter.effectiveTime.high.value", "Encounter.period.end"},
};
constexpr std::size_t kInstitutionDigits = 18; ///< of a unified social credit code, GB 32100

Outcome missing(fhir::Element document, std::string_view form) {
    Outcome out;
    for (const auto& needed : kNeeded) {
        if (!needed.form.empty() && needed.form != form) continue;
        if (document.text(needed.path).empty())
            out.add(error(IssueCode::required, std::string(needed.source), "document-incomplete", {std::string(needed.source)}));
    }
    const auto institution = document.text("custodian.assignedCustodian.representedCustodianOrganization.id.extension");
    if (!institution.empty() && institution.size() != kInstitutionDigits)
        out.add(warning(IssueCode::value, "Organization.identifier", "document-institution-code", {std::string(institution)}));
    return out;
}

} // namespace

Parsed<std::string> MappedDocuments::write(fhir::Element bundle, std::string_view form, Charset charset) const {
    Parsed<std::string> out;
    std::string name(form);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto map = std::string(kMaps) + name;
    if (std::find(std::begin(kForms), std::end(kForms), form) == std::end(kForms) || !maps_.has(map)) {
        out.issues.add(error(IssueCode::not_supported, "", "document-form", {std::string(form), "C0006, C0007, C0053"}));
        return out;
    }
    const auto focus = bundle["entry.resource"];
    mapping::RunOptions options;
    options.now = clock_.now();
    if (focus)
        options.id_seed = std::string(form) + ' ' + std::string(focus.type()) + '/' + std::string(focus.text("id")) + ' ' +
                          std::string(focus.text("meta.versionId"));
    auto made = maps_.run(map, bundle, options);
    out.issues = std::move(made.issues);
    if (!made.output || out.issues.has_errors()) return out;
    const auto document = made.output->root();
    if (document.text("code.code") != form) {
        out.issues.add(error(IssueCode::not_supported, "", "document-focus", {std::string(form), focus ? std::string(focus.type()) : ""}));
        return out;
    }
    out.issues.add(missing(document, form));
    if (out.issues.has_errors()) return out;
    auto text = adapters::cda::write_xml(document, charset);
    out.issues.add(std::move(text.issues));
    out.value = std::move(text.value);
    return out;
}

} // namespace huitong::app
