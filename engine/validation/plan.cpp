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

/// "contained.where(…).empty()" and "x.all(…)" hold when there is no `x`; telling that early spares most evaluations.
std::string_view vacuous_without(std::string_view expression) {
    const auto dot = expression.find('.');
    if (dot == expression.npos) return {};
    const auto first = expression.substr(0, dot);
    if (first.empty() || !std::all_of(first.begin(), first.end(), [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; })) return {};
    const auto rest = expression.substr(dot + 1);
    if (first == "contained" && (rest.ends_with(".empty()"))) return rest.find(" or ") == rest.npos || rest.starts_with("where(") ? first : std::string_view();
    const bool to_all = rest.starts_with("all(") && rest.find(')') != rest.npos;
    if (!to_all) return {};
    int depth = 0;  // the whole expression is this one call
    for (std::size_t at = 3; at < rest.size(); ++at) {
        if (rest[at] == '(') ++depth;
        if (rest[at] == ')' && --depth == 0) return at + 1 == rest.size() ? first : std::string_view();
    }
    return {};
}

/// Published R4 rules whose text cannot hold as written: que-7 asks a FHIR boolean to be a System.Boolean.
std::string corrected(std::string_view key, std::string_view expression) {
    std::string out(expression);
    const auto at = key == "que-7" ? out.find("is Boolean") : out.npos;
    if (at != out.npos) out[at + 3] = 'b';
    return out;
}

const fhir::ElementDefinition* element_at(const fhir::StructureDefinition& structure, std::string_view path) {
    for (const auto& element : structure.elements) {
        if (element.path == path && element.slice_name.empty()) return &element;
    }
    return nullptr;
}

}  // namespace

const MemberName* ElementPlan::member(std::string_view name) const {
    const auto found = std::lower_bound(members.begin(), members.end(), name, [](const MemberName& a, std::string_view b) { return a.name < b; });
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
    const auto* base = structure.is_profile ? definitions_->find_type(structure.type) : nullptr;
    for (auto& element : plan.elements) {
        prepare_children(plan, element);
        prepare_targets(element);
        prepare_rules(element, base);
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
            if (child.definition->is_choice) name += static_cast<char>(std::toupper(static_cast<unsigned char>(type.code[0]))) + std::string(type.code.substr(1));
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
    if (element.definition != &element.structure->root()) {  // the type's own rules run with the type
        for (const auto& type : element.definition->types) {
            if (const auto* definition = definitions_->find_type(type.code)) note(definition->root());
        }
    }
    for (const auto& constraint : element.definition->constraints) {
        if (constraint.expression.empty() || !known.insert(constraint.key).second) continue;
        const auto* compiled = expression(corrected(constraint.key, constraint.expression));
        if (!compiled) continue;
        element.rules.push_back({&constraint, compiled, vacuous_without(constraint.expression), constraint.expression.find("%context") != std::string_view::npos});
    }
}

}  // namespace huitong::validation
