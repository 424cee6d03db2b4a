/// The compiled search parameters of every type; index_rows.cpp makes the rows.
#include "search/branches.hpp"
#include "search/compiled.hpp"

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

void Registry::State::compile(std::string_view type) {
    auto& parameters = by_type[type];
    for (const auto* definition : definitions->search_parameters_of(type)) {
        // _id and _lastUpdated are columns of the store, not rows.
        if (definition->expression.empty() || definition->code == "_id" || definition->code == "_lastUpdated") continue;
        Selection selection(definition->expression, type);
        if (selection.is_empty()) continue;
        CompiledParameter compiled{definition, std::string(definition->code), std::move(selection), {}};
        for (const auto& component : definition->components) {
            if (const auto* target = definitions->find_search_parameter(component.definition))
                compiled.components.push_back({target->type, Selection(component.expression, type)});
        }
        parameters.push_back(std::move(compiled));
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
}

Registry::~Registry() = default;
const fhir::Definitions& Registry::definitions() const { return *state_->definitions; }
int Registry::offset_minutes() const { return state_->offset_minutes; }
void Registry::set_base_url(std::string url) { state_->base_url = std::move(url); }
const std::string& Registry::base_url() const { return state_->base_url; }

const fhir::SearchParameterDefinition* Registry::find(std::string_view type, std::string_view code) const {
    return state_->definitions->find_search_parameter(type.empty() ? "Resource" : type, code);
}

std::string Registry::nearest(std::string_view type, std::string_view code) const {
    std::string best;
    std::size_t distance = 4; // further away is another word
    for (const auto* definition : state_->definitions->search_parameters_of(type)) {
        const auto found = edit_distance(code, definition->code);
        if (found < distance) {
            distance = found;
            best = definition->code;
        }
    }
    return best;
}

} // namespace huitong::search
