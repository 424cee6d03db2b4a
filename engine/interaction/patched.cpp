#include "interaction/patched.hpp"

#include "base/base64.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "patch/patch.hpp"

namespace huitong::interaction {
namespace {

constexpr std::string_view kJsonPatch = "application/json-patch+json";
constexpr std::string_view kXmlPatch = "application/xml-patch+xml";

Result<fhir::DocumentPtr> usable(Parsed<fhir::DocumentPtr> parsed) {
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    return std::move(parsed.value);
}

Result<fhir::DocumentPtr> json_patched(const Services& services, const std::string& body, const std::string& text) {
    auto done = patch::patch_json(body, text, *services.limits, patch::Empties::drop);
    if (!done) return done.error();
    fhir::JsonOptions options;
    options.limits = services.limits;
    return usable(fhir::read_json(std::move(*done), options));
}

Result<fhir::DocumentPtr> xml_patched(const Services& services, const std::string& body, const std::string& text) {
    const auto stored = fhir::read_json(body);
    auto done = patch::patch_xml(fhir::write_fhir_xml(stored.value->root(), *services.definitions), text, *services.limits);
    if (!done) return done.error();
    fhir::XmlOptions options;
    options.limits = services.limits;
    return usable(fhir::read_fhir_xml(std::move(*done), *services.definitions, options));
}

Result<fhir::DocumentPtr> tree_patched(const Services& services, const std::string& body, const PatchText& patch) {
    Request request;
    request.content_type = patch.content_type;
    request.body = patch.text;
    auto parameters = read_body(services, request);
    if (!parameters) return parameters.error();
    auto document = usable(fhir::read_json(body));
    if (!document) return document;
    if (auto issues = patch::patch_tree(**document, *services.definitions, (*parameters)->root(), *services.limits); issues.has_errors())
        return issues;
    // As what the other kinds make, it is what a reader takes: nobody reads otherwise what is stored.
    fhir::JsonOptions options;
    options.limits = services.limits;
    return usable(fhir::read_json(fhir::write_json((*document)->root()), options));
}

} // namespace

Result<PatchText> read_entry_patch(fhir::Element resource) {
    if (resource.type() == "Parameters") return PatchText{"application/fhir+json", fhir::write_json(resource)};
    const std::string type(resource.text("contentType"));
    auto text = resource.type() == "Binary" ? decode_base64(resource.text("data")) : std::nullopt;
    if (!text) return Outcome(error(IssueCode::not_supported, "", "rest-media-type", {type.empty() ? std::string(resource.type()) : type}));
    return PatchText{type, std::move(*text)};
}

Result<fhir::DocumentPtr> patched(const Services& services, const store::Version& version, const PatchText& patch) {
    auto done = patch.content_type == kJsonPatch  ? json_patched(services, version.body, patch.text)
                : patch.content_type == kXmlPatch ? xml_patched(services, version.body, patch.text)
                                                  : tree_patched(services, version.body, patch);
    if (!done) return done;
    const auto resource = (*done)->root();
    const auto& key = version.key;
    if (resource.type() != key.type)
        return Outcome(error(IssueCode::invalid, key.type, "rest-type-differs", {std::string(resource.type()), key.type}));
    if (resource.text("id") != key.id) return Outcome(error(IssueCode::invalid, key.type + ".id", "rest-id-differs", {key.id}));
    return done;
}

Result<store::Version> patch_base(store::ReadView& view, const store::ResourceKey& key, std::optional<std::uint32_t> expected) {
    auto found = view.current(key);
    if (!found) return found.error();
    if (!*found) return Outcome(error(IssueCode::not_found, "", "rest-not-found", {key.type, key.id}));
    if ((*found)->deleted) return Outcome(error(IssueCode::deleted, "", "rest-deleted", {key.type, key.id}));
    if (expected && *expected != (*found)->version)
        return Outcome(
            error(IssueCode::conflict, "If-Match", "store-conflict", {std::to_string(*expected), std::to_string((*found)->version)}));
    return std::move(**found);
}

bool is_version_conflict(const Outcome& outcome) { return outcome.leading() && outcome.leading()->rule == "store-conflict"; }

} // namespace huitong::interaction
