#include "validation/profile_walk.hpp"
#include "validation/text_rules.hpp"

#include <algorithm>

namespace huitong::validation {
namespace {

/// Profiles that name each other end here.
constexpr int kProfileDepthMax = 24;

bool is_written_as(fhir::Element child, const ElementPlan& plan) {
    const auto name = child.name();
    if (!plan.definition->is_choice) return name == plan.stem;
    return name.size() > plan.stem.size() && name.starts_with(plan.stem) && name[plan.stem.size()] >= 'A' && name[plan.stem.size()] <= 'Z';
}

bool same_type(std::string_view suffix, std::string_view type) {
    return suffix.size() == type.size() && !type.empty() && suffix.substr(1) == type.substr(1) && (suffix[0] | 0x20) == (type[0] | 0x20);
}

} // namespace

std::string_view written_type(fhir::Element element, const ElementPlan& plan) {
    if (element.is_resource()) return element.type();
    const auto& types = plan.definition->types;
    if (plan.definition->is_choice) {
        const auto suffix = element.name().substr(std::min(plan.stem.size(), element.name().size()));
        for (const auto& type : types) {
            if (same_type(suffix, type.code)) return type.code;
        }
        return suffix;
    }
    return types.empty() ? std::string_view() : types.front().code;
}

void ProfileWalk::apply(fhir::Element element, const StructurePlan& profile, const Scope& scope) {
    if (depth_ >= kProfileDepthMax || !applied_.insert({element.index(), &profile}).second) return;
    ++depth_;
    this->element(element, profile.root(), profile.definition->type, scope);
    --depth_;
}

void ProfileWalk::element(fhir::Element element, const ElementPlan& plan, std::string_view type, const Scope& scope) {
    if (report_.full()) return;
    checks_.values(element, plan, report_);
    checks_.binding(element, plan, type, report_);
    checks_.bounds(element, plan, type, report_);
    checks_.length(element, plan, report_);
    if (type == "Narrative" && checks_.strictness) {
        const auto div = element.text("div");
        if (plan.further.no_languages && has_language_sections(div))
            report_.error(IssueCode::structure, element, "validation-narrative-language");
        if (plan.further.sources_named && has_part_without_source(div))
            report_.error(IssueCode::structure, element, "validation-narrative-source");
    }
    if (type == "Reference") {
        checks_.target(element, plan, report_);
        checks_.aggregation(element, plan, report_);
        target_profiles(element, plan);
    }
    if (!plan.rules.empty()) checks_.rules(element, plan, fhirpath::item_of(&checks_.plans.definitions(), element).type, scope, report_);
    const auto& types = plan.definition->types;
    const bool is_root = plan.definition == &plan.structure->root();
    if (!is_root && !types.empty()) {
        const auto fits = std::find_if(types.begin(), types.end(), [&](const auto& permitted) {
            return element.is_resource() ? checks_.plans.definitions().is_a(element.type(), permitted.code) : permitted.code == type;
        });
        const bool choice = plan.definition->is_choice || element.is_resource();
        if (fits != types.end()) type_profiles(element, plan, *fits, scope);
        else if (choice) report_.error(IssueCode::structure, element, "validation-type-not-permitted", {std::string(type)});
    }
    const bool is_inner = element.is_resource() && element.parent() && element != scope.context.resource.element();
    if (!is_inner) return children(element, plan, scope);
    // Inside another resource %resource is that one; only of a contained one %rootResource is what holds it.
    const auto root = element.name() == "contained" ? scope.context.root_resource.element() : element;
    children(element, plan, checks_.scope_of(element, root));
}

/// A target inside the document fits one of the profiles that the reference asks for.
void ProfileWalk::target_profiles(fhir::Element reference, const ElementPlan& plan) {
    if (!checks_.strictness) return; // of what is sent in pieces the target is checked when it is written
    std::vector<const StructurePlan*> wanted;
    for (const auto& type : plan.definition->types) {
        for (const auto canonical : type.target_profiles) {
            const auto* profile = checks_.plans.structure(canonical);
            if (!profile) return; // an unknown alternative may be the one that fits
            wanted.push_back(profile);
        }
    }
    const bool asks = std::any_of(wanted.begin(), wanted.end(), [](const auto* profile) { return profile->definition->is_profile; });
    const auto written = reference.text("reference");
    if (!asks || written.empty()) return;
    const auto target = checks_.targets.inside(reference, written);
    if (!target || depth_ >= kProfileDepthMax) return;
    const bool fits = std::any_of(wanted.begin(), wanted.end(), [&](const auto* profile) { return conforms(checks_, target, *profile); });
    if (!fits) report_.error(IssueCode::structure, reference, "validation-reference-profile");
}

bool conforms(const Checks& checks, fhir::Element element, const StructurePlan& profile) {
    const auto& definitions = checks.plans.definitions();
    if (element.is_resource() && !definitions.is_a(element.type(), profile.definition->type)) return false;
    if (!profile.definition->is_profile) return true;
    // While a pair is being looked at it counts as fitting: what refers to itself is not wrong for that.
    const auto [known, fresh] = checks.conforming.try_emplace({element.index(), &profile}, true);
    if (!fresh) return known->second;
    Report trial(1);
    ProfileWalk walk(checks, trial);
    auto resource = element;
    while (!resource.is_resource() && resource.parent()) resource = resource.parent();
    walk.apply(element, profile, checks.scope_of(resource, resource));
    return checks.conforming[{element.index(), &profile}] = trial.errors() == 0;
}

const ElementPlan* profile_element_of(const Checks& checks, const ElementPlan& plan) {
    const auto& types = plan.definition->types;
    if (plan.further.profile_element.empty() || types.size() != 1 || types.front().profiles.size() != 1) return nullptr;
    const auto* profile = checks.plans.structure(types.front().profiles.front());
    if (!profile) return nullptr;
    const auto& elements = profile->elements;
    const auto found = std::find_if(elements.begin(), elements.end(),
                                    [&](const ElementPlan& other) { return other.definition->id == plan.further.profile_element; });
    return found == elements.end() ? nullptr : &*found;
}

void ProfileWalk::type_profiles(fhir::Element element, const ElementPlan& plan, const fhir::TypeReference& type, const Scope& scope) {
    if (!plan.further.profile_element.empty()) {
        const auto* meant = profile_element_of(checks_, plan);
        if (!meant || meant == &plan || depth_ >= kProfileDepthMax) return;
        ++depth_;
        this->element(element, *meant, type.code, scope);
        --depth_;
        return;
    }
    std::vector<const StructurePlan*> known;
    for (const auto canonical : type.profiles) {
        const auto* profile = checks_.plans.structure(canonical);
        if (!profile) return; // an unknown alternative may be the one that fits
        known.push_back(profile);
    }
    if (known.size() == 1) apply(element, *known.front(), scope);
    if (known.size() < 2) return;
    if (depth_ >= kProfileDepthMax) return;
    for (const auto* profile : known) {
        Report trial(1);
        ProfileWalk walk(checks_, trial);
        walk.depth_ = depth_;
        walk.apply(element, *profile, scope);
        if (trial.errors() == 0) return;
    }
    report_.error(IssueCode::structure, element, "validation-profiles-none", {std::to_string(known.size())});
}

void ProfileWalk::cardinality(fhir::Element parent, const ElementPlan& plan, const std::string& name, std::size_t count) {
    const auto& definition = *plan.definition;
    if (count < definition.min)
        report_.error(IssueCode::required, parent, "validation-min", {name, std::to_string(definition.min), std::to_string(count)});
    if (definition.max != fhir::kUnbounded && count > definition.max) {
        report_.error(IssueCode::structure, parent, "validation-max", {name, std::to_string(definition.max), std::to_string(count)});
    }
}

void ProfileWalk::children(fhir::Element element, const ElementPlan& plan, const Scope& scope) {
    std::vector<fhir::Element> found;
    for (const auto* child : plan.children) {
        found.clear();
        for (auto below : element.children()) {
            if (is_written_as(below, *child)) found.push_back(below);
        }
        const bool primitive_value = child->stem == "value" && element.has_value();
        if (!primitive_value) cardinality(element, *child, child->stem, found.size());
        for (auto below : found) this->element(below, *child, written_type(below, *child), scope);
        if (!child->slices.empty()) slices(element, *child, "", found, scope);
    }
}

namespace {

/// The slices of an element itself ("" as holder), or those of one of its slices ("a/x" and "a/y" of "a").
std::vector<const ElementPlan*> slices_in(const ElementPlan& sliced, std::string_view holder) {
    std::vector<const ElementPlan*> out;
    for (const auto* slice : sliced.slices) {
        const auto name = slice->definition->slice_name;
        const auto slash = name.rfind('/');
        const auto around = slash == name.npos ? std::string_view() : name.substr(0, slash);
        if (around == holder) out.push_back(slice);
    }
    return out;
}

} // namespace

void ProfileWalk::slices(fhir::Element parent, const ElementPlan& sliced, std::string_view holder, const std::vector<fhir::Element>& found,
                         const Scope& scope) {
    const auto known = slices_in(sliced, holder);
    const auto is_holder = [&](const ElementPlan* slice) { return slice->definition->slice_name == holder; };
    const auto outer = std::find_if(sliced.slices.begin(), sliced.slices.end(), is_holder);
    const ElementPlan& slicer = outer == sliced.slices.end() ? sliced : **outer;
    const auto& slicing = slicer.definition->slicing;
    // Slices that nothing tells apart can be told by nobody.
    if (known.empty() || (slicing.discriminators.empty() && !sliced.definition->is_choice)) return;
    std::vector<std::vector<fhir::Element>> members(known.size());
    std::vector<bool> uncertain(known.size(), false);
    std::vector<std::optional<std::size_t>> places; // of what is known to be in one slice or in none
    for (auto below : found) {
        std::optional<std::size_t> place;
        bool doubtful = false;
        for (std::size_t i = 0; i < known.size() && !place; ++i) {
            const auto match = is_in_slice(checks_, below, slicer, *known[i]);
            if (!match) uncertain[i] = doubtful = true;
            else if (*match) place = i;
        }
        if (place) {
            members[*place].push_back(below);
            element(below, *known[*place], written_type(below, *known[*place]), scope);
        } else if (!doubtful && slicing.rules == "closed") {
            report_.error(IssueCode::structure, below, "validation-slice-none", {sliced.stem});
        }
        if (place || !doubtful) places.push_back(place);
    }
    order(parent, slicer, places);
    for (std::size_t i = 0; i < known.size(); ++i) {
        const std::string name(known[i]->definition->slice_name);
        if (!uncertain[i]) cardinality(parent, *known[i], sliced.stem + ":" + name, members[i].size());
        if (!members[i].empty()) slices(parent, sliced, name, members[i], scope);
    }
}

/// `places` has the slice of each item, nothing for those outside of all slices.
void ProfileWalk::order(fhir::Element parent, const ElementPlan& sliced, const std::vector<std::optional<std::size_t>>& places) {
    std::size_t last = 0;
    bool is_behind_others = false;
    for (const auto& place : places) {
        is_behind_others = is_behind_others || !place;
        if (!place) continue;
        if (is_behind_others && sliced.definition->slicing.rules == "openAtEnd")
            report_.error(IssueCode::structure, parent, "validation-slice-end", {sliced.stem});
        if (*place < last && sliced.definition->slicing.ordered)
            report_.error(IssueCode::structure, parent, "validation-slice-order", {sliced.stem});
        last = std::max(last, *place);
    }
}

} // namespace huitong::validation
