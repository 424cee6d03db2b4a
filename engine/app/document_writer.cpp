#include "app/document_writer.hpp"

#include "adapters/cda/xml_writer.hpp"
#include "app/document_members.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

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

std::string name_of(fhir::Element resource) { return std::string(resource.type()) + '/' + std::string(resource.text("id")); }

/// All versions that the document is made of.
std::string seed_of(fhir::Element members, std::string_view form) {
    std::string out(form);
    for (const auto entry : members.children("entry")) {
        const auto resource = entry.child("resource");
        out += ' ' + name_of(resource) + '/' + std::string(resource.text("meta.versionId"));
    }
    return out;
}

/// Shaped as the numbers of documents are: 36 signs.
std::string number_from(const std::string& seed) {
    const auto digest = sha256_hex(seed);
    return digest.substr(0, 8) + '-' + digest.substr(8, 4) + '-' + digest.substr(12, 4) + '-' + digest.substr(16, 4) + '-' +
           digest.substr(20, 12);
}

unsigned version_of(fhir::Element resource) {
    const auto text = resource.text("meta.versionId");
    unsigned out = 1;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// One set for all versions of a report; a later version says which one it replaces: by set and number of version, and by that one's own
/// number where it is known, which followed from the versions of all that stood in it.
void add_versions(fhir::Document& document, fhir::Element members, std::string_view form, const Parsed<fhir::DocumentPtr>& previous) {
    const auto set = [&](std::string_view path, const std::string& text) {
        if (const auto element = document.root()[path]) document.set_value(element.index(), fhir::ValueKind::text, document.copy(text));
    };
    const auto focus = members["entry.resource"];
    const auto set_number = number_from(std::string(form) + ' ' + name_of(focus));
    set("id.extension", number_from(seed_of(members, form)));
    set("setId", set_number);
    set("versionNumber", std::to_string(version_of(focus)));
    const auto before = previous.value ? previous.value->root()["entry.resource"] : fhir::Element();
    const bool was_written = before && !previous.issues.has_errors();
    if (!was_written && (previous.value || version_of(focus) < 2)) return;
    if (was_written) set("relatedDocument.parentDocument.id", number_from(seed_of(previous.value->root(), form)));
    set("relatedDocument.parentDocument.setId", set_number);
    set("relatedDocument.parentDocument.versionNumber", std::to_string(was_written ? version_of(before) : version_of(focus) - 1));
}

} // namespace

Parsed<std::string> MappedDocuments::write(const fhir::Document& bundle, const fhir::Document* previous, std::string_view form,
                                           Charset charset) const {
    Parsed<std::string> out;
    std::string name(form);
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto map = std::string(kMaps) + name;
    if (std::find(std::begin(kForms), std::end(kForms), form) == std::end(kForms) || !maps_.has(map)) {
        out.issues.add(error(IssueCode::not_supported, "", "document-form", {std::string(form), "C0006, C0007, C0053"}));
        return out;
    }
    const auto members = document_members(bundle.root());
    out.issues = members.issues;
    if (out.issues.has_errors()) return out;
    const auto focus = members.value->root()["entry.resource"];
    mapping::RunOptions options;
    options.now = clock_.now();
    options.id_seed = seed_of(members.value->root(), form);
    auto made = maps_.run(map, members.value->root(), options);
    out.issues = std::move(made.issues);
    if (!made.output || out.issues.has_errors()) return out;
    if (focus)
        add_versions(*made.output, members.value->root(), form,
                     previous ? document_members(previous->root()) : Parsed<fhir::DocumentPtr>());
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
