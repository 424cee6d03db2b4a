/// Targets of the static check: what they write, and whether it fits.
#include "mapping/check.hpp"
#include "mapping/transform_table.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

const Transform* find_transform(std::string_view name) {
    const auto found = std::find_if(std::begin(kTransforms), std::end(kTransforms), [&](const auto& one) { return one.name == name; });
    return found == std::end(kTransforms) ? nullptr : found;
}

bool is_number(std::string_view type) { return type == "integer" || type == "decimal" || type == "positiveInt" || type == "unsignedInt"; }

} // namespace

void Checker::target(const At& at, const Target& target, Symbols& symbols) {
    sight(at, target.place, symbols);
    const auto name_it = [&](Symbol value) {
        if (!target.variable.empty()) symbols.emplace_back(target.variable, std::move(value));
    };
    if (target.context.empty()) {
        Symbol value = transformed(at, target, symbols);
        if (target.transform == "create") {
            value.is_target = true;
            value.writes = std::make_shared<Writes>();
            if (value.type) value.writes->type = *value.type;
            value.writes->at = at;
            value.writes->place = target.place;
            created_.push_back(value.writes);
        }
        return name_it(std::move(value));
    }
    const auto* found = find(symbols, target.context);
    if (!found) {
        unknown_variable(at, target.context, target.place, symbols);
        return name_it({});
    }
    auto context = *found;
    if (!context.is_target) {
        complain(at, Severity::error, "fml-not-target", {target.context}, target.place);
        return name_it({});
    }
    if (target.element.empty()) return name_it(std::move(context));
    if (target.transform.empty() || target.transform == "create") {
        for (const auto& one : target.parameters) argument(at, one, symbols);
        // `src.a -> tgt.a` copies, or runs a default group.
        if (!at.rule->is_simple()) return name_it(created(at, target, context));
    }
    const auto value = at.rule->is_simple() && target.transform.empty() ? Symbol() : transformed(at, target, symbols);
    if (context.writes) context.writes->elements.try_emplace(target.element);
    const auto element = context.type ? child_of(at, *context.type, target.element, target.place, true) : std::nullopt;
    if (element) fits(at, target, *element, value);
    Symbol written;
    written.is_target = true;
    written.type = element && !element->declared->is_choice ? element : value.type;
    written.writes = std::make_shared<Writes>();
    written.writes->open = true;
    if (value.literal) written.literal = value.literal;
    name_it(std::move(written));
}

/// A new element that rules go on to fill.
Symbol Checker::created(const At& at, const Target& target, Symbol& parent) {
    Symbol out;
    out.is_target = true;
    const auto element = parent.type ? child_of(at, *parent.type, target.element, target.place, true) : std::nullopt;
    const auto named = target.parameters.empty() ? std::string() : target.parameters.front().value;
    const auto type = named.empty() ? fhir::TypedName() : definitions_.type_root(type_named(definitions_, *at.map, named));
    if (!named.empty() && !type.structure) complain(at, Severity::error, "fml-unknown-type", {named}, target.place);
    if (type.structure) out.type = type;
    if (element && element->declared->is_choice && element->declared->types.size() > 1 &&
        element->declared->name.size() == target.element.size() + 3) {
        const auto& types = element->declared->types;
        const bool is_one = std::any_of(types.begin(), types.end(), [&](const auto& one) { return one.code == type.type; });
        if (named.empty()) complain(at, Severity::error, "fml-choice", {target.element, std::string(parent.type->type)}, target.place);
        else if (type.structure && !is_one)
            complain(at, Severity::error, "fml-type", {named, std::string(element->declared->name)}, target.place);
    } else if (element) {
        const bool is_open = element->type == "Resource" || element->type == "Element" || element->type.empty();
        if (!is_open && type.structure && type.type != element->type && !definitions_.is_a(type.type, element->type))
            complain(at, Severity::error, "fml-type", {named, std::string(element->type)}, target.place);
        if (!is_open || !type.structure) out.type = element;
    }
    const bool repeats = !element || element->is_array;
    auto& slot = parent.writes->elements[target.element];
    if (!repeats && slot) out.writes = slot; // one element, however often it is named
    else {
        out.writes = std::make_shared<Writes>();
        out.writes->at = at;
        out.writes->place = target.place;
    }
    if (out.type) out.writes->type = *out.type;
    if (repeats) created_.push_back(out.writes);
    else slot = out.writes;
    return out;
}

Symbol Checker::transformed(const At& at, const Target& target, const Symbols& symbols) {
    Symbol out;
    const auto* transform = find_transform(target.transform);
    if (!transform) {
        std::vector<std::string_view> names;
        for (const auto& one : kTransforms) names.push_back(one.name);
        complain(at, Severity::error, "fml-unknown-transform", {target.transform, nearest_name(target.transform, names)}, target.place);
        return out;
    }
    const auto count = target.parameters.size();
    if (count < transform->min || count > transform->max)
        complain(at, Severity::error, "fml-transform-arguments",
                 {target.transform, std::to_string(transform->min), std::to_string(transform->max), std::to_string(count)}, target.place);
    std::vector<Symbol> arguments;
    for (const auto& one : target.parameters) arguments.push_back(argument(at, one, symbols));
    for (const auto& one : arguments) {
        if (one.is_target && one.writes && target.transform != "reference" && target.transform != "pointer") one.writes->open = true;
    }
    if (!transform->type.empty()) out.type = definitions_.type_root(transform->type);
    if (arguments.empty()) return out;
    if (target.transform == "copy" || target.transform == "evaluate") {
        out = arguments.back();
        out.is_target = false;
        out.writes.reset();
    } else if ((target.transform == "create" && count > 0) || (target.transform == "cast" && count > 1)) {
        const auto& name = target.parameters.back().value;
        const auto type = definitions_.type_root(type_named(definitions_, *at.map, name));
        if (!type.structure) complain(at, Severity::error, "fml-unknown-type", {name}, target.parameters.back().place);
        else out.type = type;
    } else if (target.transform == "translate") {
        return translated(at, target, arguments);
    }
    return out;
}

Symbol Checker::translated(const At& at, const Target& target, const std::vector<Symbol>& arguments) {
    Symbol out;
    const auto form = arguments.size() > 2 ? arguments[2].literal.value_or("") : "code";
    if (form == "coding" || form == "Coding") out.type = definitions_.type_root("Coding");
    else if (form == "CodeableConcept") out.type = definitions_.type_root("CodeableConcept");
    else if (form == "code" || form == "system" || form == "display") out.type = definitions_.type_root("string");
    else if (!form.empty()) complain(at, Severity::error, "fml-translate-form", {form}, target.parameters[2].place);
    if (arguments.size() < 2 || !arguments[1].literal || arguments[1].literal->empty()) return out;
    const auto& url = *arguments[1].literal;
    const auto place = target.parameters[1].place;
    if (url.starts_with('#')) {
        const auto& maps = at.map->concept_maps;
        if (std::none_of(maps.begin(), maps.end(), [&](const auto& one) { return one.id == url.substr(1); })) {
            std::vector<std::string_view> names;
            for (const auto& one : maps) names.push_back(one.id);
            complain(at, Severity::error, "fml-unknown-concept-map", {url, nearest_name(url.substr(1), names)}, place);
        }
        return out;
    }
    if (!terminology_) return out;
    const auto urls = terminology_->concept_map_urls();
    if (std::find(urls.begin(), urls.end(), url) == urls.end())
        complain(at, Severity::error, "fml-unknown-concept-map", {url, nearest_name(url, {urls.begin(), urls.end()})}, place);
    return out;
}

/// Whether a value may be written to an element.
void Checker::fits(const At& at, const Target& target, const fhir::TypedName& element, const Symbol& value) {
    const auto want = element.type;
    const auto* structure = definitions_.find_type(want);
    if (element.declared->max == 0) return complain(at, Severity::error, "fml-not-allowed", {target.element}, target.place);
    if (!structure || element.declared->is_choice) return;
    if (structure->kind == fhir::StructureKind::logical) return; // an element of a message takes any text
    const bool wants_text = structure->kind == fhir::StructureKind::primitive;
    if (value.literal && wants_text) {
        const auto& text = *value.literal;
        const bool unfit = (is_number(want) && !Decimal::read(text)) || (want == "boolean" && text != "true" && text != "false") ||
                           ((want == "date" || want == "dateTime" || want == "instant") && !read_date_time(text));
        if (unfit) return complain(at, Severity::error, "fml-literal", {text, std::string(want)}, target.place);
        return fits_code(at, target, element, text);
    }
    if (!value.type || !value.type->structure || value.type->structure->kind == fhir::StructureKind::logical) return;
    const auto have = value.type->type;
    const bool has_text = value.type->structure->kind == fhir::StructureKind::primitive;
    if (have == want || definitions_.is_a(have, want) || definitions_.is_a(want, have)) return;
    static constexpr std::pair<std::string_view, std::string_view> kLets[] = {
        {"Coding", "CodeableConcept"}, {"Identifier", "Reference"}, {"CodeableConcept", "code"}, {"Coding", "code"}};
    const bool is_let =
        std::any_of(std::begin(kLets), std::end(kLets), [&](const auto& one) { return one.first == have && one.second == want; });
    static constexpr std::string_view kTakesText[] = {"Reference",      "CodeableConcept", "Annotation",  "Quantity",
                                                      "SimpleQuantity", "Identifier",      "ContactPoint"};
    const bool takes_text = std::find(std::begin(kTakesText), std::end(kTakesText), want) != std::end(kTakesText);
    const bool both_text = has_text && wants_text && !(have == "boolean" && is_number(want)) && !(is_number(have) && want == "boolean");
    if (!is_let && !both_text && !(has_text && takes_text))
        complain(at, Severity::error, "fml-type", {std::string(have), std::string(want)}, target.place);
}

/// A literal code under a required binding must be one of its codes.
void Checker::fits_code(const At& at, const Target& target, const fhir::TypedName& element, const std::string& literal) {
    if (!terminology_ || element.type != "code" || element.declared->binding != fhir::BindingStrength::required) return;
    const auto is_member = terminology_->member_of(element.declared->value_set, "", literal);
    if (is_member && !*is_member)
        complain(at, Severity::error, "fml-code", {literal, std::string(element.declared->value_set)}, target.place);
}

} // namespace huitong::mapping
