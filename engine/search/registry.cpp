/// The compiled search parameters of every type; index_rows.cpp makes the rows.
#include "fhir/json.hpp"
#include "search/branches.hpp"
#include "search/compiled.hpp"
#include "search/timeline.hpp"

#include <algorithm>

namespace huitong::search {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

/// R4 swaps the expressions of DocumentReference's `relationship`. Where a component's own parameter is a path below the composite's, that
/// path is what is meant.
std::string_view component_expression(const fhir::SearchParameterDefinition& composite,
                                      const fhir::SearchParameterDefinition::Component& component,
                                      const fhir::SearchParameterDefinition& own, std::string_view type) {
    const auto branches = branches_of(own.expression, type);
    if (branches.size() != 1 || !branches[0].starts_with(composite.expression)) return component.expression;
    const auto below = branches[0].substr(composite.expression.size());
    return below.size() > 1 && below[0] == '.' ? below.substr(1) : component.expression;
}

} // namespace

Selection::Selection(std::string_view expression, std::string_view type) {
    for (const auto branch : branches_of(expression, type)) {
        if (auto path = Path::compile(branch)) {
            paths_.push_back(std::move(*path));
        } else if (auto parsed = fhirpath::Expression::parse(branch)) {
            rest_.push_back(std::move(*parsed));
        }
    }
}

void Selection::select(const fhirpath::EvaluationContext& context, const fhirpath::Item& from, fhirpath::Collection& out) const {
    for (const auto& path : paths_) path.select(*context.definitions, from, out);
    for (const auto& expression : rest_) {
        auto found = expression.evaluate(context, fhirpath::Collection{from});
        if (found) out.insert(out.end(), std::make_move_iterator(found->begin()), std::make_move_iterator(found->end()));
    }
}

const CompiledParameter* CompiledType::find(std::string_view code) const {
    const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const auto& parameter) { return parameter.code == code; });
    return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string> CompiledType::row_names(std::string_view code) const {
    std::vector<std::string> out;
    if (const auto* parameter = find(code)) {
        for (const auto& source : parameter->sources.any_of) out.push_back(source.param);
    }
    return out;
}

std::optional<CompiledParameter> compile_parameter(const FindDefinition& find, const fhir::SearchParameterDefinition& definition,
                                                   std::string_view type) {
    Selection selection(definition.expression, type);
    if (selection.is_empty()) return std::nullopt;
    const std::string code(definition.code);
    CompiledParameter out{&definition, code, code, std::move(selection), {}, {}};
    for (const auto& component : definition.components) {
        if (const auto* target = find(component.definition))
            out.components.push_back({target->type, Selection(component_expression(definition, component, *target, type), type)});
    }
    return out;
}

void Registry::State::compile(std::string_view type) {
    auto& compiled_type = by_type[type];
    auto& parameters = compiled_type.parameters;
    const FindDefinition find = [this](std::string_view url) { return definitions->find_search_parameter(url); };
    for (const auto* definition : definitions->search_parameters_of(type)) {
        // _id and _lastUpdated are columns of the store, not rows.
        if (definition->expression.empty() || definition->code == "_id" || definition->code == "_lastUpdated") continue;
        if (auto compiled = compile_parameter(find, *definition, type)) parameters.push_back(std::move(*compiled));
    }
    derive_sources(*definitions, type, parameters);
    for (const std::string_view code : {"patient", "subject", "beneficiary"}) {
        for (auto& name : compiled_type.row_names(code)) compiled_type.owner_rows.push_back(std::move(name));
    }
    if (const auto* timeline = timeline_of(type)) {
        compiled_type.timeline_codes = compiled_type.row_names(timeline->code);
        compiled_type.timeline_dates = compiled_type.row_names(timeline->date);
    }
}

Registry::Registry(std::shared_ptr<const fhir::Definitions> definitions, int offset_minutes) : state_(std::make_unique<State>()) {
    state_->definitions = std::move(definitions);
    state_->offset_minutes = offset_minutes;
    state_->context.definitions = state_->definitions.get();
    state_->context.lenient_as = true;
    state_->context.reference_by_type = true;
    state_->context.offset_minutes = offset_minutes;
    for (const auto type : state_->definitions->resource_types()) state_->compile(type);
    state_->compartments.emplace(*state_->definitions);
}

Registry::~Registry() = default;
const fhir::Definitions& Registry::definitions() const { return *state_->definitions; }
int Registry::offset_minutes() const { return state_->offset_minutes; }
void Registry::set_base_url(std::string url) { state_->base_url = std::move(url); }
const std::string& Registry::base_url() const { return state_->base_url; }
void Registry::set_terminology(const terminology::Terminology& terminology) { state_->terminology = &terminology; }
const terminology::Terminology* Registry::terminology() const { return state_->terminology; }
void Registry::set_clock(const Clock& clock) { state_->clock = &clock; }
Instant Registry::now() const { return state_->clock ? state_->clock->now() : SystemClock().now(); }
const Compartments& Registry::compartments() const { return *state_->compartments; }

const CompiledParameter* Registry::State::find(std::string_view type, std::string_view code, std::shared_ptr<const AddedSet>& keep) const {
    if (const auto found = by_type.find(type); found != by_type.end()) {
        if (const auto* parameter = found->second.find(code)) return parameter;
    }
    keep = added.load();
    const auto* parameter = keep->find(type, code);
    return parameter ? &*parameter->compiled : nullptr;
}

const fhir::SearchParameterDefinition* Registry::find(std::string_view type, std::string_view code) const {
    if (const auto* known = state_->definitions->find_search_parameter(type.empty() ? "Resource" : type, code)) return known;
    const auto* parameter = state_->added.load()->find(type, code);
    return parameter ? &parameter->definition : nullptr;
}

const fhir::SearchParameterDefinition* Registry::find_url(std::string_view url) const {
    if (const auto* known = state_->definitions->find_search_parameter(url)) return known;
    return state_->added.load()->find_url(url);
}

RowSources Registry::sources(std::string_view type, std::string_view code) const {
    std::shared_ptr<const AddedSet> keep;
    if (const auto* parameter = state_->find(type, code, keep)) return parameter->sources;
    return {{{std::string(code), ""}}, false};
}

std::vector<std::string> Registry::implied_systems(std::string_view type, std::string_view code) const {
    std::vector<std::string> out;
    std::shared_ptr<const AddedSet> keep;
    const auto* parameter = state_->find(type, code, keep);
    if (!parameter) return out;
    for (const auto& path : parameter->selection.paths()) {
        const auto end = path.end(*state_->definitions, type);
        if (end.type != "code" || !end.declared || end.declared->value_set.empty()) continue;
        const auto canonical = end.declared->value_set.substr(0, end.declared->value_set.find('|'));
        const auto parsed = fhir::read_json(std::string(state_->definitions->resource_json("ValueSet", canonical)));
        if (parsed.issues.has_errors()) continue;
        for (const auto include : parsed.value->root()["compose"].children("include")) out.emplace_back(include.text("system"));
    }
    return out;
}

std::string Registry::nearest(std::string_view type, std::string_view code) const {
    std::string best;
    constexpr std::size_t kNameMax = 64; // nothing of R4 is that long, and the comparison grows with it
    if (code.size() > kNameMax) return best;
    // Further away is another word; of a short one hardly anything is left then.
    std::size_t distance = code.size() < 3 ? 1 : code.size() < 6 ? 3 : 4;
    for (const auto* definition : parameters_of(type)) {
        const auto found = edit_distance(code, definition->code);
        if (found < distance) {
            distance = found;
            best = definition->code;
        }
    }
    return best;
}

std::vector<const fhir::SearchParameterDefinition*> Registry::parameters_of(std::string_view type) const {
    auto out = state_->definitions->search_parameters_of(type);
    const auto added = state_->added.load();
    for (const auto& parameter : added->of_type(type)) out.push_back(&parameter->definition);
    std::stable_sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->code < b->code; });
    return out;
}

} // namespace huitong::search
