#include "search/values.hpp"

#include "search/fold.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace huitong::search {
namespace {

using fhir::Element;
constexpr std::string_view kUcum = "http://unitsofmeasure.org";

std::string text_of(Element element, std::string_view path) { return std::string(element.text(path)); }

/// Primitive text of an item, FHIR or System.
std::string primitive(const fhirpath::Item& item) {
    if (item.is_element()) return std::string(item.element().value());
    return fhirpath::value_text(item);
}

void add_string(const std::string& param, std::string_view text, store::IndexRows& rows) {
    if (!text.empty()) rows.strings.push_back({param, fold(text), std::string(text)});
}

void add_coding(const std::string& param, Element coding, store::IndexRows& rows) {
    const auto code = text_of(coding, "code");
    const auto system = text_of(coding, "system");
    if (!code.empty() || !system.empty()) rows.tokens.push_back({param, system, code});
    add_string(param + ":text", coding.text("display"), rows);
}

void add_token(const std::string& param, const fhirpath::Item& item, store::IndexRows& rows) {
    const std::string_view type = item.is_element() ? item.type.type : std::string_view();
    if (type == "Coding") return add_coding(param, item.element(), rows);
    if (type == "CodeableConcept") {
        for (const auto coding : item.element().children("coding")) add_coding(param, coding, rows);
        return add_string(param + ":text", item.element().text("text"), rows);
    }
    if (type == "Identifier") {
        const auto identifier = item.element();
        const auto value = text_of(identifier, "value");
        const auto system = text_of(identifier, "system");
        if (!value.empty() || !system.empty()) rows.tokens.push_back({param, system, value});
        const auto kind = identifier.child("type");
        if (!kind) return;
        for (const auto coding : kind.children("coding")) {
            rows.tokens.push_back({param + ":of-type", text_of(coding, "system"), text_of(coding, "code") + '|' + value});
        }
        return add_string(param + ":text", kind.text("text"), rows);
    }
    if (type == "ContactPoint") {
        rows.tokens.push_back({param, "", text_of(item.element(), "value")});
        return;
    }
    const auto text = primitive(item);
    if (!text.empty()) rows.tokens.push_back({param, "", text});
}

void add_reference(const std::string& param, const fhirpath::Item& item, const ExtractionContext& context, store::IndexRows& rows) {
    if (!item.is_element()) return;
    const auto element = item.element();
    const bool is_reference = item.type.type == "Reference";
    const auto literal = is_reference ? element.text("reference") : element.value();
    store::ReferenceRow row;
    row.param = param;
    if (const auto key = read_reference(literal, context.base_url)) {
        row.target_type = key->type;
        row.target_id = key->id;
    }
    if (is_reference && element.child("identifier")) {
        row.identifier_system = text_of(element, "identifier.system");
        row.identifier_value = text_of(element, "identifier.value");
    }
    if (!row.target_id.empty() || !row.identifier_value.empty()) rows.references.push_back(std::move(row));
}

std::optional<std::pair<Instant, Instant>> interval_of(std::string_view text, int offset_minutes) {
    const auto value = read_date_time(text);
    if (!value) return std::nullopt;
    return instants_of(*value, offset_minutes);
}

std::optional<std::pair<Instant, Instant>> interval_of_period(Element period, int offset_minutes) {
    const auto start = interval_of(period.text("start"), offset_minutes);
    const auto end = interval_of(period.text("end"), offset_minutes);
    if (!start && !end) return std::nullopt;
    return std::pair(start ? start->first : kBeginning, end ? end->second : kEnd);
}

std::optional<std::pair<Instant, Instant>> interval_of_timing(Element timing, int offset_minutes) {
    std::optional<std::pair<Instant, Instant>> out;
    auto widen = [&](const std::optional<std::pair<Instant, Instant>>& found) {
        if (!found) return;
        out = out ? std::pair(std::min(out->first, found->first), std::max(out->second, found->second)) : *found;
    };
    for (const auto event : timing.children("event")) widen(interval_of(event.value(), offset_minutes));
    if (const auto bounds = timing["repeat.boundsPeriod"]) widen(interval_of_period(bounds, offset_minutes));
    return out;
}

void add_date(const std::string& param, const fhirpath::Item& item, const ExtractionContext& context, store::IndexRows& rows) {
    std::optional<std::pair<Instant, Instant>> found;
    const std::string_view type = item.is_element() ? item.type.type : std::string_view();
    if (type == "Period") found = interval_of_period(item.element(), context.offset_minutes);
    else if (type == "Timing") found = interval_of_timing(item.element(), context.offset_minutes);
    else found = interval_of(primitive(item), context.offset_minutes);
    if (found) rows.dates.push_back({param, found->first, found->second});
}

void add_canonical(const Decimal& value, store::QuantityRow& row) {
    if (row.system != kUcum || row.unit.empty()) return;
    const auto canonical = ucum::canonical(row.unit);
    if (!canonical) return;
    const double factor = canonical->factor.to_double();
    const double offset = canonical->offset.to_double();
    row.canonical_unit = canonical->units;
    row.canonical_value = (value.to_double() + offset) * factor;
    row.canonical_low = std::isfinite(row.low) ? (row.low + offset) * factor : row.low;
    row.canonical_high = std::isfinite(row.high) ? (row.high + offset) * factor : row.high;
}

void add_quantity(const std::string& param, Element quantity, store::IndexRows& rows) {
    const auto text = quantity.text("value");
    const auto range = read_number(text);
    const auto decimal = Decimal::read(text);
    if (!range || !decimal) return;
    store::QuantityRow row{param, text_of(quantity, "system"), text_of(quantity, "code"), range->value, range->low, range->high, {}, 0, 0,
                           0};
    const auto comparator = quantity.text("comparator");
    constexpr double kHuge = 1e300;
    if (comparator.starts_with('<')) row.low = -kHuge;
    if (comparator.starts_with('>')) row.high = kHuge;
    add_canonical(*decimal, row);
    rows.quantities.push_back(row);
    const auto unit = text_of(quantity, "unit");
    if (!unit.empty() && unit != row.unit) {
        row.system.clear();
        row.unit = unit;
        row.canonical_unit.clear();
        rows.quantities.push_back(std::move(row));
    }
}

void add_number(const std::string& param, const fhirpath::Item& item, store::IndexRows& rows) {
    const std::string_view type = item.is_element() ? item.type.type : std::string_view();
    if (type == "Range") {
        for (const std::string_view end : {"low", "high"}) {
            if (const auto quantity = item.element().child(end)) add_quantity(param, quantity, rows);
        }
        return;
    }
    if (type == "Money") {
        if (const auto range = read_number(item.element().text("value"))) {
            rows.quantities.push_back(
                {param, "urn:iso:std:iso:4217", text_of(item.element(), "currency"), range->value, range->low, range->high, {}, 0, 0, 0});
        }
        return;
    }
    if (item.is_element() && item.element().child("value")) return add_quantity(param, item.element(), rows);
    if (const auto range = read_number(primitive(item)))
        rows.quantities.push_back({param, "", "", range->value, range->low, range->high, {}, 0, 0, 0});
}

void add_strings(const std::string& param, const fhirpath::Item& item, store::IndexRows& rows) {
    static constexpr std::array<std::string_view, 11> kParts = {"family", "given",    "prefix", "suffix",  "text",      "line",
                                                                "city",   "district", "state",  "country", "postalCode"};
    const std::string_view type = item.is_element() ? item.type.type : std::string_view();
    if (type != "HumanName" && type != "Address") return add_string(param, primitive(item), rows);
    for (const auto part : item.element().children()) {
        if (std::find(kParts.begin(), kParts.end(), part.name()) != kParts.end()) add_string(param, part.value(), rows);
    }
}

} // namespace

std::optional<store::ResourceKey> read_reference(std::string_view reference, std::string_view base_url) {
    if (reference.empty() || reference.starts_with('#')) return std::nullopt;
    if (!base_url.empty() && reference.starts_with(base_url) && reference.size() > base_url.size() + 1)
        reference.remove_prefix(base_url.size() + 1);
    if (reference.find("://") != reference.npos || reference.starts_with("urn:")) return store::ResourceKey("", std::string(reference));
    const auto slash = reference.find('/');
    if (slash == reference.npos || slash == 0) return store::ResourceKey("", std::string(reference));
    auto id = reference.substr(slash + 1);
    id = id.substr(0, id.find('/')); // a version-specific reference points at the resource all the same
    return store::ResourceKey(std::string(reference.substr(0, slash)), std::string(id));
}

std::optional<ImpliedRange> read_number(std::string_view text) {
    const auto decimal = Decimal::read(text);
    if (!decimal) return std::nullopt;
    ImpliedRange out;
    out.value = decimal->to_double();
    int digits = decimal->scale();
    if (const auto exponent = text.find_first_of("eE"); exponent != text.npos) {
        const auto mantissa = Decimal::read(text.substr(0, exponent));
        digits = (mantissa ? mantissa->scale() : 0) - std::atoi(std::string(text.substr(exponent + 1)).c_str());
    }
    const double half = 0.5 * std::pow(10.0, -digits);
    out.low = out.value - half;
    out.high = out.value + half;
    return out;
}

void add_rows(fhir::SearchType type, const std::string& param, const fhirpath::Item& item, const ExtractionContext& context,
              store::IndexRows& rows) {
    switch (type) {
    case fhir::SearchType::token: return add_token(param, item, rows);
    case fhir::SearchType::reference: return add_reference(param, item, context, rows);
    case fhir::SearchType::date: return add_date(param, item, context, rows);
    case fhir::SearchType::quantity:
    case fhir::SearchType::number: return add_number(param, item, rows);
    case fhir::SearchType::string: return add_strings(param, item, rows);
    case fhir::SearchType::uri:
        if (auto uri = primitive(item); !uri.empty()) rows.uris.push_back({param, std::move(uri)});
        return;
    case fhir::SearchType::composite:
    case fhir::SearchType::special: return;
    }
}

} // namespace huitong::search
