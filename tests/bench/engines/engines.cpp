// How fast the engines are without a hub around them; tests/bench/engines.py runs it beside other people's engines.
//   bench_engines fhirpath RESOURCE.json EXPRESSIONS SECONDS     one expression a line: evaluations a second of each, and what it gives
//   bench_engines searchparams RESOURCE.json SECONDS             all search parameters of the resource's type, a second
//   bench_engines validate RESOURCES.ndjson                      every resource once, after a first round that is not counted
// Answers are one JSON object on standard output.
#include "base/json_writer.hpp"
#include "fhir/json.hpp"
#include "fhirpath/fhirpath.hpp"
#include "terminology/terminology.hpp"
#include "validation/validation.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>

using namespace huitong;

namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::string text_of_file(const char* file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const char* file) {
    std::ifstream in(file, std::ios::binary);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty()) out.push_back(std::move(line));
    }
    return out;
}

std::shared_ptr<fhir::Definitions> definitions() {
    auto loaded = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    if (loaded) return *loaded;
    std::fprintf(stderr, "no definition pack: set HUITONG_PACK\n");
    std::exit(2);
}

fhirpath::EvaluationContext context_of(const fhir::Definitions& known, fhir::Element root) {
    fhirpath::EvaluationContext out;
    out.definitions = &known;
    out.resource = fhirpath::item_of(&known, root);
    out.root_resource = out.resource;
    out.reference_by_type = true;
    out.lenient_as = true;
    return out;
}

/// Rounds of `once` a second, measured for about `seconds`.
template <class Once>
double rate_of(double seconds, Once once) {
    const auto start = Clock::now();
    std::size_t rounds = 0;
    do {
        for (int at = 0; at < 100; ++at) once();
        rounds += 100;
    } while (since(start) < seconds);
    return static_cast<double>(rounds) / since(start);
}

int measure_fhirpath(const char* file, const char* expressions, double seconds) {
    const auto known = definitions();
    const auto parsed = fhir::read_json(text_of_file(file));
    const auto root = parsed.value->root();
    const auto context = context_of(*known, root);
    JsonWriter out;
    out.object().array("expressions");
    for (const auto& text : lines_of(expressions)) {
        const auto expression = fhirpath::Expression::parse(text);
        const auto once = expression ? expression->evaluate(context, root) : Result<fhirpath::Collection>(expression.error());
        out.object().member("expression", text);
        if (once) {
            out.count("items", once->size());
            fhirpath::Collection found; // kept from one evaluation to the next, as callers in a loop do
            const auto again = [&] { (void)expression->evaluate(context, root, found); };
            out.count("per_second", static_cast<std::uint64_t>(rate_of(seconds, again)));
        }
        out.end_object();
    }
    out.end_array().end_object();
    std::puts(out.take().c_str());
    return 0;
}

int measure_search_parameters(const char* file, double seconds) {
    const auto known = definitions();
    const auto parsed = fhir::read_json(text_of_file(file));
    const auto root = parsed.value->root();
    const auto context = context_of(*known, root);
    std::vector<fhirpath::Expression> expressions;
    JsonWriter out;
    out.object().array("expressions");
    for (const auto* parameter : known->search_parameters_of(root.type())) {
        auto expression = fhirpath::Expression::parse(parameter->expression);
        if (parameter->expression.empty() || !expression || !expression->evaluate(context, root)) continue;
        out.text(parameter->expression);
        expressions.push_back(std::move(*expression));
    }
    out.end_array();
    fhirpath::Collection found;
    const auto all = [&] {
        for (const auto& expression : expressions) (void)expression.evaluate(context, root, found);
    };
    out.count("per_second", static_cast<std::uint64_t>(rate_of(seconds, all))).end_object();
    std::puts(out.take().c_str());
    return 0;
}

int measure_validation(const char* file) {
    const std::shared_ptr<const fhir::Definitions> known = definitions();
    const validation::Validator validator(known, std::make_shared<terminology::Terminology>(known));
    std::vector<fhir::DocumentPtr> resources;
    for (auto& line : lines_of(file)) {
        auto parsed = fhir::read_json(std::move(line));
        if (!parsed.issues.has_errors()) resources.push_back(std::move(parsed.value));
    }
    std::size_t invalid = 0;
    for (const auto& resource : resources) invalid += validator.check(resource->root()).has_errors() ? 1 : 0;
    const auto start = processor_seconds();
    for (const auto& resource : resources) (void)validator.check(resource->root());
    const auto seconds = processor_seconds() - start;
    JsonWriter out;
    out.object().count("resources", resources.size()).count("invalid", invalid);
    out.count("per_second", static_cast<std::uint64_t>(static_cast<double>(resources.size()) / seconds)).end_object();
    std::puts(out.take().c_str());
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "fhirpath" && argc == 5) return measure_fhirpath(argv[2], argv[3], std::atof(argv[4]));
    if (what == "searchparams" && argc == 4) return measure_search_parameters(argv[2], std::atof(argv[3]));
    if (what == "validate" && argc == 3) return measure_validation(argv[2]);
    std::fprintf(stderr, "bench_engines fhirpath FILE EXPRESSIONS SECONDS | searchparams FILE SECONDS | validate FILE\n");
    return 2;
}
