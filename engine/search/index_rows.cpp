/// The index rows of a resource: every parameter of its type, composites, the patient's compartment and the timeline.
#include "search/compiled.hpp"
#include "search/held.hpp"
#include "search/values.hpp"

#include <algorithm>

namespace huitong::search {
namespace {

using fhirpath::Collection;
using fhirpath::Item;

constexpr std::uint64_t kAddedStepsMax = 50'000;
constexpr std::uint32_t kAddedMillisecondsMax = 50;

/// Keys that a component of a composite is found by: "system|code" ("|code" without a system), "Type/id", a folded string, a URI.
std::vector<std::string> component_keys(const store::IndexRows& rows) {
    std::vector<std::string> out;
    for (const auto& token : rows.tokens) {
        if (!token.param.empty()) continue; // ":of-type" rows and the like
        out.push_back(token.system + '|' + token.code);
    }
    for (const auto& reference : rows.references) {
        out.push_back(reference.target_type.empty() ? reference.target_id : reference.target_type + '/' + reference.target_id);
    }
    for (const auto& text : rows.strings) {
        if (text.param.empty()) out.push_back(text.folded);
    }
    for (const auto& uri : rows.uris) out.push_back(uri.uri);
    return out;
}

/// Extracts the rows of one resource.
class Extractor {
public:
    Extractor(const fhirpath::EvaluationContext& shared, const ExtractionContext& extraction, fhir::Element resource)
        : context_(shared), extraction_(extraction), resource_(fhirpath::item_of(shared.definitions, resource)) {
        context_.resource = resource_;
        context_.root_resource = resource_;
    }

    /// From here on expressions are somebody's own: they may cost so much for each resource, then they select nothing.
    void bound() {
        context_.steps_max = kAddedStepsMax;
        context_.milliseconds_max = kAddedMillisecondsMax;
    }

    void add(const CompiledParameter& parameter, store::IndexRows& rows) {
        items_.clear();
        parameter.selection.select(context_, resource_, items_);
        std::size_t place = 0;
        for (const auto& item : items_) {
            if (parameter.components.size() > 2) add_item(parameter, item, place++, rows);
            else if (parameter.definition->type == fhir::SearchType::composite) add_composite(parameter, item, rows);
            else add_rows(parameter.definition->type, parameter.rows, item, extraction_, rows);
        }
    }

private:
    /// Keys will not do where a component in the middle may be a range: the rows of an item's components know each other by its place.
    void add_item(const CompiledParameter& parameter, const Item& item, std::size_t place, store::IndexRows& rows) const {
        for (std::size_t index = 0; index < parameter.components.size(); ++index) {
            const auto& component = parameter.components[index];
            Collection found;
            component.selection.select(context_, item, found);
            const auto name = item_rows(parameter.rows, index, std::to_string(place));
            for (const auto& value : found) add_rows(component.type, name, value, extraction_, rows);
        }
    }

    /// The rows of the second component under the name of the composite and the keys of the first.
    void add_composite(const CompiledParameter& parameter, const Item& item, store::IndexRows& rows) const {
        if (parameter.components.size() != 2) return;
        const auto& first = parameter.components.front();
        const auto& second = parameter.components.back();
        store::IndexRows own;
        Collection found;
        first.selection.select(context_, item, found);
        for (const auto& value : found) add_rows(first.type, "", value, extraction_, own);
        const auto keys = component_keys(own);
        if (keys.empty()) return;
        found.clear();
        second.selection.select(context_, item, found);
        for (const auto& key : keys) {
            for (const auto& value : found) add_rows(second.type, parameter.rows + '$' + key, value, extraction_, rows);
        }
    }

    fhirpath::EvaluationContext context_;
    const ExtractionContext& extraction_;
    Item resource_;
    Collection items_;
};

bool has_identifiers(const store::IndexRows& rows) {
    return std::any_of(rows.references.begin(), rows.references.end(), [](const auto& row) { return !row.identifier_value.empty(); });
}

/// Only the identifiers of references: the literal ones are found through the wider parameter.
void add_identifiers(store::IndexRows narrowed, store::IndexRows& rows) {
    for (auto& row : narrowed.references) {
        if (row.identifier_value.empty()) continue;
        row.target_type.clear();
        row.target_id.clear();
        rows.references.push_back(std::move(row));
    }
}

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string compartment_owner(const CompiledType& type, fhir::Element resource, const store::IndexRows& rows) {
    if (resource.type() == "Patient") return std::string(resource.text("id"));
    std::string owner;
    for (const auto& row : rows.references) {
        if (row.target_type != "Patient" || !is_one_of(type.owner_rows, row.param)) continue;
        if (!owner.empty() && owner != row.target_id) return {}; // of two patients: it belongs to no single one
        owner = row.target_id;
    }
    return owner;
}

void add_timeline(const CompiledType& type, store::IndexRows& rows) {
    if (type.timeline_codes.empty()) return;
    store::TimelineRow row;
    row.patient_id = rows.patient_id;
    row.low = row.high = kBeginning; // without a date it still is the patient's
    for (const auto& date : rows.dates) {
        if (!is_one_of(type.timeline_dates, date.param)) continue;
        row.low = date.low;
        row.high = date.high;
    }
    const bool is_dated = row.low < row.high;
    if (rows.patient_id.empty() && !is_dated) return; // nobody's and never
    bool any = false;
    for (const auto& token : rows.tokens) {
        if (!is_one_of(type.timeline_codes, token.param)) continue;
        row.system = token.system;
        row.code = token.code;
        rows.timeline.push_back(row);
        any = true;
    }
    if (!any && !rows.patient_id.empty()) rows.timeline.push_back(row);
}

/// The head of a document or message: where it is, and what it says.
void add_held(const Registry& registry, const CompiledType& type, fhir::Element bundle, store::IndexRows& rows) {
    const auto head = bundle["entry.resource"];
    if (!head) return;
    for (const auto& parameter : type.parameters) {
        if (!holds(bundle.type(), parameter.code, head.type())) continue;
        const auto id = head.text("id");
        const auto key = id.empty() ? read_reference(head.parent().text("fullUrl"), registry.base_url())
                                    : store::ResourceKey(std::string(head.type()), std::string(id));
        if (key) rows.references.push_back({parameter.rows, key->type, key->id, {}, {}});
        add_held_rows(parameter.rows, registry.index_rows(head).value, rows);
    }
}

} // namespace

Parsed<store::IndexRows> Registry::index_rows(fhir::Element resource) const {
    Parsed<store::IndexRows> out;
    const auto found = state_->by_type.find(resource.type());
    if (found == state_->by_type.end()) return out;
    const auto added = state_->added.load();
    out.value.generation = added->generation;
    const ExtractionContext extraction{state_->offset_minutes, state_->base_url};
    Extractor extractor(state_->context, extraction, resource);
    for (const auto& parameter : found->second.parameters) {
        if (!parameter.is_derived()) extractor.add(parameter, out.value);
    }
    if (has_identifiers(out.value)) {
        for (const auto& parameter : found->second.parameters) {
            if (parameter.sources.joint || parameter.sources.any_of[0].target_type.empty()) continue;
            store::IndexRows own;
            extractor.add(parameter, own);
            add_identifiers(std::move(own), out.value);
        }
    }
    if (resource.type() == "Bundle") add_held(*this, found->second, resource, out.value);
    extractor.bound();
    for (const auto& parameter : added->of_type(resource.type())) extractor.add(*parameter->compiled, out.value);
    out.value.patient_id = compartment_owner(found->second, resource, out.value);
    add_timeline(found->second, out.value);
    return out;
}

store::IndexRows Registry::rows_of(fhir::Element resource, const fhir::SearchParameterDefinition& wanted) const {
    store::IndexRows rows;
    const auto found = state_->by_type.find(resource.type());
    if (found == state_->by_type.end()) return rows;
    const ExtractionContext extraction{state_->offset_minutes, state_->base_url};
    Extractor extractor(state_->context, extraction, resource);
    for (const auto& parameter : found->second.parameters) {
        if (parameter.definition == &wanted) extractor.add(parameter, rows);
    }
    const auto added = state_->added.load();
    extractor.bound();
    for (const auto& parameter : added->of_type(resource.type())) {
        if (&parameter->definition == &wanted) extractor.add(*parameter->compiled, rows);
    }
    return rows;
}

} // namespace huitong::search
