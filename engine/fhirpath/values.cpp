#include "fhirpath/values.hpp"

#include "fhir/json.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::fhirpath {
namespace {

constexpr std::string_view kUcum = "http://unitsofmeasure.org";

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), type) != names.end();
}

Item typed_value(std::string_view type, std::string_view text, fhir::ValueKind kind) {
    if (type == "boolean" || (type.empty() && kind == fhir::ValueKind::boolean)) return item(text == "true");
    if (is_one_of(type, {"integer", "positiveInt", "unsignedInt", "decimal"}) || (type.empty() && kind == fhir::ValueKind::number)) {
        const auto number = Decimal::read(text);
        if (!number) return item(std::string(text));
        const bool whole = type != "decimal" && text.find_first_of(".eE") == text.npos && number->to_int64();
        return whole ? item(*number->to_int64()) : item(*number);
    }
    if (type == "date" || type == "dateTime" || type == "instant") {
        if (const auto value = read_date_time(text)) {
            Item out;
            if (type == "date") out.value = DateValue{*value};
            else out.value = DateTimeValue{*value};
            return out;
        }
    }
    if (type == "time") {
        if (const auto value = read_time(text)) {
            Item out;
            out.value = TimeValue{*value};
            return out;
        }
    }
    return item(std::string(text));
}

std::optional<Quantity> quantity_of(fhir::Element element) {
    const auto value = Decimal::read(element.text("value"));
    if (!value || element.child("comparator")) return std::nullopt;
    const auto code = element.text("code");
    if (element.text("system") == kUcum && (code == "a" || code == "mo")) return Quantity{*value, code == "a" ? "year" : "month", true};
    if (element.text("system") == kUcum && !code.empty()) return Quantity{*value, std::string(code), false};
    if (element.child("unit") || !code.empty()) return Quantity{*value, std::string(code.empty() ? element.text("unit") : code), false};
    return Quantity{*value, "1", false};
}

bool is_quantity_type(std::string_view type) {
    return is_one_of(type, {"Quantity", "Age", "Distance", "Duration", "Count", "SimpleQuantity", "MoneyQuantity"});
}

std::optional<bool> equal_by_name(fhir::Element x, fhir::Element y);

/// Same trees: values and children, repeated ones in order.
std::optional<bool> equal_trees(const fhir::Element& a, const fhir::Element& b) {
    if (a.has_value() != b.has_value() || a.type() != b.type()) return false;
    if (a.has_value() && a.value() != b.value()) {
        const bool numbers = a.kind() == fhir::ValueKind::number && b.kind() == fhir::ValueKind::number;
        const auto left = numbers ? Decimal::read(a.value()) : std::nullopt;
        const auto right = numbers ? Decimal::read(b.value()) : std::nullopt;
        if (!left || !right || *left != *right) return false;
    }
    auto x = a.first_child();
    auto y = b.first_child();
    for (; x && y; x = x.next_sibling(), y = y.next_sibling()) {
        if (x.name() != y.name()) return equal_by_name(x, y);
        if (const auto same = equal_trees(x, y); !same || !*same) return same;
    }
    return !x && !y;
}

/// The siblings from here on, when their names come in another order (JSON objects have none).
std::optional<bool> equal_by_name(fhir::Element x, fhir::Element y) {
    std::vector<fhir::Element> rest;
    for (; y; y = y.next_sibling()) rest.push_back(y);
    for (; x; x = x.next_sibling()) {
        const auto found = std::find_if(rest.begin(), rest.end(), [&](const fhir::Element& other) { return other.name() == x.name(); });
        if (found == rest.end()) return false;
        if (const auto same = equal_trees(x, *found); !same || !*same) return same;
        rest.erase(found);
    }
    return rest.empty();
}

DateTime in_utc(const DateTime& value) {
    if (!value.offset_minutes || value.precision < Precision::hour) return value;
    auto out = date_time_of(instants_of(value, 0).first, 0);
    out.precision = value.precision;
    out.fraction_digits = value.fraction_digits;
    return out;
}

std::optional<int> order_of(int a, int b) { return a < b ? -1 : a > b ? 1 : 0; }

/// Field by field down to the coarser precision; seconds and their fraction count as one field.
std::optional<int> compare_dates(DateTime a, DateTime b, bool time_only) {
    if (!time_only && a.precision >= Precision::hour && b.precision >= Precision::hour) {
        if (a.offset_minutes.has_value() != b.offset_minutes.has_value()) return std::nullopt;
        a = in_utc(a);
        b = in_utc(b);
    }
    const int fields_a[] = {a.year, a.month, a.day, a.hour, a.minute, a.second};
    const int fields_b[] = {b.year, b.month, b.day, b.hour, b.minute, b.second};
    for (int i = time_only ? 3 : 0; i < 6; ++i) {
        const bool in_a = static_cast<int>(a.precision) >= i;
        const bool in_b = static_cast<int>(b.precision) >= i;
        if (!in_a && !in_b) return 0;
        if (in_a != in_b) return std::nullopt;
        if (fields_a[i] != fields_b[i]) return order_of(fields_a[i], fields_b[i]);
    }
    return order_of(a.microsecond, b.microsecond);
}

const DateTime* date_of(const Item& item) {
    if (const auto* value = std::get_if<DateValue>(&item.value)) return &value->value;
    if (const auto* value = std::get_if<DateTimeValue>(&item.value)) return &value->value;
    return nullptr;
}

std::string folded(std::string_view text) {
    std::string out;
    bool space = false;
    for (const char c : text) {
        if (std::isspace(static_cast<unsigned char>(c))) {
            space = true;
            continue;
        }
        if (space && !out.empty()) out += ' ';
        space = false;
        out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

constexpr std::pair<std::string_view, std::string_view> kTimeUnits[] = {
    {"a", "year"}, {"mo", "month"}, {"wk", "week"}, {"d", "day"}, {"h", "hour"}, {"min", "minute"}, {"s", "second"}, {"ms", "millisecond"}};

/// Years and months of the calendar are now longer, now shorter than any length that UCUM knows: nobody can tell how they compare.
bool is_uneven_pair(const Quantity& a, const Quantity& b) {
    const auto is_code = [](const Quantity& one) { return !one.calendar && ucum_unit(one) == one.unit; };
    const auto varies = [&](const Quantity& one) {
        const auto unit = calendar_unit(one);
        return !is_code(one) && (unit == "year" || unit == "month");
    };
    return (varies(a) && is_code(b)) || (varies(b) && is_code(a));
}

std::optional<int> compare_quantities(const Quantity& a, const Quantity& b) {
    const auto decimal_order = [](const Decimal& x, const Decimal& y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (a.unit == b.unit && a.calendar == b.calendar) return decimal_order(a.value, b.value);
    if (is_uneven_pair(a, b)) return std::nullopt;
    const auto unit_a = ucum_unit(a), unit_b = ucum_unit(b);
    if (unit_a == unit_b) return decimal_order(a.value, b.value);
    const auto converted = ucum::convert(b.value, unit_b, unit_a);
    if (!converted) return std::nullopt;
    return decimal_order(a.value, *converted);
}

} // namespace

Item item(bool value) {
    Item out;
    out.value = value;
    return out;
}
Item item(std::int64_t value) {
    Item out;
    out.value = value;
    return out;
}
Item item(std::string value) {
    Item out;
    out.value = std::move(value);
    return out;
}
Item item(Decimal value) {
    Item out;
    out.value = value;
    return out;
}
Item item(Quantity value) {
    Item out;
    out.value = std::move(value);
    return out;
}

std::string ucum_unit(const Quantity& quantity) {
    const auto word = calendar_unit(quantity);
    const auto* known = std::find_if(std::begin(kTimeUnits), std::end(kTimeUnits), [&](const auto& unit) { return unit.second == word; });
    return known == std::end(kTimeUnits) ? quantity.unit : std::string(known->first);
}

std::string calendar_unit(const Quantity& quantity) {
    for (const auto& [code, word] : kTimeUnits) {
        // A word in quotes ('month') is no UCUM code, so it can only mean the calendar's.
        if (quantity.unit == word || quantity.unit == std::string(word) + "s" || (!quantity.calendar && quantity.unit == code))
            return std::string(word);
    }
    return {};
}

Item system_value(const Item& source) {
    if (!source.is_element()) return source;
    const auto& element = source.element();
    if (is_quantity_type(source.type.type)) {
        if (auto quantity = quantity_of(element)) return item(std::move(*quantity));
        return source;
    }
    if (!element.has_value()) return source;
    return typed_value(source.type.type, element.value(), element.kind());
}

std::optional<std::string> as_string(const Item& source) {
    const auto value = system_value(source);
    if (const auto* text = std::get_if<std::string>(&value.value)) return *text;
    return std::nullopt;
}

std::optional<std::int64_t> as_integer(const Item& source) {
    const auto value = system_value(source);
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) return *number;
    return std::nullopt;
}

std::optional<Decimal> as_decimal(const Item& source) {
    const auto value = system_value(source);
    if (const auto* number = std::get_if<std::int64_t>(&value.value)) return Decimal(*number);
    if (const auto* number = std::get_if<Decimal>(&value.value)) return *number;
    return std::nullopt;
}

std::optional<Quantity> as_quantity(const Item& source) {
    const auto value = system_value(source);
    if (const auto* quantity = std::get_if<Quantity>(&value.value)) return *quantity;
    return std::nullopt;
}

std::optional<bool> equal(const Item& left, const Item& right) {
    const auto a = system_value(left);
    const auto b = system_value(right);
    if (a.is_element() || b.is_element()) {
        if (!a.is_element() || !b.is_element()) return false;
        return equal_trees(a.element(), b.element());
    }
    if (const auto x = as_decimal(a), y = as_decimal(b); x && y) return *x == *y;
    if (as_quantity(a) || as_quantity(b)) {
        auto x = as_quantity(a);
        auto y = as_quantity(b);
        if (!x && as_decimal(a)) x = Quantity{*as_decimal(a), "1", false};
        if (!y && as_decimal(b)) y = Quantity{*as_decimal(b), "1", false};
        if (!x || !y) return false;
        const auto order = compare_quantities(*x, *y);
        if (!order) return std::nullopt;
        return *order == 0;
    }
    if (date_of(a) && date_of(b)) {
        const auto order = compare_dates(*date_of(a), *date_of(b), false);
        if (!order) return std::nullopt;
        return *order == 0;
    }
    if (const auto *x = std::get_if<TimeValue>(&a.value), *y = std::get_if<TimeValue>(&b.value); x && y) {
        const auto order = compare_dates(x->value, y->value, true);
        if (!order) return std::nullopt;
        return *order == 0;
    }
    if (const auto *x = std::get_if<std::string>(&a.value), *y = std::get_if<std::string>(&b.value); x && y) return *x == *y;
    if (const auto *x = std::get_if<bool>(&a.value), *y = std::get_if<bool>(&b.value); x && y) return *x == *y;
    return false;
}

bool equivalent(const Item& left, const Item& right) {
    const auto a = system_value(left);
    const auto b = system_value(right);
    if (const auto *x = std::get_if<std::string>(&a.value), *y = std::get_if<std::string>(&b.value); x && y)
        return folded(*x) == folded(*y);
    if (const auto x = as_decimal(a), y = as_decimal(b); x && y) {
        const int digits = std::min(x->normalized().scale(), y->normalized().scale());
        return x->rounded(digits) == y->rounded(digits);
    }
    if (const auto x = as_quantity(a), y = as_quantity(b); x && y) {
        const auto converted = x->unit == y->unit ? Result<Decimal>(y->value) : ucum::convert(y->value, ucum_unit(*y), ucum_unit(*x));
        if (!converted) return false;
        const int digits = std::min(x->value.normalized().scale(), y->value.normalized().scale());
        return x->value.rounded(digits) == converted->rounded(digits);
    }
    if (a.is_element() && b.is_element()) {
        // Complex values: every child has an equivalent one on the other side, order apart.
        std::vector<fhir::Element> rest;
        for (auto child : b.element().children()) rest.push_back(child);
        for (auto child : a.element().children()) {
            const auto found = std::find_if(rest.begin(), rest.end(), [&](auto other) {
                return other.name() == child.name() && equivalent(item_of(nullptr, child), item_of(nullptr, other));
            });
            if (found == rest.end()) return false;
            rest.erase(found);
        }
        return rest.empty() && a.element().has_value() == b.element().has_value();
    }
    const auto same = equal(a, b);
    return same && *same;
}

Ordering compare(const Item& left, const Item& right) {
    const auto a = system_value(left);
    const auto b = system_value(right);
    const auto from = [](auto order) { return Ordering{order, true}; };
    if (const auto x = as_decimal(a), y = as_decimal(b); x && y) return from(std::optional<int>(*x < *y ? -1 : *y < *x ? 1 : 0));
    if (const auto *x = std::get_if<std::string>(&a.value), *y = std::get_if<std::string>(&b.value); x && y)
        return from(std::optional<int>(x->compare(*y)));
    if (date_of(a) && date_of(b)) return from(compare_dates(*date_of(a), *date_of(b), false));
    if (const auto *x = std::get_if<TimeValue>(&a.value), *y = std::get_if<TimeValue>(&b.value); x && y)
        return from(compare_dates(x->value, y->value, true));
    if (const auto x = as_quantity(a), y = as_quantity(b); x && y) return from(compare_quantities(*x, *y));
    if ((as_quantity(a) && as_decimal(b)) || (as_decimal(a) && as_quantity(b))) {
        const auto x = as_quantity(a).value_or(Quantity{as_decimal(a).value_or(Decimal()), "1", false});
        const auto y = as_quantity(b).value_or(Quantity{as_decimal(b).value_or(Decimal()), "1", false});
        return from(compare_quantities(x, y));
    }
    // A string beside a date is read as one: FHIR elements without a model are text.
    if (date_of(a) && std::holds_alternative<std::string>(b.value)) {
        if (const auto other = read_date_time(std::get<std::string>(b.value))) return from(compare_dates(*date_of(a), *other, false));
    }
    if (date_of(b) && std::holds_alternative<std::string>(a.value)) {
        if (const auto other = read_date_time(std::get<std::string>(a.value))) return from(compare_dates(*other, *date_of(b), false));
    }
    return {std::nullopt, false};
}

std::string type_text(const Item& source) {
    struct Name {
        std::string operator()(const fhir::Element&) const { return {}; }
        std::string operator()(bool) const { return "boolean"; }
        std::string operator()(std::int64_t) const { return "integer"; }
        std::string operator()(const Decimal&) const { return "decimal"; }
        std::string operator()(const std::string&) const { return "string"; }
        std::string operator()(const DateValue&) const { return "date"; }
        std::string operator()(const DateTimeValue&) const { return "dateTime"; }
        std::string operator()(const TimeValue&) const { return "time"; }
        std::string operator()(const Quantity&) const { return "Quantity"; }
    };
    if (!source.is_element()) return std::visit(Name{}, source.value);
    if (!source.type.type.empty()) return std::string(source.type.type);
    return source.element().has_value() ? type_text(system_value(source)) : "";
}

std::string value_text(const Item& source) {
    struct Text {
        std::string operator()(const fhir::Element& element) const {
            return element.has_value() ? std::string(element.value()) : fhir::write_json(element);
        }
        std::string operator()(bool value) const { return value ? "true" : "false"; }
        std::string operator()(std::int64_t value) const { return std::to_string(value); }
        std::string operator()(const Decimal& value) const { return value.text(); }
        std::string operator()(const std::string& value) const { return value; }
        std::string operator()(const DateValue& value) const { return write_date_time(value.value); }
        std::string operator()(const DateTimeValue& value) const { return write_date_time(value.value); }
        std::string operator()(const TimeValue& value) const {
            auto text = write_date_time(value.value);
            return text.substr(text.find('T') + 1);
        }
        std::string operator()(const Quantity& value) const {
            return value.value.text() + (value.calendar ? " " + value.unit : " '" + value.unit + "'");
        }
    };
    return std::visit(Text{}, source.value);
}

Result<std::optional<bool>> as_boolean(const Collection& collection) {
    if (collection.empty()) return std::optional<bool>();
    if (collection.size() > 1) return Outcome{error(IssueCode::processing, "", "fhirpath-singleton")};
    const auto value = system_value(collection.front());
    if (const auto* flag = std::get_if<bool>(&value.value)) return std::optional<bool>(*flag);
    return std::optional<bool>(true);
}

std::string_view type_in_reference(std::string_view reference) {
    const auto history = reference.find("/_history/");
    reference = reference.substr(0, history);
    const auto slash = reference.rfind('/');
    if (slash == reference.npos) return {};
    reference = reference.substr(0, slash);
    return reference.substr(reference.rfind('/') + 1);
}

} // namespace huitong::fhirpath
