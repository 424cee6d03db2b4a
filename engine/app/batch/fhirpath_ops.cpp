#include "app/batch/batch.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "fhirpath/fhirpath.hpp"

namespace huitong::app::batch {
namespace {

/// Parses one JSON value (scalar, list, object) into items: the value of a variable.
Result<fhirpath::Collection> items_of_json(std::string text) {
    fhir::JsonOptions options;
    options.root_name = "value";
    options.plain = true;
    auto parsed = fhir::read_json("{\"value\":" + std::move(text) + "}", options);
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    fhirpath::Collection out;
    for (auto value : parsed.value->root().children("value")) {
        fhirpath::Item item;
        item.keep = parsed.value;
        item.value = value;
        if (value.has_value()) {
            if (value.kind() == fhir::ValueKind::boolean) item.value = value.value() == "true";
            else if (value.kind() == fhir::ValueKind::number) {
                const auto number = Decimal::read(value.value());
                const bool whole = number && value.value().find_first_of(".eE") == std::string_view::npos && number->to_int64();
                if (whole) item.value = *number->to_int64();
                else if (number) item.value = *number;
            } else item.value = std::string(value.value());
        }
        out.push_back(std::move(item));
    }
    return out;
}

std::string written(const fhirpath::Collection& items) {
    std::string out = "\"result\":[";
    for (std::size_t i = 0; i < items.size(); ++i) {
        out += i == 0 ? "{\"type\":" : ",{\"type\":";
        fhir::write_json_string(fhirpath::type_text(items[i]), out);
        out += ",\"value\":";
        fhir::write_json_string(fhirpath::value_text(items[i]), out);
        out += '}';
    }
    return out + "]";
}

boost::system::result<fhir::DocumentPtr, Failure> input_of(const Request& request, const Files& files, bool model) {
    if (request.has("input")) return files.document(request.text("input"), model);
    if (request.has("resource")) {
        fhir::JsonOptions options;
        options.root_name = "resource";
        options.plain = !model;
        auto parsed = fhir::read_json(request.raw("resource"), options);
        if (parsed.issues.has_errors()) return failure_of("syntax", parsed.issues);
        return parsed.value;
    }
    return fhir::DocumentPtr();
}

/// The stage of a failure while running: types that are certainly wrong count as execution too.
Failure run_failure(const Outcome& outcome) { return failure_of("execution", outcome); }

Failure parse_failure(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    const bool semantic = issue && (issue->rule == "fhirpath-unknown-function" || issue->rule == "fhirpath-arity");
    return failure_of(semantic ? "semantic" : "syntax", outcome);
}

} // namespace

Answer fhirpath(const Request& request, const Files& files) {
    const auto version = request.text("fhirVersion");
    if (!is_r4(version) && version != "none") return Failure{"unsupported", "FHIR version " + version};
    if (!request.has("expression")) return Failure{"request", "member `expression` is missing"};
    const auto parsed = fhirpath::Expression::parse(request.text("expression"));
    if (!parsed) return parse_failure(parsed.error());
    const bool model = version != "none";
    auto document = input_of(request, files, model);
    if (!document) return document.error();
    fhirpath::EvaluationContext context;
    context.definitions = model ? files.definitions().get() : nullptr;
    context.lenient_as = request.flag("lenientAs");
    context.polymorphic_names = request.flag("polymorphicNames");
    if (const auto found = request.json.FindMember("variables"); found != request.json.MemberEnd() && found->value.IsObject()) {
        Request inner;
        inner.line = request.raw("variables");
        inner.json.Parse(inner.line.data(), inner.line.size());
        for (const auto& member : inner.json.GetObject()) {
            auto items = items_of_json(inner.raw(member.name.GetString()));
            if (!items) return failure_of("request", items.error());
            context.variables[member.name.GetString()] = std::move(*items);
        }
    }
    auto focus = *document ? (*document)->root() : fhir::Element();
    if (request.flag("check") && model) {
        const auto issues = parsed->check(*files.definitions(), focus ? focus.type() : std::string_view());
        if (issues.has_errors()) return failure_of("semantic", issues);
    }
    if (focus) {
        context.resource = fhirpath::item_of(context.definitions, focus);
        context.root_resource = context.resource;
    }
    fhirpath::Collection input;
    if (focus) input.push_back(fhirpath::item_of(context.definitions, focus));
    if (request.has("context")) {
        const auto selector = fhirpath::Expression::parse(request.text("context"));
        if (!selector) return parse_failure(selector.error());
        auto selected = selector->evaluate(context, input);
        if (!selected) return run_failure(selected.error());
        input = std::move(*selected);
    }
    context.variables.try_emplace("context", input);
    const auto result = parsed->evaluate(context, input);
    if (!result) return run_failure(result.error());
    return written(*result);
}

Answer searchparam(const Request& request, const Files& files) {
    const auto& definitions = *files.definitions();
    const auto base = request.text("base");
    const auto* parameter = request.has("url") ? definitions.find_search_parameter(request.text("url"))
                                               : definitions.find_search_parameter(base, request.text("code"));
    if (!parameter) return Failure{"request", "unknown search parameter"};
    auto document = input_of(request, files, true);
    if (!document) return document.error();
    if (!*document) return Failure{"request", "member `input` is missing"};
    const auto expression = fhirpath::Expression::parse(parameter->expression);
    if (!expression) return failure_of("syntax", expression.error());
    fhirpath::EvaluationContext context;
    context.definitions = &definitions;
    context.lenient_as = true;
    context.reference_by_type = true;
    const auto result = expression->evaluate(context, (*document)->root());
    if (!result) return run_failure(result.error());
    std::string out = "\"values\":[";
    for (std::size_t i = 0; i < result->size(); ++i) {
        if (i > 0) out += ',';
        const auto& item = (*result)[i];
        if (item.is_element()) fhir::write_json(item.element(), out);
        else if (std::holds_alternative<std::string>(item.value)) fhir::write_json_string(fhirpath::value_text(item), out);
        else out += fhirpath::value_text(item);
    }
    return out + "]";
}

} // namespace huitong::app::batch
