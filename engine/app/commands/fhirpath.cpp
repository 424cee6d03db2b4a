/// `huitong fhirpath EXPR FILE…`: evaluates an expression on resources, checks it before, or shows what each step gave.
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "app/packages.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "fhirpath/explain.hpp"
#include "fhirpath/nearest.hpp"
#include "validation/environment.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string expression, type, format = "text";
    std::vector<std::string> files, packages;
    bool check = false, explain = false, plain = false;
};

Parsed<fhir::DocumentPtr> read(const std::string& file, const fhir::Definitions& definitions, bool plain) {
    std::ifstream in(file, std::ios::binary);
    Parsed<fhir::DocumentPtr> out;
    if (!in) {
        out.issues.add(error(IssueCode::not_found, file, "source-unreadable", {file}));
        return out;
    }
    std::string text(std::istreambuf_iterator<char>(in), {});
    fhir::JsonOptions options;
    options.plain = plain;
    if (plain) options.root_name = "object";
    return file.ends_with(".xml") ? fhir::read_fhir_xml(std::move(text), definitions) : fhir::read_json(std::move(text), options);
}

void print(const fhirpath::Collection& values, const std::string& format) {
    for (const auto& value : values) {
        if (format == "json") {
            std::string line = "{\"type\":";
            fhir::write_json_string(fhirpath::type_text(value), line);
            if (value.is_element()) {
                line += ",\"path\":";
                fhir::write_json_string(value.element().path(), line);
            }
            line += ",\"value\":";
            fhir::write_json_string(fhirpath::value_text(value), line);
            std::cout << line << "}\n";
        } else {
            std::cout << fhirpath::value_text(value);
            if (value.is_element()) std::cout << "\t" << value.element().path();
            std::cout << "\n";
        }
    }
}

void print(const std::vector<fhirpath::Step>& steps) {
    for (const auto& step : steps) {
        std::cout << step.line << ":" << step.column << "\t" << std::string(static_cast<std::size_t>(step.depth) * 2, ' ') << step.what
                  << "\t";
        if (step.failed) std::cout << "fails";
        else std::cout << step.items << (step.items == 1 ? " item" : " items");
        std::cout << (step.first.empty() ? "" : "\t" + step.first) << "\n";
    }
}

int check(const Options& options, const fhirpath::Expression& expression, const fhir::Definitions& definitions, std::string_view type) {
    auto issues = expression.check(definitions, type);
    if (!type.empty() && !definitions.type_root(type).structure)
        issues.add(error(IssueCode::invalid, "", "fhirpath-unknown-type", {std::string(type), fhirpath::nearest_type(definitions, type)}));
    write_findings_text(issues, options.expression, std::cerr);
    return issues.has_errors() ? kFindings : kOk;
}

/// What the expression says of one resource.
int evaluate(const Options& options, const fhirpath::Expression& expression, const fhirpath::EvaluationContext& context,
             fhir::Element root) {
    if (options.explain) {
        if (const auto steps = fhirpath::explain(options.expression, context, root)) print(*steps);
        return kOk;
    }
    const auto values = expression.evaluate(context, root);
    if (values) print(*values, options.format);
    else write_findings_text(values.error(), std::cerr);
    return values ? kOk : kFindings;
}

int run(const Options& options) {
    const auto known = read_knowledge(options.packages);
    write_findings_text(known.issues, std::cerr);
    if (known.issues.has_errors()) return kConfiguration;
    const auto& definitions = *known.value.definitions;
    const auto expression = fhirpath::Expression::parse(options.expression);
    if (!expression) {
        write_findings_text(expression.error(), options.expression, std::cerr);
        return kUsage;
    }
    if (options.check && options.files.empty()) return check(options, *expression, definitions, options.type);
    const validation::Environment environment(known.value.definitions, known.value.terminology);
    fhirpath::EvaluationContext context;
    context.definitions = options.plain ? nullptr : &definitions;
    context.environment = &environment;
    context.trace = [](std::string_view name, const fhirpath::Collection& values) {
        for (const auto& value : values) std::cerr << name << ": " << fhirpath::value_text(value) << "\n";
    };
    if (options.files.empty()) return evaluate(options, *expression, context, {});
    int exit = kOk;
    for (const auto& file : options.files) {
        const auto document = read(file, definitions, options.plain);
        write_findings_text(document.issues, std::cerr);
        if (document.issues.has_errors()) {
            exit = kFindings;
            continue;
        }
        const auto root = document.value->root();
        if (options.files.size() > 1 && !options.check) std::cout << "# " << file << "\n";
        const auto done = options.check ? check(options, *expression, definitions, options.type.empty() ? root.type() : options.type)
                                        : evaluate(options, *expression, context, root);
        exit = std::max(exit, done);
    }
    return exit;
}

} // namespace

std::function<int()> make_fhirpath(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("expression", options->expression, "FHIRPath expression").required();
    command.add_option("files", options->files, "resources, *.json or *.xml");
    command.add_flag("--check", options->check, "only checks the expression against the type of each file, or --type");
    command.add_flag("--explain", options->explain, "shows what each step of the evaluation gave");
    command.add_flag("--plain", options->plain, "the files are JSON of any kind; no model");
    command.add_option("--type", options->type, "resource type to check against");
    command.add_option("--package", options->packages, "FHIR package (tgz or folder) with profiles and terminology");
    command.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
