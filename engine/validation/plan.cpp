#include "validation/plan.hpp"

#include "fhir/json.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <mutex>
#include <set>

namespace huitong::validation {
namespace {

std::string_view without_choice(std::string_view name) { return name.ends_with("[x]") ? name.substr(0, name.size() - 3) : name; }

fhir::DocumentPtr parsed_value(std::string_view json) {
    if (json.empty()) return nullptr;
    fhir::JsonOptions options;
    options.root_name = "fixed";
    auto parsed = fhir::read_json("{\"value\":" + std::string(json) + "}", options);
    return parsed.issues.has_errors() ? nullptr : parsed.value;
}

/// The steps of a path that is nothing but a path ("a.where(…).empty()"); empty when operators stand outside of parentheses.
std::vector<std::string_view> steps_of(std::string_view expression) {
    std::vector<std::string_view> out;
    std::size_t begin = 0;
    int depth = 0;
    bool in_text = false;
    for (std::size_t at = 0; at < expression.size(); ++at) {
        const char c = expression[at];
        if (in_text) {
            if (c == '\\') ++at;
            else if (c == '\'') in_text = false;
            continue;
        }
        in_text = c == '\'';
        if (c == '(') ++depth;
        else if (c == ')') --depth;
        else if (depth == 0 && c == '.') {
            out.push_back(expression.substr(begin, at - begin));
            begin = at + 1;
        } else if (depth == 0 && !std::isalnum(static_cast<unsigned char>(c))) return {};
    }
    out.push_back(expression.substr(begin));
    return out;
}

/// "contained.where(…).empty()" and "x.all(…)" hold when there is no `x`; telling that early spares most evaluations.
/// Only chains of which that is certain count: filters between, `empty()` or `all(…)` at the end.
std::string_view vacuous_without(std::string_view expression) {
    const auto steps = steps_of(expression);
    const auto first = steps.empty() ? std::string_view() : steps.front();
    const bool element_name =
        !first.empty() && first[0] >= 'a' && first[0] <= 'z' && first.find('(') == first.npos; // "Patient" would be the type
    if (steps.size() < 2 || !element_name) return {};
    for (std::size_t i = 1; i + 1 < steps.size(); ++i) {
        const bool filter =
            steps[i].starts_with("where(") || steps[i].starts_with("trace(") || steps[i].find('(') == std::string_view::npos;
        if (!filter) return {};
    }
    return steps.back() == "empty()" || steps.back().starts_with("all(") ? first : std::string_view();
}

/// Published R4 rules whose text does not say what their words say: que-7 asks a FHIR boolean to be a System.Boolean, que-12 counts
/// "more than one" from three.
std::string corrected(std::string_view key, std::string_view expression) {
    std::string out(expression);
    if (const auto two = key == "que-12" ? out.find("> 2") : out.npos; two != out.npos) out[two + 2] = '1';
    const auto at = key == "que-7" ? out.find("is Boolean") : out.npos;
    if (at != out.npos) out[at + 3] = 'b';
    return out;
}

/// Additional bindings stand in an extension of R5's name, its R4 translation, or the older one of the tools; the value set that no code
/// may leave in one of R4's.
std::vector<std::string> required_bindings(fhir::Element binding) {
    std::vector<std::string> out;
    for (auto extension : binding.children("extension")) {
        const auto url = extension.text("url");
        if (url.ends_with("/elementdefinition-maxValueSet")) out.emplace_back(extension.text("valueCanonical"));
        if (!url.ends_with("additional-binding") && !url.ends_with("ElementDefinition.binding.additional")) continue;
        bool required = false;
        std::string value_set;
        for (auto part : extension.children("extension")) {
            if (part.text("url") == "purpose") required = part.text("valueCode") == "required";
            if (part.text("url") == "valueSet") value_set = part.text("valueCanonical");
        }
        if (required && !value_set.empty()) out.push_back(std::move(value_set));
    }
    return out;
}

/// A profile may be a library of elements, of which a type names one. Source: FHIR Extensions, elementdefinition-profile-element.
std::string profile_element(fhir::Element type) {
    for (auto profile : type.children("profile")) {
        for (auto extension : profile.children("extension")) {
            if (extension.text("url").ends_with("/elementdefinition-profile-element")) return std::string(extension.text("valueString"));
        }
    }
    return {};
}

const fhir::ElementDefinition* element_at(const fhir::StructureDefinition& structure, std::string_view path) {
    for (const auto& element : structure.elements) {
        if (element.path == path && element.slice_name.empty()) return &element;
    }
    return nullptr;
}

} // namespace

const MemberName* ElementPlan::member(std::string_view name) const {
    const auto found =
        std::lower_bound(members.begin(), members.end(), name, [](const MemberName& a, std::string_view b) { return a.name < b; });
    return found != members.end() && found->name == name ? &*found : nullptr;
}

const StructurePlan& Plans::plan_of(const fhir::StructureDefinition& structure) const {
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = plans_.find(&structure); found != plans_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    auto& plan = plans_[&structure];
    if (!plan) {
        auto fresh = std::make_unique<StructurePlan>();
        fresh->definition = &structure;
        prepare(*fresh);
        plan = std::move(fresh);
    }
    return *plan;
}

const StructurePlan* Plans::type(std::string_view name) const {
    const auto* found = definitions_->find_type(name);
    return found ? &plan_of(*found) : nullptr;
}

const StructurePlan* Plans::structure(std::string_view canonical) const {
    const auto* found = definitions_->find_structure(canonical);
    return found ? &plan_of(*found) : nullptr;
}

const fhirpath::Expression* Plans::expression(std::string_view text) const {
    auto [at, fresh] = expressions_.try_emplace(std::string(text));
    if (fresh) {
        if (auto parsed = fhirpath::Expression::parse(text)) at->second = std::make_unique<fhirpath::Expression>(std::move(*parsed));
    }
    return at->second.get();
}

void Plans::prepare(StructurePlan& plan) const {
    const auto& structure = *plan.definition;
    for (const auto& definition : structure.elements) {
        auto& element = plan.elements.emplace_back();
        element.structure = &structure;
        element.definition = &definition;
        element.stem = without_choice(definition.name);
        element.fixed = parsed_value(definition.fixed);
        element.pattern = parsed_value(definition.pattern);
        std::from_chars(definition.max_length.data(), definition.max_length.data() + definition.max_length.size(), element.length_max);
    }
    if (structure.is_profile) prepare_further(plan);
    const auto* base = structure.is_profile ? definitions_->find_type(structure.type) : nullptr;
    for (auto& element : plan.elements) {
        prepare_children(plan, element);
        prepare_targets(element);
        prepare_rules(element, base);
    }
}

/// Profiles are read once more as they were written, for what few of them say.
void Plans::prepare_further(StructurePlan& plan) const {
    const auto text = definitions_->resource_json("StructureDefinition", plan.definition->url);
    if (text.empty()) return;
    const auto parsed = fhir::read_json(std::string(text));
    const auto root = parsed.value ? parsed.value->root() : fhir::Element();
    if (parsed.issues.has_errors() || !root) return;
    for (auto context : root.children("context"))
        plan.contexts.push_back({std::string(context.text("type")), std::string(context.text("expression"))});
    for (auto condition : root.children("contextInvariant")) plan.conditions.emplace_back(condition.value());
    std::unordered_map<std::string_view, ElementPlan*> by_id;
    for (auto& element : plan.elements) by_id.emplace(element.definition->id, &element);
    for (auto element : root.child("snapshot") ? root.child("snapshot").children("element") : fhir::ElementRange({})) {
        const auto found = by_id.find(element.text("id"));
        if (found == by_id.end()) continue;
        auto& further = found->second->further;
        for (auto child : element.children()) {
            if (child.name().starts_with("minValue")) further.min_value = fhir::write_json(child);
            else if (child.name().starts_with("maxValue")) further.max_value = fhir::write_json(child);
            else if (child.name() == "binding") further.required_bindings = required_bindings(child);
            else if (child.name() == "type") {
                further.profile_element = profile_element(child);
                for (auto mode : child.children("aggregation")) further.aggregation.emplace_back(mode.value());
            } else if (child.name() == "extension") {
                const auto url = child.text("url");
                further.no_languages =
                    further.no_languages || (url.ends_with("/narrative-language-control") && child.text("valueCode") == "_no");
                further.sources_named = further.sources_named || url.ends_with("/narrative-source-control");
            }
        }
    }
}

void Plans::prepare_children(StructurePlan& plan, ElementPlan& element) const {
    const auto& definition = *element.definition;
    for (const auto& other : plan.elements) {
        if (definition.content_reference.empty()) break;
        if (other.definition->id != definition.content_reference && other.definition->path != definition.content_reference) continue;
        element.content = &other;
        break;
    }
    for (const auto index : definition.children) {
        auto& child = plan.elements[index];
        if (!child.definition->slice_name.empty()) continue;
        for (const auto other : definition.children) {
            const auto& slice = plan.elements[other];
            const bool same = slice.definition->name == child.definition->name;
            const bool chosen = child.definition->is_choice && slice.definition->name.starts_with(child.stem);
            if (!slice.definition->slice_name.empty() && (same || chosen)) child.slices.push_back(&slice);
        }
        const auto ordinal = static_cast<std::uint32_t>(element.children.size());
        element.children.push_back(&child);
        for (const auto& type : child.definition->types) {
            std::string name = child.stem;
            if (child.definition->is_choice)
                name += static_cast<char>(std::toupper(static_cast<unsigned char>(type.code[0]))) + std::string(type.code.substr(1));
            element.members.push_back({std::move(name), ordinal, type.code, primitive_of(type.code)});
        }
        if (child.definition->types.empty()) element.members.push_back({child.stem, ordinal, {}, Primitive::none});
    }
    std::sort(element.members.begin(), element.members.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

void Plans::prepare_targets(ElementPlan& element) const {
    for (const auto& type : element.definition->types) {
        if (type.code != "Reference") continue;
        for (const auto target : type.target_profiles) {
            const auto* known = definitions_->find_structure(target);
            if (!known || known->type == "Resource" || known->type == "DomainResource") {
                element.target_types.clear();
                return;
            }
            element.target_types.push_back(known->type);
        }
    }
}

void Plans::prepare_rules(ElementPlan& element, const fhir::StructureDefinition* base) const {
    std::set<std::string_view> known{"ele-1", "ext-1"};
    const auto note = [&known](const fhir::ElementDefinition& definition) {
        for (const auto& constraint : definition.constraints) known.insert(constraint.key);
    };
    const auto* inherited = base ? element_at(*base, element.definition->path) : nullptr;
    if (inherited) note(*inherited);
    if (element.definition != &element.structure->root()) { // the type's own rules run with the type
        for (const auto& type : element.definition->types) {
            if (const auto* definition = definitions_->find_type(type.code)) note(definition->root());
        }
    }
    for (const auto& constraint : element.definition->constraints) {
        if (constraint.expression.empty() || !known.insert(constraint.key).second) continue;
        const auto* compiled = expression(corrected(constraint.key, constraint.expression));
        if (!compiled) continue;
        element.rules.push_back({&constraint, compiled, vacuous_without(constraint.expression),
                                 constraint.expression.find("%context") != std::string_view::npos,
                                 constraint.key == "ref-1" && constraint.expression.starts_with("reference.startsWith('#').not()")});
    }
}

} // namespace huitong::validation
