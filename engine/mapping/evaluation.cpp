/// FHIRPath inside a run: variables of the scope, settings of the feed, codes through the terminology.
#include "mapping/executor.hpp"

namespace huitong::mapping {

namespace {

/// Variables that FHIRPath itself defines.
bool is_built_in(std::string_view name) {
    return name == "resource" || name == "rootResource" || name == "context" || name == "ucum" || name == "sct" || name == "loinc" ||
           name.starts_with("vs-") || name.starts_with("ext-");
}

} // namespace

class Executor::Surroundings final : public fhirpath::Environment {
public:
    explicit Surroundings(const terminology::Terminology* terminology) : terminology_(terminology) {}

    std::vector<Translated> translate(std::string_view map, std::string_view system, std::string_view code) const override {
        std::vector<Translated> out;
        if (!terminology_) return out;
        terminology::Coding coding;
        coding.system = system;
        coding.code = code;
        for (auto& match : terminology_->translate(map, coding)) {
            if (match.target.code.empty() || match.equivalence == "unmatched" || match.equivalence == "disjoint") continue;
            out.push_back(
                {std::move(match.target.system), std::move(match.target.code), std::move(match.target.display), std::move(match.comment)});
        }
        return out;
    }

    std::optional<bool> member_of(const fhirpath::Item& coded, std::string_view value_set) const override {
        if (!terminology_ || !coded.is_element()) return std::nullopt;
        const auto element = coded.element();
        if (element.has_value()) return terminology_->member_of(value_set, "", element.value());
        std::optional<bool> out;
        for (const auto coding : element.children("coding")) {
            out = terminology_->member_of(value_set, coding.text("system"), coding.text("code"));
            if (out && *out) return out;
        }
        return element.child("code") ? terminology_->member_of(value_set, element.text("system"), element.text("code")) : out;
    }

private:
    const terminology::Terminology* terminology_;
};

std::optional<Value> Executor::evaluate(const At& at, const std::string& text, const Scope& scope, const Value* context) {
    const auto is_variable = [&scope](std::string_view name) { return scope.find(name) != nullptr; };
    const auto& compiled = expressions_.compile(text, is_variable);
    const Place place = at.rule ? at.rule->place : at.group->place;
    if (!compiled.expression) {
        fail(at, "fml-fhirpath", {text}, place);
        return std::nullopt;
    }
    const Surroundings surroundings(terminology_);
    Outcome notes;
    fhirpath::EvaluationContext settings;
    settings.definitions = &definitions_;
    settings.environment = &surroundings;
    settings.resource = source_root_;
    settings.root_resource = source_root_;
    settings.now = options_.now;
    settings.offset_minutes = options_.offset_minutes;
    settings.polymorphic_names = true;
    settings.notes = &notes;
    for (const auto& name : compiled.variables) {
        const auto* value = scope.find(name);
        if (!value && is_built_in(name)) continue;
        // A variable that nothing was bound to is empty.
        auto& items = settings.variables[name];
        if (value) items.push_back(item_of_value(*value));
    }
    fhirpath::Collection input;
    if (context) input.push_back(item_of_value(*context));
    auto result = compiled.expression->evaluate(settings, input);
    for (auto& issue : notes.issues()) {
        issue.where = at.group->name + (at.rule ? "." + at.rule->name : "");
        issue.position = TextPosition{at.map->file, place.line, place.column};
        result_.issues.add(std::move(issue));
    }
    if (!result) {
        fail(at, "fml-evaluate", {text}, place);
        return std::nullopt;
    }
    if (result->empty()) return std::nullopt;
    Value out;
    out.item = std::move(result->front());
    return out;
}

} // namespace huitong::mapping
