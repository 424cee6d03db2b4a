#include "app/batch/batch.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "terminology/terminology.hpp"
#include "validation/validation.hpp"

#include <algorithm>

namespace huitong::app::batch {
namespace {

std::vector<std::string> texts(const Request& request, const char* member) {
    std::vector<std::string> out;
    const auto found = request.json.FindMember(member);
    if (found == request.json.MemberEnd() || !found->value.IsArray()) return out;
    for (const auto& value : found->value.GetArray()) {
        if (value.IsString()) out.emplace_back(value.GetString(), value.GetStringLength());
    }
    return out;
}

/// What validates: shared by requests without supporting files, else made for one request, so that requests share nothing.
struct Engine {
    std::shared_ptr<const fhir::Definitions> definitions;
    std::unique_ptr<validation::Validator> validator;
};

/// Structures in whatever order they come: one whose base comes later waits for it. What cannot be added stays unknown, which the check
/// reports where it is named.
void add_structures(fhir::Definitions& definitions, const std::vector<fhir::DocumentPtr>& supporting) {
    std::vector<fhir::Element> waiting;
    for (const auto& document : supporting) {
        if (document->root().type() == "StructureDefinition") waiting.push_back(document->root());
    }
    for (std::size_t before = waiting.size() + 1; !waiting.empty() && waiting.size() < before;) {
        before = waiting.size();
        std::erase_if(waiting, [&](fhir::Element structure) { return !definitions.add_structure(structure).has_errors(); });
    }
}

std::unique_ptr<Engine> engine_of(std::shared_ptr<fhir::Definitions> definitions, const std::vector<fhir::DocumentPtr>& supporting) {
    auto out = std::make_unique<Engine>();
    add_structures(*definitions, supporting);
    auto terminology = std::make_shared<terminology::Terminology>(definitions);
    for (const auto& document : supporting) {
        const auto type = document->root().type();
        if (type == "ValueSet" || type == "CodeSystem" || type == "ConceptMap") (void)terminology->add(document->root());
    }
    out->definitions = definitions;
    out->validator = std::make_unique<validation::Validator>(definitions, std::move(terminology));
    return out;
}

const Engine& shared_engine(const Files& files) {
    static const auto engine = engine_of(files.fresh_definitions(), {});
    return *engine;
}

std::vector<fhir::DocumentPtr> supporting_documents(const Request& request, const Files& files) {
    std::vector<fhir::DocumentPtr> out;
    for (const auto& path : texts(request, "supporting")) {
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
    if (request.has("logical") && !request.json["logical"].IsNull()) return Failure{"unsupported", "logical models"};
    const auto input = request.text("input");
    if (input.empty()) return Failure{"request", "member `input` is missing"};
    auto text = files.read(input);
    if (!text) return text.error();
    const auto supporting = supporting_documents(request, files);
    std::unique_ptr<Engine> own;
    if (!supporting.empty()) own = engine_of(files.fresh_definitions(), supporting);
    const auto& engine = own ? *own : shared_engine(files);
    auto parsed = input.ends_with(".xml") ? fhir::read_fhir_xml(std::move(*text), *engine.definitions) : fhir::read_json(std::move(*text));
    if (parsed.issues.has_errors()) {
        auto& leading = *std::find_if(parsed.issues.issues().begin(), parsed.issues.issues().end(),
                                      [](const Issue& issue) { return issue.severity >= Severity::error; });
        leading.severity = Severity::fatal;
        return outcome_member(parsed.issues);
    }
    validation::Options options;
    options.profiles = texts(request, "profiles");
    auto outcome = std::move(parsed.issues);
    outcome.add(engine.validator->check(parsed.value->root(), options));
    return outcome_member(outcome);
}

} // namespace huitong::app::batch
