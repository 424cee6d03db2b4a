#include "fhirpath/functions.hpp"

#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

using Converted = std::optional<Item>;

Converted to_boolean(const Item& value) {
    if (const auto* flag = std::get_if<bool>(&value.value)) return item(*flag);
    if (const auto number = as_decimal(value)) {
        if (*number == Decimal(1)) return item(true);
        return *number == Decimal(0) ? Converted(item(false)) : std::nullopt;
    }
    auto text = as_string(value).value_or("");
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto yes : {"true", "t", "yes", "y", "1", "1.0"})
        if (text == yes) return item(true);
    for (const auto no : {"false", "f", "no", "n", "0", "0.0"})
        if (text == no) return item(false);
    return std::nullopt;
}

Converted to_integer(const Item& value) {
    if (const auto* flag = std::get_if<bool>(&value.value)) return item(std::int64_t{*flag});
    if (const auto number = as_integer(value)) return item(*number);
    const auto text = as_string(value);
    if (!text || text->empty() || text->find_first_not_of("0123456789", text->find_first_of("+-") == 0 ? 1 : 0) != text->npos)
        return std::nullopt;
    const auto number = Decimal::read(*text);
    const auto whole = number ? number->to_int64() : std::nullopt;
    return whole ? Converted(item(*whole)) : std::nullopt;
}

Converted to_decimal(const Item& value) {
    if (const auto* flag = std::get_if<bool>(&value.value)) return item(*flag ? *Decimal::read("1.0") : *Decimal::read("0.0"));
    if (const auto number = as_decimal(value)) return item(*number);
    const auto text = as_string(value);
    const auto number = text && text->find_first_of("eE") == text->npos ? Decimal::read(*text) : std::nullopt;
    return number ? Converted(item(*number)) : std::nullopt;
}

Converted to_text(const Item& value) { return value.is_element() ? std::nullopt : Converted(item(value_text(value))); }

Converted to_date(const Item& value) {
    DateTime out;
    if (const auto* date = std::get_if<DateValue>(&value.value)) out = date->value;
    else if (const auto* moment = std::get_if<DateTimeValue>(&value.value)) out = moment->value;
    else if (const auto text = as_string(value)) {
        const auto read = read_date_time(*text);
        if (!read) return std::nullopt;
        out = *read;
    } else return std::nullopt;
    out.precision = std::min(out.precision, Precision::day);
    out.offset_minutes.reset();
    Item made;
    made.value = DateValue{out};
    return made;
}

Converted to_date_time(const Item& value) {
    Item made;
    if (const auto* date = std::get_if<DateValue>(&value.value)) made.value = DateTimeValue{date->value};
    else if (std::holds_alternative<DateTimeValue>(value.value)) return value;
    else if (const auto text = as_string(value)) {
        const auto read = read_date_time(*text);
        if (!read) return std::nullopt;
        made.value = DateTimeValue{*read};
    } else return std::nullopt;
    return made;
}

Converted to_time(const Item& value) {
    if (std::holds_alternative<TimeValue>(value.value)) return value;
    const auto text = as_string(value);
    const auto read = text ? read_time(text->starts_with('T') ? std::string_view(*text).substr(1) : std::string_view(*text)) : std::nullopt;
    if (!read) return std::nullopt;
    Item made;
    made.value = TimeValue{*read};
    return made;
}

/// "1.5 'mg'", "4 days", "3".
std::optional<Quantity> read_quantity(std::string_view text) {
    const auto space = text.find_first_of(" \t'");
    const auto value = Decimal::read(text.substr(0, space));
    if (!value) return std::nullopt;
    if (space == text.npos) return Quantity{*value, "1", false};
    auto rest = text.substr(space);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.size() >= 2 && rest.front() == '\'' && rest.back() == '\'') {
        const Quantity out{*value, std::string(rest.substr(1, rest.size() - 2)), false};
        return ucum::is_valid(out.unit) ? std::optional(out) : std::nullopt;
    }
    Quantity out{*value, std::string(rest), true};
    return calendar_unit(out).empty() ? std::nullopt : std::optional(out);
}

Converted to_quantity(const Item& value) {
    if (const auto* flag = std::get_if<bool>(&value.value))
        return item(Quantity{*flag ? *Decimal::read("1.0") : *Decimal::read("0.0"), "1", false});
    if (const auto quantity = as_quantity(value)) return item(*quantity);
    if (const auto number = as_decimal(value)) return item(Quantity{*number, "1", false});
    const auto text = as_string(value);
    auto quantity = text ? read_quantity(*text) : std::nullopt;
    return quantity ? Converted(item(std::move(*quantity))) : std::nullopt;
}

template <Converted (*Convert)(const Item&)>
Collection to(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    if (!value) return {};
    auto made = Convert(system_value(*value));
    if (!made) return {};
    if (e.argument_count(call) > 0) { // toQuantity('unit')
        const auto unit = e.string_argument(call, 0);
        const auto quantity = as_quantity(*made);
        if (!unit || !quantity) return {};
        const auto converted = ucum::convert(quantity->value, quantity->unit, *unit);
        return converted ? Collection{item(Quantity{*converted, *unit, false})} : Collection();
    }
    return {std::move(*made)};
}

template <Converted (*Convert)(const Item&)>
Collection converts(Evaluator& e, const Node&, const Collection& focus) {
    const auto value = e.single(focus);
    if (!value) return {};
    return {item(Convert(system_value(*value)).has_value())};
}

Collection iif(Evaluator& e, const Node& call, const Collection& focus) {
    if (focus.size() > 1) e.fail(IssueCode::processing, "fhirpath-singleton");
    const auto run = [&](std::size_t index) {
        return focus.empty() ? e.argument(call, index) : e.argument_for(call, index, focus.front(), 0);
    };
    const auto condition = run(0);
    if (!condition.empty() && !std::holds_alternative<bool>(system_value(condition.front()).value))
        e.fail(IssueCode::invalid, "fhirpath-type", {"iif", "boolean"});
    const auto holds = e.boolean(condition);
    if (holds && *holds) return run(1);
    return e.argument_count(call) > 2 ? run(2) : Collection();
}

constexpr Function kFunctions[] = {
    {"iif", 2, 3, iif},
    {"toBoolean", 0, 0, to<to_boolean>},
    {"convertsToBoolean", 0, 0, converts<to_boolean>},
    {"toInteger", 0, 0, to<to_integer>},
    {"convertsToInteger", 0, 0, converts<to_integer>},
    {"toLong", 0, 0, to<to_integer>},
    {"convertsToLong", 0, 0, converts<to_integer>},
    {"toDecimal", 0, 0, to<to_decimal>},
    {"convertsToDecimal", 0, 0, converts<to_decimal>},
    {"toString", 0, 0, to<to_text>},
    {"convertsToString", 0, 0, converts<to_text>},
    {"toDate", 0, 0, to<to_date>},
    {"convertsToDate", 0, 0, converts<to_date>},
    {"toDateTime", 0, 0, to<to_date_time>},
    {"convertsToDateTime", 0, 0, converts<to_date_time>},
    {"toTime", 0, 0, to<to_time>},
    {"convertsToTime", 0, 0, converts<to_time>},
    {"toQuantity", 0, 1, to<to_quantity>},
    {"convertsToQuantity", 0, 1, converts<to_quantity>},
};

} // namespace

std::span<const Function> conversion_functions() { return kFunctions; }

} // namespace huitong::fhirpath
