#include "validation/profile_walk.hpp"
#include "validation/values.hpp"

#include <algorithm>

namespace huitong::validation {
namespace {

using Slicing = fhir::Slicing;

/// Both ends of a discriminator's path: the elements of the instance and the definition in the slice.
struct Ends {
    std::vector<fhir::Element> elements;
    const ElementPlan* plan = nullptr; ///< null: the path leaves what the profile says
    fhir::DocumentPtr holder;          ///< fixed or pattern value met on the way
    fhir::Element expected;            ///< the part of it that the rest of the path selects
    bool is_pattern = false;
    bool computable = true;
};

/// The same whatever the version that the profile writes behind it.
bool same_canonical(std::string_view canonical, std::string_view url) { return canonical.substr(0, canonical.find('|')) == url; }

bool names(fhir::Element child, std::string_view step) {
    const auto name = child.name();
    return name == step || (name.size() > step.size() && name.starts_with(step) && name[step.size()] >= 'A' && name[step.size()] <= 'Z');
}

const ElementPlan* child_of(const ElementPlan& plan, std::string_view step) {
    const auto found = std::find_if(plan.children.begin(), plan.children.end(), [&](const auto* child) { return child->stem == step; });
    return found == plan.children.end() ? nullptr : *found;
}

/// The definition below `plan`, going through the only profile or the type when the slice says nothing itself.
const ElementPlan* plan_below(const Checks& checks, const ElementPlan& plan, std::string_view step) {
    if (const auto* meant = profile_element_of(checks, plan)) return child_of(*meant, step);
    if (const auto* child = child_of(plan, step)) return child;
    const auto& types = plan.definition->types;
    if (!plan.children.empty() || types.size() != 1) return nullptr;
    const auto* next = types.front().profiles.size() == 1 ? checks.plans.structure(types.front().profiles.front()) : nullptr;
    if (!next && types.front().profiles.empty()) next = checks.plans.type(types.front().code);
    return next ? child_of(next->root(), step) : nullptr;
}

void note_value(Ends& ends, const ElementPlan& plan) {
    if (ends.holder) return;
    if (plan.fixed) ends.holder = plan.fixed;
    else if (plan.pattern) ends.holder = plan.pattern;
    else return;
    ends.is_pattern = plan.pattern && !plan.fixed;
    ends.expected = ends.holder->root().child("value");
}

void step_extension(Ends& ends, std::string_view url) {
    std::vector<fhir::Element> next;
    for (auto element : ends.elements) {
        for (auto child : element.children("extension")) {
            if (child.text("url") == url) next.push_back(child);
        }
    }
    ends.elements = std::move(next);
    const ElementPlan* slice = nullptr;
    for (const auto* child : ends.plan ? ends.plan->children : std::vector<const ElementPlan*>()) {
        for (const auto* candidate : child->slices) {
            const auto& types = candidate->definition->types;
            if (child->stem == "extension" && !types.empty() && types.front().profiles.size() == 1 &&
                same_canonical(types.front().profiles.front(), url))
                slice = candidate;
        }
    }
    ends.plan = slice;
}

void step_name(const Checks& checks, Ends& ends, std::string_view step) {
    std::vector<fhir::Element> next;
    for (auto element : ends.elements) {
        for (auto child : element.children()) {
            if (names(child, step)) next.push_back(child);
        }
    }
    ends.elements = std::move(next);
    if (ends.holder) {
        ends.expected = ends.expected ? ends.expected.child(step) : ends.expected;
        return;
    }
    ends.plan = ends.plan ? plan_below(checks, *ends.plan, step) : nullptr;
    if (ends.plan) note_value(ends, *ends.plan);
}

void step_resolve(const Checks& checks, Ends& ends) {
    std::vector<fhir::Element> next;
    for (auto element : ends.elements) {
        const auto found = checks.targets.inside(element, element.text("reference"));
        if (found) next.push_back(found);
        else ends.computable = false;
    }
    ends.elements = std::move(next);
}

Ends follow(const Checks& checks, fhir::Element element, const ElementPlan& slice, std::string_view path) {
    Ends ends;
    ends.elements.push_back(element);
    ends.plan = &slice;
    note_value(ends, slice);
    while (!path.empty() && ends.computable) {
        const bool call = path.starts_with("extension(");
        const auto end = call ? path.find(')') + 1 : path.find('.');
        const auto step = path.substr(0, end);
        path = end >= path.size() ? std::string_view() : path.substr(path[end] == '.' ? end + 1 : end);
        if (step == "$this") continue;
        if (call && step.size() > 13) step_extension(ends, step.substr(11, step.size() - 13));
        else if (step == "resolve()") step_resolve(checks, ends);
        else if (step.starts_with("ofType(")) continue;
        else if (step.find('(') != step.npos) ends.computable = false;
        else step_name(checks, ends, step);
    }
    return ends;
}

/// "resource.conformsTo('http://…')" as a path: the profile decides, whatever value the slice asks for.
std::optional<bool> match_conforms(const Checks& checks, fhir::Element element, const ElementPlan& slice, std::string_view path) {
    constexpr std::string_view kCall = "conformsTo('";
    const auto at = path.find(kCall);
    const auto canonical = path.substr(at + kCall.size(), path.rfind('\'') - at - kCall.size());
    const auto* profile = checks.plans.structure(canonical);
    const auto ends = follow(checks, element, slice, at == 0 ? std::string_view() : path.substr(0, at - 1));
    if (!profile || !ends.computable) return std::nullopt;
    return std::any_of(ends.elements.begin(), ends.elements.end(), [&](fhir::Element found) { return conforms(checks, found, *profile); });
}

std::optional<bool> match_value(const Checks& checks, fhir::Element element, const ElementPlan& slice, std::string_view path) {
    if (path.find("conformsTo('") != path.npos) return match_conforms(checks, element, slice, path);
    const auto ends = follow(checks, element, slice, path);
    if (!ends.computable) return std::nullopt;
    if (ends.holder) {
        if (!ends.expected) return std::nullopt;
        return std::any_of(ends.elements.begin(), ends.elements.end(), [&](fhir::Element found) {
            return ends.is_pattern ? fits_pattern(found, ends.expected) : is_same(found, ends.expected);
        });
    }
    const auto& types = slice.definition->types;
    if (path == "url" && types.size() == 1 && types.front().profiles.size() == 1)
        return same_canonical(types.front().profiles.front(), element.text("url"));
    if (!ends.plan) return std::nullopt;
    const auto& definition = *ends.plan->definition;
    if (definition.max == 0) return ends.elements.empty();
    if (definition.binding == fhir::BindingStrength::required && !definition.value_set.empty() && checks.terminology) {
        for (auto found : ends.elements) {
            const auto inside = is_member(*checks.terminology, found, written_type(found, *ends.plan), definition.value_set);
            if (inside != false) return inside;
        }
        return false;
    }
    // Fixed only deeper, or in slices below: an instance without the element is out for certain.
    return ends.elements.empty() && definition.min > 0 ? std::optional(false) : std::nullopt;
}

std::optional<bool> match_type(const Checks& checks, fhir::Element element, const ElementPlan& sliced, const ElementPlan& slice,
                               std::string_view path) {
    if (path.ends_with("resolve()")) {
        auto before = path.substr(0, path.size() - 9);
        if (before.ends_with('.')) before.remove_suffix(1);
        const auto ends = follow(checks, element, slice, before);
        if (!ends.plan || ends.plan->target_types.empty() || ends.elements.size() != 1) return std::nullopt;
        const auto reference = ends.elements.front().text("reference");
        const auto inside = checks.targets.inside(ends.elements.front(), reference);
        const auto type = inside ? inside.type() : type_in_reference(checks.plans.definitions(), reference);
        if (type.empty()) return std::nullopt;
        return std::find(ends.plan->target_types.begin(), ends.plan->target_types.end(), type) != ends.plan->target_types.end();
    }
    const auto ends = follow(checks, element, slice, path);
    if (!ends.computable || !ends.plan) return std::nullopt;
    if (ends.elements.empty()) return false;
    const auto found = ends.elements.front();
    const auto type = path == "$this" ? written_type(found, sliced) : written_type(found, *ends.plan);
    const auto permits = [&](const ElementPlan& plan) {
        const auto& types = plan.definition->types;
        return std::any_of(types.begin(), types.end(), [&](const auto& permitted) {
            return found.is_resource() ? checks.plans.definitions().is_a(type, permitted.code) : permitted.code == type;
        });
    };
    // A choice that is sliced by type itself permits what its slices permit.
    const auto& narrower = ends.plan->slices;
    if (path != "$this" && !narrower.empty())
        return std::any_of(narrower.begin(), narrower.end(), [&](const ElementPlan* one) { return permits(*one); });
    return permits(*ends.plan);
}

/// The profile discriminator: the types that the slice names there, each with its profiles or, without one, as it is.
std::optional<bool> match_profile(const Checks& checks, fhir::Element element, const ElementPlan& slice, std::string_view path) {
    const auto ends = follow(checks, element, slice, path);
    if (!ends.computable || !ends.plan) return std::nullopt;
    const bool through_reference = path.ends_with("resolve()");
    const auto& types = ends.plan->definition->types;
    const bool discriminates = through_reference || std::any_of(types.begin(), types.end(), [&](const fhir::TypeReference& type) {
                                   return !type.profiles.empty() || checks.plans.definitions().is_resource_type(type.code);
                               });
    if (!discriminates) return true; // the slice says nothing here: another discriminator tells it apart
    if (ends.elements.empty()) return false;
    for (auto found : ends.elements) {
        for (const auto& type : types) {
            const auto& profiles = through_reference ? type.target_profiles : type.profiles;
            if (profiles.empty() && (!found.is_resource() || checks.plans.definitions().is_a(found.type(), type.code))) return true;
            for (const auto canonical : profiles) {
                const auto* profile = checks.plans.structure(canonical);
                if (!profile) return std::nullopt;
                if (conforms(checks, found, *profile)) return true;
            }
        }
    }
    return false;
}

std::optional<bool> match_exists(const Checks& checks, fhir::Element element, const ElementPlan& slice, std::string_view path) {
    const auto ends = follow(checks, element, slice, path);
    if (!ends.computable || !ends.plan) return std::nullopt;
    if (ends.plan->definition->max == 0) return ends.elements.empty();
    return ends.plan->definition->min > 0 ? std::optional(!ends.elements.empty()) : std::nullopt;
}

} // namespace

std::optional<bool> is_in_slice(const Checks& checks, fhir::Element element, const ElementPlan& sliced, const ElementPlan& slice) {
    const auto& discriminators = sliced.definition->slicing.discriminators;
    if (discriminators.empty()) {
        // "valueQuantity" as a slice of value[x] needs no discriminator.
        const bool by_name = sliced.definition->is_choice && slice.definition->types.size() == 1;
        return by_name ? std::optional(written_type(element, sliced) == slice.definition->types.front().code) : std::nullopt;
    }
    std::optional<bool> out = true;
    for (const auto& discriminator : discriminators) {
        std::optional<bool> one;
        if (discriminator.type == "value" || discriminator.type == "pattern") one = match_value(checks, element, slice, discriminator.path);
        else if (discriminator.type == "type") one = match_type(checks, element, sliced, slice, discriminator.path);
        else if (discriminator.type == "profile") one = match_profile(checks, element, slice, discriminator.path);
        else if (discriminator.type == "exists") one = match_exists(checks, element, slice, discriminator.path);
        if (one == false) return false;
        if (!one) out = std::nullopt;
    }
    return out;
}

} // namespace huitong::validation
