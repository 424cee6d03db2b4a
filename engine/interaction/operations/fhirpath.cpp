/// $fhirpath: an expression on a resource that the caller brings, as the public FHIRPath workbenches ask their engines. Nothing stored is
/// read. In: `expression`, `context`, `resource` (or its JSON or XML in an extension), `variables`. Out: `parameters` says what was
/// understood, one `result` for each item of the context holds the values by type and what `trace()` told. Guide: docs/guides/engines.md.
#include "fhirpath/fhirpath.hpp"

#include "fhir/json.hpp"
#include "fhir/xml.hpp"
#include "fhirpath/syntax_tree.hpp"
#include "interaction/parts.hpp"
#include "validation/environment.hpp"

#include <algorithm>
#include <chrono>

namespace huitong::interaction {
namespace {

constexpr std::string_view kExtensions = "http://fhir.forms-lab.com/StructureDefinition/";
constexpr std::uint32_t kMillisecondsMax = 800;     ///< of all evaluations of a request together
constexpr std::size_t kAnswerMax = 8 * 1024 * 1024; ///< bytes: what descendants() gives of a large resource grows with its square

using Clock = std::chrono::steady_clock;

/// What `value` is called in Parameters: "Quantity" of valueQuantity; "" for what Parameters cannot hold.
std::string value_name(const fhir::Definitions& definitions, std::string_view type) {
    const auto* parameters = definitions.find_type("Parameters");
    if (!parameters || type.empty()) return {};
    for (const auto& element : parameters->elements) {
        if (element.path != "Parameters.parameter.value[x]") continue;
        const bool fits = std::any_of(element.types.begin(), element.types.end(), [&](const auto& one) { return one.code == type; });
        if (!fits) return {};
        auto out = std::string(type);
        if (out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
        return out;
    }
    return {};
}

void add_member(std::string_view name, std::string_view text, std::string& out) {
    out.append(",\"").append(name).append("\":");
    fhir::write_json_string(text, out);
}

std::string extension(std::string_view name, std::string_view text) {
    std::string out("{\"url\":\"");
    out.append(kExtensions).append(name).append("\",\"valueString\":");
    fhir::write_json_string(text, out);
    return out + '}';
}

/// A System value as a part of its type.
void write_system_value(const fhirpath::Item& item, const std::string& type, std::string& out) {
    const auto text = fhirpath::value_text(item);
    if (const auto* quantity = std::get_if<fhirpath::Quantity>(&item.value)) {
        out += ",\"valueQuantity\":{\"value\":" + quantity->value.text();
        add_member("unit", quantity->unit, out);
        if (!quantity->calendar) {
            add_member("system", "http://unitsofmeasure.org", out);
            add_member("code", quantity->unit, out);
        }
        out += '}';
        return;
    }
    const bool is_bare = type == "boolean" || type == "integer" || type == "decimal";
    out += ",\"value";
    out += static_cast<char>(type[0] - 'a' + 'A');
    out.append(type, 1).append("\":");
    if (is_bare) out += text;
    else fhir::write_json_string(text, out);
}

void write_element(const fhir::Definitions& definitions, fhir::Element element, const std::string& type, std::string& out) {
    const auto name = value_name(definitions, type);
    std::string extensions = element.path().empty() ? std::string() : extension("resource-path", element.path());
    if (!element.is_resource() && name.empty()) {
        extensions.append(extensions.empty() ? 0 : 1, ',').append(extension("json-value", fhir::write_json(element)));
    }
    if (!extensions.empty()) out += ",\"extension\":[" + extensions + ']';
    if (element.is_resource()) {
        out += ",\"resource\":";
        fhir::write_json(element, out);
    } else if (!name.empty() && (element.has_value() || element.has_children())) {
        const bool is_primitive = definitions.find_type(type) && definitions.find_type(type)->kind == fhir::StructureKind::primitive;
        if (is_primitive && !element.has_value()) return;
        out += ",\"value" + name + "\":";
        fhir::write_json(element, out);
    }
}

/// One value as a part that is named by its type.
void write_value(const fhir::Definitions& definitions, const fhirpath::Item& item, std::string& out) {
    auto type = fhirpath::type_text(item);
    const auto* text = std::get_if<std::string>(&item.value);
    if (text && text->empty()) {
        out += "{\"name\":\"empty-string\"}";
        return;
    }
    out += "{\"name\":";
    fhir::write_json_string(type.empty() ? "unknown" : type, out);
    if (item.is_element()) write_element(definitions, item.element(), type, out);
    else write_system_value(item, type, out);
    out += '}';
}

void write_values(const fhir::Definitions& definitions, const fhirpath::Collection& items, std::string& out) {
    for (const auto& item : items) {
        if (out.size() > kAnswerMax) return;
        if (out.back() == '}') out += ',';
        write_value(definitions, item, out);
    }
}

/// The resource that the caller brings, as a document of its own, so that paths begin at it.
Result<fhir::DocumentPtr> resource_of(const fhir::Definitions& definitions, fhir::Element parameter) {
    Parsed<fhir::DocumentPtr> parsed;
    if (const auto given = parameter.child("resource")) {
        parsed = fhir::read_json(fhir::write_json(given));
    } else {
        for (auto one : parameter.children("extension")) {
            const auto url = one.text("url");
            if (!url.starts_with(kExtensions)) continue;
            if (url.ends_with("/json-value")) parsed = fhir::read_json(std::string(one.text("valueString")));
            if (url.ends_with("/xml-value")) parsed = fhir::read_fhir_xml(std::string(one.text("valueString")), definitions);
        }
    }
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    return std::move(parsed.value);
}

/// One request: what came with it and what is written of it.
class Evaluation {
public:
    Evaluation(const Services& services, fhirpath::EvaluationContext& context)
        : definitions_(*services.definitions), context_(context), until_(Clock::now() + std::chrono::milliseconds(kMillisecondsMax)) {
        context_.definitions = services.definitions;
        context_.trace = [this](std::string_view name, const fhirpath::Collection& values) { note_trace(name, values); };
    }

    void read_variables(fhir::Element parameters) {
        for (auto parameter : parameters.children("parameter")) {
            if (parameter.text("name") != "variables") continue;
            for (auto part : parameter.children("part")) {
                auto& values = context_.variables[std::string(part.text("name"))];
                for (auto child : part.children()) {
                    if (child.name() == "resource" || child.name().starts_with("value"))
                        values.push_back(fhirpath::item_of(&definitions_, child));
                }
            }
        }
    }

    /// All items of `context`, else the resource itself.
    Outcome run(const fhirpath::Expression& expression, const std::string& selector, fhir::Element resource) {
        fhirpath::Collection whole;
        if (resource) {
            whole.push_back(fhirpath::item_of(&definitions_, resource));
            context_.resource = whole.front();
            context_.root_resource = whole.front();
        }
        if (selector.empty()) return add_result(expression, whole, {});
        const auto parsed = fhirpath::Expression::parse(selector);
        if (!parsed) return parsed.error();
        context_.variables["context"] = whole;
        const auto selected = parsed->evaluate(context_, whole);
        if (!selected) return selected.error();
        traced_.clear();
        for (std::size_t at = 0; at < selected->size(); ++at) {
            const auto& item = (*selected)[at];
            auto place = item.is_element() ? item.element().path() : std::string();
            if (place.empty()) place = selector + "[" + std::to_string(at) + "]";
            if (auto issues = add_result(expression, {item}, place); !issues.empty()) return issues;
        }
        return {};
    }

    const std::string& results() const { return results_; }

private:
    Outcome add_result(const fhirpath::Expression& expression, const fhirpath::Collection& input, const std::string& place) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until_ - Clock::now()).count();
        if (left <= 0) return error(IssueCode::too_costly, place, "fhirpath-time-max", {std::to_string(kMillisecondsMax)});
        context_.milliseconds_max = static_cast<std::uint32_t>(left);
        context_.variables["context"] = input;
        traced_.clear();
        const auto values = expression.evaluate(context_, input);
        if (!values) return values.error();
        results_ += ",{\"name\":\"result\"";
        if (!place.empty()) add_member("valueString", place, results_);
        std::string parts;
        parts = "[";
        write_values(definitions_, *values, parts);
        if (!traced_.empty()) parts += (parts.size() > 1 ? "," : "") + traced_;
        if (parts.size() > 1) results_ += ",\"part\":" + parts + ']';
        results_ += '}';
        if (results_.size() > kAnswerMax) return error(IssueCode::too_costly, place, "operation-answer-max", {std::to_string(kAnswerMax)});
        return {};
    }

    void note_trace(std::string_view name, const fhirpath::Collection& values) {
        if (traced_.size() > kAnswerMax) return;
        traced_ += traced_.empty() ? "{\"name\":\"trace\"" : ",{\"name\":\"trace\"";
        add_member("valueString", name, traced_);
        std::string parts("[");
        write_values(definitions_, values, parts);
        if (parts.size() > 1) traced_ += ",\"part\":" + parts + ']';
        traced_ += '}';
    }

    const fhir::Definitions& definitions_;
    fhirpath::EvaluationContext& context_;
    Clock::time_point until_;
    std::string results_, traced_;
};

/// "string | code": what an expression may give to an item of the context, as far as that is known before running.
std::string expected_types(const fhir::Definitions& definitions, const fhirpath::Expression& expression, const std::string& selector,
                           fhir::Element resource) {
    fhirpath::CheckInput input;
    if (resource) input.input = definitions.type_root(resource.type());
    if (!selector.empty()) {
        const auto parsed = fhirpath::Expression::parse(selector);
        const auto selected = parsed ? parsed->infer(definitions, input) : fhirpath::CheckResult();
        input.input = selected.is_known && selected.types.size() == 1 ? std::optional(selected.types.front()) : std::nullopt;
    }
    const auto found = expression.infer(definitions, input);
    std::vector<std::string_view> names;
    for (const auto& type : found.is_known ? found.types : std::vector<fhir::TypedName>()) {
        if (!type.type.empty() && std::find(names.begin(), names.end(), type.type) == names.end()) names.push_back(type.type);
    }
    std::string out;
    for (const auto name : names) out.append(out.empty() ? "" : " | ").append(name);
    return out;
}

void add_part(std::string_view name, std::string_view text, std::string& out) {
    if (text.empty()) return;
    out.append(",{\"name\":\"").append(name).append("\"");
    add_member("valueString", text, out);
    out += '}';
}

} // namespace

boost::asio::awaitable<Response> fhirpath_query(const Services& services, Request request, Route) {
    const auto body = read_body(services, request);
    if (!body) co_return failed(body.error());
    const auto root = (*body)->root();
    std::string text, selector, resource_part;
    fhir::DocumentPtr document;
    for (auto parameter : root.children("parameter")) {
        const auto name = parameter.text("name");
        if (name == "expression") text = parameter.text("valueString");
        if (name == "context") selector = parameter.text("valueString");
        if (name != "resource") continue;
        auto given = resource_of(*services.definitions, parameter);
        if (!given) co_return failed(given.error());
        document = std::move(*given);
        resource_part = fhir::write_json(parameter);
    }
    if (text.empty()) co_return failed(error(IssueCode::required, "Parameters", "operation-parameter", {"expression"}));
    const auto expression = fhirpath::Expression::parse(text);
    if (!expression) co_return failed(expression.error());
    const auto resource = document ? document->root() : fhir::Element();

    using Nobody = std::shared_ptr<void>; // what the services hold outlives the request
    const validation::Environment environment({Nobody(), services.definitions}, {Nobody(), services.terminology});
    fhirpath::EvaluationContext context;
    if (services.terminology) context.environment = &environment;
    context.now = services.clock->now();
    Evaluation evaluation(services, context);
    evaluation.read_variables(root);
    if (auto issues = evaluation.run(*expression, selector, resource); !issues.empty()) co_return failed(std::move(issues));

    Response response;
    auto& out = response.body;
    out = R"({"resourceType":"Parameters","id":"fhirpath","parameter":[{"name":"parameters","part":[{"name":"evaluator")";
    add_member("valueString", "Huitong 0.1.0 (R4)", out);
    out += '}';
    if (const auto tree = fhirpath::syntax_tree(text)) add_part("parseDebugTree", *tree, out);
    add_part("expectedReturnType", expected_types(*services.definitions, *expression, selector, resource), out);
    add_part("expression", text, out);
    add_part("context", selector, out);
    if (!resource_part.empty()) out += ',' + resource_part;
    for (auto parameter : root.children("parameter")) {
        if (parameter.text("name") == "variables") out += ',' + fhir::write_json(parameter);
    }
    out += "]}" + evaluation.results() + "]}";
    co_return response;
}

} // namespace huitong::interaction
