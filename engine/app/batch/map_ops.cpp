/// map.parse and map.run of the batch protocol.
#include "app/batch/batch.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "mapping/mapping.hpp"

namespace huitong::app::batch {
namespace {

Failure syntax_failure(const Outcome& issues) {
    const auto* issue = issues.leading();
    Failure out("syntax", text_of(*issue, Language::en));
    if (issue->position) {
        out.line = issue->position->line;
        out.column = issue->position->column;
    }
    return out;
}

/// A map of FML text or of a StructureMap resource.
boost::system::result<mapping::Map, Failure> read_map(const std::string& name, const Files& files) {
    Parsed<mapping::Map> parsed;
    if (name.ends_with(".json") || name.ends_with(".xml")) {
        auto document = files.document(name);
        if (!document) return document.error();
        parsed = mapping::Map::read((*document)->root());
    } else {
        auto text = files.read(name);
        if (!text) return text.error();
        parsed = mapping::Map::parse(*text, name);
    }
    if (parsed.issues.has_errors()) return syntax_failure(parsed.issues);
    return std::move(parsed.value);
}

std::vector<std::string> names_of(const Request& request, const char* member) {
    std::vector<std::string> out;
    const auto found = request.json.FindMember(member);
    if (found == request.json.MemberEnd() || !found->value.IsArray()) return out;
    for (const auto& one : found->value.GetArray()) {
        if (one.IsString()) out.emplace_back(one.GetString(), one.GetStringLength());
    }
    return out;
}

/// Loads models, concept maps and maps; gives the url of the map to run.
boost::system::result<std::string, Failure> fill_library(const Request& request, const Files& files, fhir::Definitions& definitions,
                                                         terminology::Terminology& terminology, mapping::MapLibrary& library) {
    for (const auto& name : names_of(request, "models")) {
        auto document = files.document(name);
        if (!document) return document.error();
        if (const auto issues = definitions.add_structure((*document)->root()); issues.has_errors()) return failure_of("semantic", issues);
    }
    for (const auto& name : names_of(request, "conceptMaps")) {
        auto document = files.document(name);
        if (!document) return document.error();
        if (const auto issues = terminology.add((*document)->root()); issues.has_errors()) return failure_of("semantic", issues);
    }
    auto to_run = request.text("map");
    for (const auto& name : names_of(request, "maps")) {
        auto map = read_map(name, files);
        if (!map) return map.error();
        if (to_run.empty()) to_run = map->url().empty() ? name : map->url();
        if (const auto issues = library.add(std::move(*map)); issues.has_errors()) return failure_of("semantic", issues);
    }
    if (to_run.empty()) return Failure("request", "maps is missing");
    return to_run;
}

} // namespace

Answer map_run(const Request& request, const Files& files) {
    auto definitions = files.fresh_definitions();
    auto terminology = std::make_shared<terminology::Terminology>(definitions);
    mapping::MapLibrary library(definitions, terminology);
    const auto url = fill_library(request, files, *definitions, *terminology, library);
    if (!url) return url.error();
    const auto input = request.text("input");
    if (input.empty()) return Failure("request", "input is missing");
    auto source = files.document(input);
    if (!source) return source.error();
    auto result = library.run(*url, (*source)->root(), {});
    if (result.issues.has_errors()) return failure_of("execution", result.issues);
    if (request.text("to") == "xml") {
        std::string out = "\"text\":";
        fhir::write_json_string(fhir::write_fhir_xml(result.output->root(), *definitions), out);
        return out;
    }
    return "\"output\":" + fhir::write_json(result.output->root());
}

Answer map_parse(const Request& request, const Files& files) {
    const auto name = request.text("input");
    if (name.empty()) return Failure("request", "input is missing");
    auto text = files.read(name);
    if (!text) return text.error();
    auto parsed = mapping::Map::parse(*text, name);
    if (parsed.issues.has_errors()) return syntax_failure(parsed.issues);
    return "\"structureMap\":" + fhir::write_json(parsed.value.structure_map()->root());
}

} // namespace huitong::app::batch
