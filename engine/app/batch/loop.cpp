#include "app/batch/loop.hpp"

#include "app/batch/batch.hpp"
#include "app/packages.hpp"
#include "fhir/json.hpp"

#include <rapidjson/error/en.h>

#include <iostream>

namespace huitong::app::batch {
namespace {

struct Operation {
    std::string_view name;
    Answer (*run)(const Request&, const Files&);
};

constexpr Operation kOperations[] = {
    {"fhirpath", fhirpath},
    {"searchparam", searchparam},
    {"ecl.parse", ecl_parse},
    {"ucum.validate", ucum_validate},
    {"ucum.display", ucum_display},
    {"ucum.convert", ucum_convert},
    {"ucum.multiply", ucum_multiply},
    {"ucum.divide", ucum_divide},
    {"convert", convert},
    {"validate", validate},
    {"map.parse", map_parse},
    {"cdshooks.check", cds_hooks_check},
    {"map.run", map_run},
    {"patch", patch},
    {"view", view},
    {"snapshot", snapshot},
    {"package.list", package_list},
};

std::string ping() {
    std::string answer = R"("version":"0.1.0","ops":["ping")";
    for (const auto& operation : kOperations) answer += ",\"" + std::string(operation.name) + "\"";
    return answer + R"(],"fhirVersions":["4.0"])";
}

std::string failure_members(const Failure& failure) {
    std::string out = R"("error":{"stage":")" + failure.stage + R"(","message":)";
    fhir::write_json_string(failure.message, out);
    if (failure.line > 0) out += ",\"line\":" + std::to_string(failure.line) + ",\"column\":" + std::to_string(failure.column);
    return out + "}";
}

Answer dispatch(const Request& request, const Files& files) {
    const auto name = request.text("op");
    if (name == "ping") return ping();
    for (const auto& operation : kOperations) {
        if (operation.name == name) return operation.run(request, files);
    }
    if (name.empty()) return Failure{"request", "member `op` is missing"};
    return Failure{"unsupported", "operation " + name};
}

/// Nesting beyond this is refused before RapidJSON's recursive parts see it.
constexpr int kLineDepthMax = 512;

bool too_deep(std::string_view line) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (in_string) {
            if (line[at] == '\\') ++at;
            else if (line[at] == '"') in_string = false;
        } else if (line[at] == '"') in_string = true;
        else if (line[at] == '{' || line[at] == '[') {
            if (++depth > kLineDepthMax) return true;
        } else if (line[at] == '}' || line[at] == ']') --depth;
    }
    return false;
}

std::string answer_line(std::string line, const Files& files) {
    Request request;
    std::string id = "null";
    Answer answer = Failure{"request", "the line is nested too deeply"};
    request.line = std::move(line);
    if (!too_deep(request.line)) {
        request.json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(request.line.data(),
                                                                                                   request.line.size());
        if (request.json.HasParseError()) {
            answer = Failure{"request", std::string("not JSON: ") + rapidjson::GetParseError_En(request.json.GetParseError())};
        } else if (!request.json.IsObject()) {
            answer = Failure{"request", "a request is a JSON object"};
        } else {
            if (auto raw = request.raw("id"); !raw.empty()) id = std::move(raw);
            try {
                answer = dispatch(request, files);
            } catch (const std::exception& failure) { // a bug of ours or memory: this request fails, the process lives
                answer = Failure{"execution", std::string("internal: ") + failure.what()};
            }
        }
    }
    return "{\"id\":" + id + "," + (answer ? *answer : failure_members(answer.error())) + "}\n";
}

} // namespace

int run_loop(std::istream& in, std::ostream& out, const std::string& root, const std::vector<std::string>& packages) {
    auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (!definitions) {
        std::cerr << "huitong batch: " << failure_of("io", definitions.error()).message << "\n";
        return 3;
    }
    std::vector<fhir::DocumentPtr> resources;
    for (const auto& path : packages) {
        auto read = read_package(path);
        if (read.issues.has_errors()) std::cerr << "huitong batch: " << failure_of("io", read.issues).message << "\n";
        resources.insert(resources.end(), read.value.resources.begin(), read.value.resources.end());
    }
    const auto added = add_structures(**definitions, resources);
    if (added.has_errors()) std::cerr << "huitong batch: " << failure_of("io", added).message << "\n";
    const Files files(root, *definitions, std::move(resources));
    std::string line;
    while (std::getline(in, line)) {
        if (line.empty()) continue;
        out << answer_line(std::move(line), files) << std::flush;
        line.clear();
    }
    return 0;
}

} // namespace huitong::app::batch
