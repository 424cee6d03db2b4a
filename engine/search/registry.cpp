/// The compiled search parameters of every type, and the rows of a resource.
#include "search/values.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace huitong::search {
namespace {

struct CompiledComponent {
    fhir::SearchType type;
    fhirpath::Expression expression;
};

struct CompiledParameter {
    const fhir::SearchParameterDefinition* definition;
    std::string code;
    fhirpath::Expression expression;
    std::vector<CompiledComponent> components; ///< of a composite
};

/// The row of *the* query of this product: which parameters say what and when.
struct TimelineParameters {
    std::string_view type, code, date;
};
constexpr TimelineParameters kTimelines[] = {
    {"Observation", "code", "date"},
    {"DiagnosticReport", "code", "date"},
    {"Condition", "code", "recorded-date"},
    {"Procedure", "code", "date"},
    {"MedicationRequest", "code", "authoredon"},
    {"ServiceRequest", "code", "authored"},
    {"ImagingStudy", "modality", "started"},
    {"Encounter", "class", "date"},
    {"Immunization", "vaccine-code", "date"},
    {"Specimen", "type", "collected"},
    {"DocumentReference", "type", "date"},
};

std::string compartment_owner(std::string_view type, std::string_view id, const store::IndexRows& rows) {
    if (type == "Patient") return std::string(id);
    std::string owner;
    for (const auto& row : rows.references) {
        if ((row.param != "patient" && row.param != "subject" && row.param != "beneficiary") || row.target_type != "Patient") continue;
        if (!owner.empty() && owner != row.target_id) return {}; // of two patients: it belongs to no single one
        owner = row.target_id;
    }
    return owner;
}

void add_timeline(std::string_view type, store::IndexRows& rows) {
    const auto* found = std::find_if(std::begin(kTimelines), std::end(kTimelines), [&](const auto& row) { return row.type == type; });
    if (found == std::end(kTimelines) || rows.patient_id.empty()) return;
    store::TimelineRow row;
    row.patient_id = rows.patient_id;
    row.low = row.high = kBeginning; // without a date it still is the patient's
    for (const auto& date : rows.dates) {
        if (date.param != found->date) continue;
        row.low = date.low;
        row.high = date.high;
    }
    bool any = false;
    for (const auto& token : rows.tokens) {
        if (token.param != found->code) continue;
        row.system = token.system;
        row.code = token.code;
        rows.timeline.push_back(row);
        any = true;
    }
    if (!any) rows.timeline.push_back(row);
}

/// Keys that the first component of a composite may be asked by: "system|code", "|code" and "code".
std::vector<std::string> component_keys(const store::IndexRows& rows) {
    std::vector<std::string> out;
    for (const auto& token : rows.tokens) {
        out.push_back(token.system + '|' + token.code);
        out.push_back(token.code);
    }
    for (const auto& reference : rows.references) {
        out.push_back(reference.target_type.empty() ? reference.target_id : reference.target_type + '/' + reference.target_id);
        out.push_back(reference.target_id);
    }
    for (const auto& text : rows.strings) {
        if (text.param.empty()) out.push_back(text.folded);
    }
    for (const auto& uri : rows.uris) out.push_back(uri.uri);
    return out;
}

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

struct Registry::State {
    std::shared_ptr<const fhir::Definitions> definitions;
    int offset_minutes = 480;
    std::string base_url;
    std::unordered_map<std::string_view, std::vector<CompiledParameter>> by_type;
    fhirpath::EvaluationContext context;

    void compile(std::string_view type);
    void extract(const CompiledParameter& parameter, fhir::Element resource, store::IndexRows& rows) const;
    void extract_composite(const CompiledParameter& parameter, const fhirpath::Item& item, store::IndexRows& rows) const;
};

void Registry::State::compile(std::string_view type) {
    auto& parameters = by_type[type];
    for (const auto* definition : definitions->search_parameters_of(type)) {
        if (definition->expression.empty() || definition->code == "_id" || definition->code == "_lastUpdated") continue;
        auto expression = fhirpath::Expression::parse(definition->expression);
        if (!expression) continue;
        CompiledParameter compiled{definition, std::string(definition->code), std::move(*expression), {}};
        for (const auto& component : definition->components) {
            const auto* target = definitions->find_search_parameter(component.definition);
            auto parsed = fhirpath::Expression::parse(component.expression);
            if (target && parsed) compiled.components.push_back({target->type, std::move(*parsed)});
        }
        parameters.push_back(std::move(compiled));
    }
}

void Registry::State::extract(const CompiledParameter& parameter, fhir::Element resource, store::IndexRows& rows) const {
    const auto found = parameter.expression.evaluate(context, resource);
    if (!found) return;
    const ExtractionContext extraction{offset_minutes, base_url};
    for (const auto& item : *found) {
        if (parameter.definition->type == fhir::SearchType::composite) extract_composite(parameter, item, rows);
        else add_rows(parameter.definition->type, parameter.code, item, extraction, rows);
    }
}

void Registry::State::extract_composite(const CompiledParameter& parameter, const fhirpath::Item& item, store::IndexRows& rows) const {
    if (parameter.components.size() < 2) return;
    const ExtractionContext extraction{offset_minutes, base_url};
    store::IndexRows first;
    const auto& head = parameter.components[0];
    const auto head_items = head.expression.evaluate(context, fhirpath::Collection{item});
    if (!head_items) return;
    for (const auto& one : *head_items) add_rows(head.type, "", one, extraction, first);
    const auto& tail = parameter.components[1];
    const auto tail_items = tail.expression.evaluate(context, fhirpath::Collection{item});
    if (!tail_items) return;
    for (const auto& key : component_keys(first)) {
        for (const auto& one : *tail_items) add_rows(tail.type, parameter.code + '$' + key, one, extraction, rows);
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

Parsed<store::IndexRows> Registry::index_rows(fhir::Element resource) const {
    Parsed<store::IndexRows> out;
    const auto found = state_->by_type.find(resource.type());
    if (found == state_->by_type.end()) return out;
    for (const auto& parameter : found->second) state_->extract(parameter, resource, out.value);
    out.value.patient_id = compartment_owner(resource.type(), resource.text("id"), out.value);
    add_timeline(resource.type(), out.value);
    return out;
}

store::IndexRows Registry::rows_of(fhir::Element resource, const fhir::SearchParameterDefinition& wanted) const {
    store::IndexRows rows;
    const auto found = state_->by_type.find(resource.type());
    if (found == state_->by_type.end()) return rows;
    for (const auto& parameter : found->second) {
        if (parameter.definition == &wanted) state_->extract(parameter, resource, rows);
    }
    return rows;
}

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
