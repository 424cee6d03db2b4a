#include "app/batch/batch.hpp"
#include "app/packages.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "terminology/terminology.hpp"
#include "validation/strict.hpp"

#include <algorithm>
#include <filesystem>

namespace huitong::app::batch {
namespace {

/// What validates: shared by requests without supporting files, else made for one request, so that requests share nothing.
struct Engine {
    std::shared_ptr<const fhir::Definitions> definitions;
    std::unique_ptr<validation::StrictValidator> validator;
};

std::unique_ptr<Engine> engine_of(std::shared_ptr<fhir::Definitions> definitions, const std::vector<fhir::DocumentPtr>& packages,
                                  const std::vector<fhir::DocumentPtr>& supporting) {
    auto out = std::make_unique<Engine>();
    (void)add_structures(*definitions, supporting); // what cannot be added stays unknown, which the check reports where it is named
    auto terminology = std::make_shared<terminology::Terminology>(definitions);
    (void)add_terminology(*terminology, packages);
    (void)add_terminology(*terminology, supporting);
    out->definitions = definitions;
    out->validator = std::make_unique<validation::StrictValidator>(definitions, std::move(terminology));
    return out;
}

const Engine& shared_engine(const Files& files) {
    static const auto engine = engine_of(files.fresh_definitions(), files.packages(), {});
    return *engine;
}

/// A package is a file or a folder, or only the name of one ("id#version"), which is not here.
bool is_file(const Files& files, const std::string& path) {
    std::error_code failure;
    return std::filesystem::exists(files.path_of(path), failure);
}

std::vector<fhir::DocumentPtr> supporting_documents(const Request& request, const Files& files) {
    std::vector<fhir::DocumentPtr> out;
    for (const auto& path : request.texts("packages")) {
        if (!is_file(files, path)) continue;
        auto package = read_package(files.path_of(path));
        out.insert(out.end(), package.value.resources.begin(), package.value.resources.end());
    }
    for (const auto& path : request.texts("supporting")) {
        auto document = files.document(path);
        if (!document) continue;
        const auto root = (*document)->root();
        if (root.type() != "Bundle") {
            out.push_back(*document);
            continue;
        }
        for (auto entry : root.children("entry")) {
            const auto resource = entry.child("resource");
            if (!resource) continue;
            auto parsed = fhir::read_json(fhir::write_json(resource));
            if (!parsed.issues.has_errors()) out.push_back(parsed.value);
        }
    }
    return out;
}

bool allows(const Request& request, const char* option) {
    const auto found = request.json.FindMember("options");
    if (found == request.json.MemberEnd() || !found->value.IsObject()) return false;
    const auto member = found->value.FindMember(option);
    return member != found->value.MemberEnd() && member->value.IsBool() && member->value.GetBool();
}

/// JSON with comments as blanks, so that places stay where they are.
std::string without_comments(std::string text) {
    bool in_text = false;
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (in_text) {
            if (text[at] == '\\') ++at;
            else if (text[at] == '"') in_text = false;
            continue;
        }
        in_text = text[at] == '"';
        if (text[at] != '/' || (text[at + 1] != '/' && text[at + 1] != '*')) continue;
        const bool line = text[at + 1] == '/';
        auto end = line ? text.find('\n', at) : text.find("*/", at + 2);
        end = end == text.npos ? text.size() : line ? end : end + 2;
        for (; at < end; ++at) text[at] = text[at] == '\n' ? '\n' : ' ';
        --at;
    }
    return text;
}

/// Options as the validator suite writes them; unknown ones mean nothing here.
void read_options(const Request& request, validation::Strictness& out) {
    const auto found = request.json.FindMember("options");
    if (found == request.json.MemberEnd() || !found->value.IsObject()) return;
    const auto is = [&](const char* name, bool wanted) {
        const auto member = found->value.FindMember(name);
        return member != found->value.MemberEnd() && member->value.IsBool() && member->value.GetBool() == wanted;
    };
    out.plain_text = is("security-checks", true);
    out.plain_markdown = is("noHtmlInMarkdown", true);
    out.example_urls = !is("examples", false);
    const auto references = found->value.FindMember("validateReference");
    out.references_exist = references != found->value.MemberEnd() && references->value.IsString() &&
                           std::string_view(references->value.GetString()).starts_with("CHECK_EXISTS");
}

/// The model that `logical.format` names; nullptr when it is not here.
const fhir::StructureDefinition* logical_model(const Request& request, const fhir::Definitions& definitions) {
    const auto& logical = request.json["logical"];
    const auto found = logical.IsObject() ? logical.FindMember("format") : rapidjson::Value::ConstMemberIterator();
    if (!logical.IsObject() || found == logical.MemberEnd() || !found->value.IsString()) return nullptr;
    return definitions.find_structure(found->value.GetString());
}

} // namespace

std::string outcome_member(const Outcome& outcome) {
    std::string out = R"("outcome":{"resourceType":"OperationOutcome","issue":[)";
    bool first = true;
    for (const auto& issue : outcome.issues()) {
        out += std::string(first ? "" : ",") + R"({"severity":")" + std::string(severity_text(issue.severity)) + R"(","code":")" +
               std::string(code_text(issue.code)) + R"(","details":{"text":)";
        first = false;
        fhir::write_json_string(text_of(issue, Language::en), out);
        out += '}';
        if (!issue.where.empty()) {
            out += R"(,"expression":[)";
            fhir::write_json_string(issue.where, out);
            out += ']';
        }
        out += '}';
    }
    return out + "]}";
}

Answer validate(const Request& request, const Files& files) {
    const auto version = request.text("fhirVersion");
    if (!is_r4(version)) return Failure{"unsupported", "FHIR version " + version};
    const auto input = request.text("input");
    if (input.empty()) return Failure{"request", "member `input` is missing"};
    auto text = files.read(input);
    if (!text) return text.error();
    const auto supporting = supporting_documents(request, files);
    std::unique_ptr<Engine> own;
    if (!supporting.empty()) own = engine_of(files.fresh_definitions(), files.packages(), supporting);
    const auto& engine = own ? *own : shared_engine(files);
    fhir::JsonOptions form;
    if (request.has("logical") && !request.json["logical"].IsNull()) {
        const auto* model = logical_model(request, *engine.definitions);
        if (!model || input.ends_with(".xml")) return Failure{"unsupported", "this logical model"};
        form.root_name = model->root().path;
    }
    if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3); // files of some editors begin so
    if (allows(request, "allow-comments")) *text = without_comments(*text);
    auto parsed =
        input.ends_with(".xml") ? fhir::read_fhir_xml(std::move(*text), *engine.definitions) : fhir::read_json(std::move(*text), form);
    if (parsed.issues.has_errors()) {
        auto& leading = *std::find_if(parsed.issues.issues().begin(), parsed.issues.issues().end(),
                                      [](const Issue& issue) { return issue.severity >= Severity::error; });
        leading.severity = Severity::fatal;
        return outcome_member(parsed.issues);
    }
    if (!form.root_name.empty()) parsed.value->set_type(0, parsed.value->intern(form.root_name));
    validation::Options options;
    options.profiles = request.texts("profiles");
    validation::Strictness strictness;
    // An extension of a package that is named but not here may well be known there.
    const auto packages = request.texts("packages");
    strictness.unknown_extensions = std::all_of(packages.begin(), packages.end(), [&](const auto& one) { return is_file(files, one); });
    read_options(request, strictness);
    for (const auto& document : supporting) strictness.others.push_back(document->root());
    auto outcome = std::move(parsed.issues);
    outcome.add(engine.validator->check(parsed.value->root(), options, strictness));
    return outcome_member(outcome);
}

} // namespace huitong::app::batch
