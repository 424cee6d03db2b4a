#include "terminology/filters.hpp"

#include "terminology/ecl/ecl.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace huitong::terminology {
namespace {

Answer answer_of(bool holds) { return holds ? Answer::yes : Answer::no; }

bool is_hierarchical(std::string_view op) {
    constexpr std::array<std::string_view, 6> kOps = {"is-a", "descendent-of", "is-not-a", "generalizes", "child-of", "descendent-leaf"};
    return std::find(kOps.begin(), kOps.end(), op) != kOps.end();
}

/// A coding is kept as "system|code|display": its code is compared.
std::string_view comparable(const Property& property) {
    if (property.type != PropertyType::coding) return property.value;
    const auto rest = property.value.substr(std::min(property.value.find('|') + 1, property.value.size()));
    return rest.substr(0, rest.find('|'));
}

/// Values of a property of the concept; nullopt: the system does not have that property.
std::optional<std::vector<std::string_view>> values_of(const CodeSystem& system, ConceptIndex one, const std::string& name) {
    const auto& table = *system.concepts;
    std::vector<std::string_view> out;
    if (name == "code" || name == "concept") return std::vector{table.code(one)};
    if (name == "display") return std::vector{table.display(one)};
    if (name == "definition") return std::vector{table.definition(one)};
    if (name == "parent" || name == "child") {
        for (const auto other : name == "parent" ? table.parents(one) : table.children(one)) out.push_back(table.code(other));
        return out;
    }
    for (const auto& property : table.properties(one)) {
        if (property.name == name) out.push_back(comparable(property));
    }
    if (!out.empty() || system.property_names.contains(name)) return out;
    if (name == "inactive") return std::vector<std::string_view>{table.is_inactive(one) ? "true" : "false"};
    if (name == "notSelectable") return std::vector<std::string_view>{table.is_abstract(one) ? "true" : "false"};
    return std::nullopt;
}

/// SNOMED CT: an expression constraint is a filter of the property "constraint" (FHIR R4, Using SNOMED CT with HL7 FHIR, "Filter
/// Properties").
bool is_constraint(const Filter& filter) {
    return filter.op == "=" && (filter.property == "constraint" || filter.property == "expression");
}

bool lists(std::string_view list, std::string_view code) {
    for (std::size_t begin = 0; begin <= list.size();) {
        const auto end = std::min(list.find(',', begin), list.size());
        auto item = list.substr(begin, end - begin);
        while (item.starts_with(' ')) item.remove_prefix(1);
        while (item.ends_with(' ')) item.remove_suffix(1);
        if (item == code) return true;
        begin = end + 1;
    }
    return false;
}

} // namespace

std::optional<std::size_t> filter_without_value(const std::vector<Filter>& filters) {
    for (std::size_t at = 0; at < filters.size(); ++at) {
        if (filters[at].value.empty()) return at;
    }
    return std::nullopt;
}

FilterSet::FilterSet(const CodeSystem& system, const std::vector<Filter>& filters) : system_(system), filters_(filters) {
    for (const auto& filter : filters) {
        auto& made = compiled_.emplace_back();
        if (is_hierarchical(filter.op)) made.target = system.find(filter.value);
        if (is_constraint(filter)) {
            const auto read = read_ecl(filter.value);
            auto bits = read ? evaluate_ecl(*read, *system.concepts) : Result<std::vector<bool>>(read.error());
            made.is_broken = bits.has_error();
            if (!made.is_broken) made.constrained = std::move(*bits);
        }
        if (filter.op != "regex") continue;
        RE2::Options options;
        options.set_log_errors(false);
        made.expression = std::make_unique<RE2>(filter.value, options);
    }
}

FilterSet::~FilterSet() = default;

std::vector<ConceptIndex> FilterSet::candidates() const {
    for (std::size_t at = 0; at < filters_.size(); ++at) {
        const auto& op = filters_[at].op;
        if ((op == "is-a" || op == "descendent-of" || op == "descendent-leaf") && compiled_[at].target != kNoConcept) {
            auto out = system_.concepts->descendants(compiled_[at].target);
            std::sort(out.begin(), out.end());
            return out;
        }
    }
    std::vector<ConceptIndex> out(system_.concepts->size());
    for (ConceptIndex at = 0; at < out.size(); ++at) out[at] = at;
    return out;
}

Answer FilterSet::passes(ConceptIndex one) const {
    auto out = Answer::yes;
    for (std::size_t at = 0; at < filters_.size(); ++at) out = std::min(out, passes(one, filters_[at], compiled_[at]));
    return out;
}

Answer FilterSet::by_hierarchy(ConceptIndex one, const Filter& filter, const Compiled& compiled) const {
    const auto& table = *system_.concepts;
    // A fragment may lack the concept or links between: what it does not show cannot be told.
    if (compiled.target == kNoConcept) return system_.complete ? answer_of(filter.op == "is-not-a") : Answer::unknown;
    const auto unless_fragment = [&](bool holds) { return holds ? Answer::yes : system_.complete ? Answer::no : Answer::unknown; };
    if (filter.op == "generalizes") return unless_fragment(table.is_a(compiled.target, one));
    if (filter.op == "child-of") {
        const auto parents = table.parents(one);
        return unless_fragment(std::find(parents.begin(), parents.end(), compiled.target) != parents.end());
    }
    const bool below = table.is_a(one, compiled.target);
    if (!below && !system_.complete) return Answer::unknown;
    if (filter.op == "is-not-a") return answer_of(!below);
    if (filter.op == "is-a") return answer_of(below);
    const bool strictly = below && one != compiled.target;
    return answer_of(filter.op == "descendent-leaf" ? strictly && table.children(one).empty() : strictly);
}

Answer FilterSet::passes(ConceptIndex one, const Filter& filter, const Compiled& compiled) const {
    if (is_hierarchical(filter.op)) return by_hierarchy(one, filter, compiled);
    if (compiled.is_broken) return Answer::unknown;
    if (compiled.constrained) return answer_of((*compiled.constrained)[one]);
    const auto values = values_of(system_, one, filter.property);
    if (!values) return Answer::unknown;
    const auto any = [&](auto holds) { return std::any_of(values->begin(), values->end(), holds); };
    if (filter.op == "=") return answer_of(any([&](std::string_view value) { return value == filter.value; }));
    if (filter.op == "in") return answer_of(any([&](std::string_view value) { return lists(filter.value, value); }));
    if (filter.op == "not-in") return answer_of(!any([&](std::string_view value) { return lists(filter.value, value); }));
    if (filter.op == "exists") return answer_of(any([](std::string_view value) { return !value.empty(); }) == (filter.value == "true"));
    if (!compiled.expression || !compiled.expression->ok()) return Answer::unknown;
    return answer_of(
        any([&](std::string_view value) { return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *compiled.expression); }));
}

} // namespace huitong::terminology
