/// Own functions, no part of FHIRPath: they read what hospitals' systems write. Documented in docs/guides/mapping.md.
#include "fhirpath/functions.hpp"

#include "fhirpath/source_text.hpp"
#include "ucum/ucum.hpp"

namespace huitong::fhirpath {
namespace {

/// Text of the one item; nullopt for nothing and for the v2 "delete" mark `""`.
std::optional<std::string> source_text(Evaluator& e, const Collection& focus) {
    const auto value = e.single(focus);
    if (!value) return std::nullopt;
    auto text = value->is_element() ? std::string(value->element().value()) : value_text(*value);
    if (text.empty() || text == "\"\"") return std::nullopt;
    return text;
}

std::optional<DateTime> read_date(Evaluator& e, const Collection& focus) {
    const auto text = source_text(e, focus);
    if (!text) return std::nullopt;
    auto out = read_source_date(*text, e.context().offset_minutes);
    if (!out && e.context().notes) e.context().notes->add(warning(IssueCode::value, "", "fhirpath-date-unreadable"));
    return out;
}

Collection read_date_time(Evaluator& e, const Node&, const Collection& focus) {
    const auto value = read_date(e, focus);
    if (!value) return {};
    Item out;
    out.value = DateTimeValue{*value};
    return {out};
}
Collection read_day(Evaluator& e, const Node&, const Collection& focus) {
    auto value = read_date(e, focus);
    if (!value) return {};
    if (value->precision > Precision::day) {
        DateTime day;
        day.year = value->year;
        day.month = value->month;
        day.day = value->day;
        value = day;
    }
    Item out;
    out.value = DateValue{*value};
    return {out};
}
Collection read_instant(Evaluator& e, const Node&, const Collection& focus) {
    const auto value = read_date(e, focus);
    if (!value || value->precision < Precision::second) return {}; // a day is no instant
    Item out;
    out.value = DateTimeValue{*value};
    out.type.type = "instant";
    return {out};
}

/// A date or time of FHIR as v2 writes it.
Collection write_source_time(Evaluator& e, const Node&, const Collection& focus) {
    const auto text = source_text(e, focus);
    const auto value = text ? huitong::read_date_time(*text) : std::nullopt;
    return value ? Collection{item(write_source_date(*value))} : Collection();
}

/// Builds one complex value in a document of its own.
class ValueBuilder {
public:
    ValueBuilder(Evaluator& e, std::string_view type) : evaluator_(e), type_(type) {
        document_->set_root("Values");
        node_ = document_->add_child(0, type, false);
    }
    void add(std::string_view name, std::string_view text, fhir::ValueKind kind = fhir::ValueKind::text) { add(node_, name, text, kind); }
    void add_quantity(std::string_view name, const Decimal& value, std::string_view unit, std::string_view code) {
        fill_quantity(document_->add_child(node_, name, false), "", value, unit, code);
    }
    void fill_quantity(std::string_view comparator, const Decimal& value, std::string_view unit, std::string_view code) {
        fill_quantity(node_, comparator, value, unit, code);
    }
    Item take() {
        Item out;
        out.value = document_->element(node_);
        if (evaluator_.context().definitions) out.type = evaluator_.context().definitions->type_root(type_);
        out.keep = std::move(document_);
        return out;
    }

private:
    void add(fhir::NodeIndex parent, std::string_view name, std::string_view text, fhir::ValueKind kind) {
        if (!text.empty()) document_->set_value(document_->add_child(parent, name, false), kind, document_->copy(text));
    }
    void fill_quantity(fhir::NodeIndex node, std::string_view comparator, const Decimal& value, std::string_view unit,
                       std::string_view code) {
        add(node, "value", value.text(), fhir::ValueKind::number);
        add(node, "comparator", comparator, fhir::ValueKind::text);
        add(node, "unit", unit, fhir::ValueKind::text);
        if (code.empty()) return;
        add(node, "system", "http://unitsofmeasure.org", fhir::ValueKind::text);
        add(node, "code", code, fhir::ValueKind::text);
    }

    Evaluator& evaluator_;
    std::string_view type_;
    fhir::DocumentPtr document_ = std::make_shared<fhir::Document>();
    fhir::NodeIndex node_ = 0;
};

std::string unit_argument(Evaluator& e, const Node& call) {
    return e.argument_count(call) == 0 ? std::string() : source_text(e, e.argument(call, 0)).value_or("");
}

Collection read_number(Evaluator& e, const Node&, const Collection& focus) {
    const auto text = source_text(e, focus);
    const auto number = text ? read_source_number(*text) : std::nullopt;
    return number ? Collection{item(number->value)} : Collection();
}
Collection read_quantity(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = source_text(e, focus);
    const auto number = text ? read_source_number(*text) : std::nullopt;
    if (!number) return {};
    const auto unit = unit_argument(e, call);
    ValueBuilder out(e, "Quantity");
    out.fill_quantity(number->comparator, number->value, unit, unit.empty() ? "" : ucum::unit_of_spelling(unit).value_or(""));
    return {out.take()};
}
Collection read_unit(Evaluator& e, const Node&, const Collection& focus) {
    const auto text = source_text(e, focus);
    const auto code = text ? ucum::unit_of_spelling(*text) : std::nullopt;
    return code ? Collection{item(*code)} : Collection();
}
Collection read_reference_range(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = source_text(e, focus);
    if (!text) return {};
    const auto unit = unit_argument(e, call);
    const auto code = unit.empty() ? std::string() : ucum::unit_of_spelling(unit).value_or("");
    ValueBuilder out(e, "BackboneElement");
    if (const auto range = read_source_range(*text)) {
        if (range->low) out.add_quantity("low", *range->low, unit, code);
        if (range->high) out.add_quantity("high", *range->high, unit, code);
    }
    out.add("text", *text);
    return {out.take()};
}

/// The quantity in the molar unit of the pair; nullopt when it is no mass concentration.
std::optional<Decimal> molar_of(fhir::Element quantity, const MolarPair& pair) {
    const auto value = Decimal::read(quantity.text("value"));
    if (!value || quantity.text("system") != "http://unitsofmeasure.org") return std::nullopt;
    return molar_value(*value, quantity.text("code"), pair);
}

/// A Quantity or a reference range in molar units; nothing when the note names no pair or the unit is none of mass.
Collection to_molar(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    const auto note = e.string_argument(call, 0);
    const auto pair = note ? read_molar_pair(*note) : std::nullopt;
    if (!value || !value->is_element() || !pair) return {};
    const auto element = value->element();
    if (element.child("low") || element.child("high")) {
        ValueBuilder out(e, "BackboneElement");
        for (const auto side : {"low", "high"}) {
            if (!element.child(side)) continue;
            const auto molar = molar_of(element.child(side), *pair);
            if (!molar) return {};
            out.add_quantity(side, *molar, pair->unit, pair->unit);
        }
        out.add("text", element.text("text"));
        return {out.take()};
    }
    const auto molar = molar_of(element, *pair);
    if (!molar) return {};
    ValueBuilder out(e, "Quantity");
    out.fill_quantity(element.text("comparator"), *molar, pair->unit, pair->unit);
    return {out.take()};
}
Collection molar_code(Evaluator& e, const Node&, const Collection& focus) {
    const auto note = source_text(e, focus);
    const auto pair = note ? read_molar_pair(*note) : std::nullopt;
    return pair ? Collection{item(pair->code)} : Collection();
}

/// First match of the code in the map of argument 0, in the system of argument 1 when given.
std::optional<Environment::Translated> first_match(Evaluator& e, const Node& call, const Collection& focus) {
    const auto code = source_text(e, focus);
    const auto map = e.string_argument(call, 0);
    if (!code || !map || !e.context().environment) return std::nullopt;
    const auto system = e.argument_count(call) > 1 ? e.string_argument(call, 1).value_or("") : "";
    auto matches = e.context().environment->translate(*map, system, *code);
    if (matches.empty()) return std::nullopt;
    return std::move(matches.front());
}
Collection map_code(Evaluator& e, const Node& call, const Collection& focus) {
    const auto match = first_match(e, call, focus);
    return match && !match->code.empty() ? Collection{item(match->code)} : Collection();
}
Collection map_note(Evaluator& e, const Node& call, const Collection& focus) {
    const auto match = first_match(e, call, focus);
    return match && !match->note.empty() ? Collection{item(match->note)} : Collection();
}

constexpr Function kFunctions[] = {
    {"readDateTime", 0, 0, read_date_time},
    {"readDate", 0, 0, read_day},
    {"readInstant", 0, 0, read_instant},
    {"writeDateTime", 0, 0, write_source_time},
    {"readNumber", 0, 0, read_number},
    {"readQuantity", 0, 1, read_quantity},
    {"readUnit", 0, 0, read_unit},
    {"readReferenceRange", 0, 1, read_reference_range},
    {"toMolar", 1, 1, to_molar},
    {"molarCode", 0, 0, molar_code},
    {"mapCode", 1, 2, map_code},
    {"mapNote", 1, 2, map_note},
};

} // namespace

std::span<const Function> source_functions() { return kFunctions; }

} // namespace huitong::fhirpath
