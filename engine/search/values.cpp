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
    // A period that ends before it begins still is about that time.
    if (start && end) return std::pair(std::min(start->first, end->first), std::max(start->second, end->second));
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
    const auto unit = ucum::canonical(row.unit);
    const auto canonical = unit ? canonical_value(value, *unit) : std::nullopt;
    if (!canonical) return;
    row.canonical_unit = unit->units;
    // An open end stays open; the other one is the value.
    row.canonical_low = row.low == -store::kUnboundedNumber ? row.low : canonical->to_double();
    row.canonical_high = row.high == store::kUnboundedNumber ? row.high : canonical->to_double();
}

void add_quantity(const std::string& param, Element quantity, store::IndexRows& rows) {
    const auto value = Decimal::read(quantity.text("value"));
    if (!value) return;
    store::QuantityRow row;
    row.param = param;
    row.system = text_of(quantity, "system");
    row.unit = text_of(quantity, "code");
    row.low = row.high = value->to_double();
    const auto comparator = quantity.text("comparator");
    if (comparator.starts_with('<')) row.low = -store::kUnboundedNumber;
    if (comparator.starts_with('>')) row.high = store::kUnboundedNumber;
    add_canonical(*value, row);
    rows.quantities.push_back(row);
    const auto unit = text_of(quantity, "unit");
    if (unit.empty() || unit == row.unit) return;
    // A search may name the unit as people write it.
    row.system.clear();
    row.unit = unit;
    row.canonical_unit.clear();
    rows.quantities.push_back(std::move(row));
}

void add_plain_number(const std::string& param, std::string_view text, std::string system, std::string unit, store::IndexRows& rows) {
    const auto value = Decimal::read(text);
    if (!value) return;
    store::QuantityRow row;
    row.param = param;
    row.system = std::move(system);
    row.unit = std::move(unit);
    row.low = row.high = value->to_double();
    rows.quantities.push_back(std::move(row));
}

/// A Range is a row from its low to its high for each way its unit is written; an end that is missing is open.
void add_range(const std::string& param, Element range, store::IndexRows& rows) {
    auto rows_of_end = [&](std::string_view end) {
        store::IndexRows out;
        if (const auto quantity = range.child(end)) add_quantity(param, quantity, out);
        return std::move(out.quantities);
    };
    const auto lows = rows_of_end("low");
    const auto highs = rows_of_end("high");
    for (auto row : lows.empty() ? highs : lows) {
        const auto high = std::find_if(highs.begin(), highs.end(), [&](const store::QuantityRow& other) {
            return other.system == row.system && other.unit == row.unit && other.canonical_unit == row.canonical_unit;
        });
        if (lows.empty()) row.low = row.canonical_low = -store::kUnboundedNumber;
        row.high = high == highs.end() ? store::kUnboundedNumber : high->high;
        row.canonical_high = high == highs.end() ? store::kUnboundedNumber : high->canonical_high;
        rows.quantities.push_back(std::move(row));
    }
}

void add_number(const std::string& param, const fhirpath::Item& item, store::IndexRows& rows) {
    const std::string_view type = item.is_element() ? item.type.type : std::string_view();
    if (type == "Range") return add_range(param, item.element(), rows);
    if (type == "Money")
        return add_plain_number(param, item.element().text("value"), "urn:iso:std:iso:4217", text_of(item.element(), "currency"), rows);
    if (item.is_element() && item.element().child("value")) return add_quantity(param, item.element(), rows);
    add_plain_number(param, primitive(item), "", "", rows);
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

/// Location.position, for `near`: two numbers.
void add_position(const std::string& param, const fhirpath::Item& item, store::IndexRows& rows) {
    if (!item.is_element() || !item.element().child("latitude")) return;
    add_plain_number(latitude_rows(param), item.element().text("latitude"), "", "", rows);
    add_plain_number(longitude_rows(param), item.element().text("longitude"), "", "", rows);
}

} // namespace

std::optional<store::ResourceKey> read_reference(std::string_view reference, std::string_view base_url) {
    if (reference.empty() || reference.starts_with('#')) return std::nullopt;
    const bool is_below = !base_url.empty() && reference.starts_with(base_url) && reference.size() > base_url.size() + 1 &&
                          reference[base_url.size()] == '/'; // "…/fhir4" is another server than "…/fhir"
    if (is_below) reference.remove_prefix(base_url.size() + 1);
    if (reference.find("://") != reference.npos || reference.starts_with("urn:")) return store::ResourceKey("", std::string(reference));
    const auto slash = reference.find('/');
    if (slash == reference.npos || slash == 0) return store::ResourceKey("", std::string(reference));
    auto id = reference.substr(slash + 1);
    id = id.substr(0, id.find('/')); // a version-specific reference points at the resource all the same
    return store::ResourceKey(std::string(reference.substr(0, slash)), std::string(id));
}

std::optional<ImpliedRange> read_number(std::string_view text) {
    const auto value = Decimal::read(text);
    if (!value) return std::nullopt;
    // A written exponent moves the last digit; Decimal keeps no negative scale, so it is counted in the text.
    int last_digit = value->scale();
    if (const auto exponent = text.find_first_of("eE"); exponent != text.npos) {
        const auto mantissa = text.substr(0, exponent);
        const auto point = mantissa.find('.');
        const auto digits = point == mantissa.npos ? 0 : static_cast<int>(mantissa.size() - point - 1);
        last_digit = digits - std::atoi(std::string(text.substr(exponent + 1)).c_str()) + 1;
    }
    // Half a unit: 5 at the place behind the last digit.
    auto half = Decimal::of(5, std::max(last_digit + 1, 0));
    for (int place = last_digit + 1; place < 0; ++place) {
        const auto larger = Decimal::multiply(half, Decimal(10));
        if (!larger) return std::nullopt;
        half = *larger;
    }
    const auto low = Decimal::subtract(*value, half);
    const auto high = Decimal::add(*value, half);
    if (!low || !high) return std::nullopt;
    return ImpliedRange{*value, *low, *high};
}

std::optional<Decimal> canonical_value(const Decimal& value, const ucum::Canonical& unit) {
    const auto moved = Decimal::add(value, unit.offset);
    return moved ? Decimal::multiply(*moved, unit.factor) : std::nullopt;
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
    case fhir::SearchType::special: return add_position(param, item, rows);
    case fhir::SearchType::composite: return;
    }
}

} // namespace huitong::search
