#include "app/batch/batch.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "patch/patch.hpp"

namespace huitong::app::batch {
namespace {

using Text = boost::system::result<std::string, Failure>;

/// A patch that does not parse is `syntax`; everything else fails while it runs.
Failure patch_failure(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    const bool syntax = issue && (issue->rule.starts_with("json-") || issue->rule.starts_with("xml-") || issue->rule == "fhirpath-syntax");
    return failure_of(syntax ? "syntax" : "execution", outcome);
}

Text json_of(const boost::system::result<fhir::DocumentPtr, Failure>& document) {
    if (!document) return document.error();
    return fhir::write_json((*document)->root());
}

Answer text_answer(const char* member, const std::string& text) {
    std::string answer = "\"" + std::string(member) + "\":";
    fhir::write_json_string(text, answer);
    return answer;
}

/// The document as JSON text, from whichever member holds it.
Text json_document(const Request& request, const Files& files) {
    if (request.has("input")) return json_of(files.document(request.text("input")));
    if (request.has("document")) return request.raw("document");
    if (request.has("resource")) return request.raw("resource");
    return Failure{"request", "member `input`, `resource` or `document` is missing"};
}

Text patched_json(const Request& request, const Files& files) {
    auto document = json_document(request, files);
    if (!document) return document;
    auto patch = request.has("patchInput") ? files.read(request.text("patchInput")) : Text(request.raw("patch"));
    if (!patch) return patch;
    auto done = patch::patch_json(*document, *patch);
    if (!done) return patch_failure(done.error());
    return std::move(*done);
}

Text patched_tree(const Request& request, const Files& files) {
    auto text = json_document(request, files);
    if (!text) return text;
    auto document = files.document_of_json(std::move(*text));
    if (!document) return document.error();
    auto parameters = request.has("patchInput") ? files.document(request.text("patchInput")) : files.document_of_json(request.raw("patch"));
    if (!parameters) return parameters.error();
    if (auto issues = patch::patch_tree(**document, *files.definitions(), (*parameters)->root()); issues.has_errors())
        return patch_failure(issues);
    return fhir::write_json((*document)->root());
}

Text patched_xml(const Request& request, const Files& files) {
    const auto input = request.text("input");
    Text document = Failure{"request", "member `input` or `resource` is missing"};
    if (input.ends_with(".xml")) {
        document = files.read(input);
    } else if (auto json = json_document(request, files)) {
        auto tree = files.document_of_json(std::move(*json));
        if (!tree) return tree.error();
        document = fhir::write_fhir_xml((*tree)->root(), *files.definitions());
    }
    if (!document) return document;
    auto patch = request.has("patchInput") ? files.read(request.text("patchInput")) : Text(request.text("patch"));
    if (!patch) return patch;
    auto done = patch::patch_xml(*document, *patch);
    if (!done) return patch_failure(done.error());
    return std::move(*done);
}

/// The other form of a patched resource.
Text converted(const std::string& text, bool is_xml, bool to_xml, const Files& files) {
    if (is_xml == to_xml) return text;
    auto parsed = is_xml ? fhir::read_fhir_xml(text, *files.definitions()) : fhir::read_json(text);
    if (parsed.issues.has_errors()) return failure_of("execution", parsed.issues);
    return to_xml ? fhir::write_fhir_xml(parsed.value->root(), *files.definitions()) : fhir::write_json(parsed.value->root());
}

} // namespace

Answer patch(const Request& request, const Files& files) {
    const auto kind = request.text("kind");
    if (kind != "json" && kind != "fhirpath" && kind != "xml") return Failure{"request", "member `kind` must be json, fhirpath or xml"};
    if (!request.has("patch") && !request.has("patchInput")) return Failure{"request", "member `patch` or `patchInput` is missing"};
    auto done = kind == "json" ? patched_json(request, files) : kind == "xml" ? patched_xml(request, files) : patched_tree(request, files);
    if (!done) return done.error();
    const bool from_file = request.has("input");
    auto out = converted(*done, kind == "xml", from_file && request.text("to", "json") == "xml", files);
    if (!out) return out.error();
    if (from_file) return text_answer("text", *out);
    return std::string(request.has("resource") ? "\"resource\":" : "\"document\":") + *out;
}

} // namespace huitong::app::batch
