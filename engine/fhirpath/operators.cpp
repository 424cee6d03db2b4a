#include "fhirpath/evaluator.hpp"

#include "fhirpath/unit_terms.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <unordered_set>

namespace huitong::fhirpath {
namespace {

constexpr int kDivisionDigits = 8;

Collection answer(std::optional<bool> value) { return value ? Collection{item(*value)} : Collection(); }

std::optional<bool> equal_collections(const Collection& left, const Collection& right) {
    if (left.empty() || right.empty()) return std::nullopt;
    if (left.size() != right.size()) return false;
    std::optional<bool> out = true;
    for (std::size_t i = 0; i < left.size(); ++i) {
        const auto same = equal(left[i], right[i]);
        if (same && !*same) return false;
        if (!same) out.reset();
    }
    return out;
}

bool equivalent_collections(Evaluator& e, const Collection& left, const Collection& right) {
    if (left.size() != right.size()) return false;
    e.charge(left.size() * right.size());
    std::vector<bool> used(right.size());
    for (const auto& value : left) {
        bool found = false;
        for (std::size_t i = 0; i < right.size() && !found; ++i) {
            if (used[i] || !equivalent(value, right[i])) continue;
            used[i] = found = true;
        }
        if (!found) return false;
    }
    return true;
}

Collection ordered(Evaluator& e, std::string_view symbol, const Item& left, const Item& right) {
    const auto order = compare(left, right);
    if (!order.comparable) e.fail(IssueCode::invalid, "fhirpath-type", {std::string(symbol), "comparable"});
    if (!order.order) return {};
    if (symbol == "<") return answer(*order.order < 0);
    if (symbol == ">") return answer(*order.order > 0);
    return answer(symbol == "<=" ? *order.order <= 0 : *order.order >= 0);
}

void add_months(DateTime& value, std::int64_t months) {
    const std::int64_t all = std::int64_t{value.year} * 12 + value.month - 1 + months;
    value.year = static_cast<int>(all >= 0 ? all / 12 : -1);
    value.month = static_cast<int>(all % 12) + 1;
    if (value.year >= 1 && value.year <= 9999) value.day = std::min(value.day, days_in_month(value.year, value.month));
}

/// Adds to a date or time; nullopt when it leaves the calendar. `unit` is a calendar word.
std::optional<DateTime> shifted(DateTime value, std::int64_t amount, const std::string& unit, std::int64_t microseconds) {
    if (unit == "year" || unit == "month") {
        add_months(value, unit == "year" ? amount * 12 : amount);
        return value.year < 1 || value.year > 9999 ? std::nullopt : std::optional(value);
    }
    auto coarse = amount;
    if (value.precision == Precision::year || value.precision == Precision::month) {
        // A coarse date moves by whole units of its own precision.
        const auto days = unit == "week" ? amount * 7 : unit == "day" ? amount : microseconds / kMicrosecondsPerDay;
        coarse = value.precision == Precision::year ? days / 365 : days / 30;
        add_months(value, value.precision == Precision::year ? coarse * 12 : coarse);
        return value.year < 1 || value.year > 9999 ? std::nullopt : std::optional(value);
    }
    const auto local =
        instants_of(value, 0).first.microseconds + std::int64_t{value.offset_minutes.value_or(0)} * 60 * kMicrosecondsPerSecond;
    auto moved = date_time_of(
        {local + (value.precision == Precision::day ? microseconds / kMicrosecondsPerDay * kMicrosecondsPerDay : microseconds)}, 0);
    if (moved.year < 1 || moved.year > 9999) return std::nullopt;
    moved.offset_minutes = value.offset_minutes;
    moved.precision = value.precision;
    moved.fraction_digits = value.fraction_digits;
    if (unit == "millisecond" && value.precision >= Precision::second) {
        moved.precision = Precision::fraction;
        moved.fraction_digits = std::max(3, value.fraction_digits);
    }
    return moved;
}

Collection move_date(Evaluator& e, const Item& left, Quantity by, bool minus) {
    const auto unit = calendar_unit(by);
    if (unit.empty() || (!by.calendar && (by.unit == "a" || by.unit == "mo")))
        e.fail(IssueCode::invalid, "fhirpath-type", {"+", "time unit"});
    if (minus) by.value = by.value.negated();
    static constexpr std::pair<std::string_view, std::int64_t> kLengths[] = {{"week", 7 * kMicrosecondsPerDay},
                                                                             {"day", kMicrosecondsPerDay},
                                                                             {"hour", 3'600'000'000},
                                                                             {"minute", 60'000'000},
                                                                             {"second", 1'000'000},
                                                                             {"millisecond", 1'000}};
    std::int64_t length = 0;
    for (const auto& [name, microseconds] : kLengths) length = name == unit ? microseconds : length;
    const auto exact = Decimal::multiply(unit == "second" ? by.value : by.value.truncated(0), Decimal(length));
    const auto microseconds = exact ? exact->truncated(0).to_int64() : std::nullopt;
    const auto amount = by.value.truncated(0).to_int64();
    constexpr std::int64_t kMonthsMax = 12 * 10'000, kMicrosecondsMax = 4'000'000 * kMicrosecondsPerDay; // more than the calendar has
    const auto is_beyond = [](std::int64_t value, std::int64_t max) { return value > max || value < -max; };
    const bool by_months = unit == "year" || unit == "month";
    if (!microseconds || !amount || is_beyond(*microseconds, kMicrosecondsMax) || (by_months && is_beyond(*amount, kMonthsMax))) return {};
    Item out = left;
    const auto apply = [&](DateTime& value) {
        const auto moved = shifted(value, *amount, unit, *microseconds);
        if (moved) value = *moved;
        return moved.has_value();
    };
    if (auto* date = std::get_if<DateValue>(&out.value)) return apply(date->value) ? Collection{out} : Collection();
    if (auto* moment = std::get_if<DateTimeValue>(&out.value)) return apply(moment->value) ? Collection{out} : Collection();
    auto& time = std::get<TimeValue>(out.value);
    time.value.year = 2000;
    if (!apply(time.value)) return {};
    time.value.year = time.value.month = time.value.day = 1;
    return {out};
}

bool is_date(const Item& value) {
    return std::holds_alternative<DateValue>(value.value) || std::holds_alternative<DateTimeValue>(value.value) ||
           std::holds_alternative<TimeValue>(value.value);
}

Collection decimal_result(std::optional<Decimal> value, bool integers) {
    if (!value) return {};
    if (integers) {
        const auto whole = value->to_int64();
        return whole ? Collection{item(*whole)} : Collection();
    }
    return {item(*value)};
}

Collection quotient(const Decimal& a, const Decimal& b) {
    auto value = Decimal::divide(a, b, kDivisionDigits);
    if (!value) return {};
    auto short_form = value->normalized();
    return {item(short_form)};
}

/// A sum has the finer unit of the two.
Collection sum(std::string_view symbol, const Quantity& a, const Quantity& b) {
    auto left = a, right = b;
    if (a.unit != b.unit || a.calendar != b.calendar) {
        const auto unit_a = ucum_unit(a), unit_b = ucum_unit(b);
        const auto size = ucum::convert(Decimal(1), unit_a, unit_b); // of a's unit, counted in b's
        if (!size) return {};
        auto& coarse = *size > Decimal(1) ? left : right;
        const auto& fine = *size > Decimal(1) ? b : a;
        const auto converted = ucum::convert(coarse.value, ucum_unit(coarse), ucum_unit(fine));
        if (!converted) return {};
        coarse = Quantity{*converted, fine.unit, fine.calendar};
    }
    const auto value = symbol == "+" ? Decimal::add(left.value, right.value) : Decimal::subtract(left.value, right.value);
    return value ? Collection{item(Quantity{*value, left.unit, left.calendar})} : Collection();
}

Collection quantities(std::string_view symbol, const Quantity& a, const Quantity& b) {
    if (symbol == "*" || symbol == "/") {
        const auto value = symbol == "*" ? Decimal::multiply(a.value, b.value) : Decimal::divide(a.value, b.value, kDivisionDigits);
        if (!value) return {};
        if (b.unit == "1") return {item(Quantity{value->normalized(), a.unit, a.calendar})};
        if (symbol == "*" && a.unit == "1") return {item(Quantity{value->normalized(), b.unit, b.calendar})};
        return {item(Quantity{value->normalized(), joined_unit(ucum_unit(a), ucum_unit(b), symbol == "/"), false})};
    }
    return sum(symbol, a, b);
}

Collection arithmetic(Evaluator& e, std::string_view symbol, const Item& left, const Item& right) {
    const auto a = system_value(left);
    const auto b = system_value(right);
    if (is_date(a) && (symbol == "+" || symbol == "-")) {
        const auto by = as_quantity(b);
        if (!by) e.fail(IssueCode::invalid, "fhirpath-type", {std::string(symbol), "quantity"});
        return move_date(e, a, *by, symbol == "-");
    }
    if (symbol == "+" && std::holds_alternative<std::string>(a.value) && std::holds_alternative<std::string>(b.value)) {
        e.charge(std::get<std::string>(a.value).size() + std::get<std::string>(b.value).size());
        return {item(std::get<std::string>(a.value) + std::get<std::string>(b.value))};
    }
    const auto x = as_decimal(a);
    const auto y = as_decimal(b);
    if (!x || !y) {
        const auto p = as_quantity(a) ? as_quantity(a) : x ? std::optional(Quantity{*x, "1", false}) : std::nullopt;
        const auto q = as_quantity(b) ? as_quantity(b) : y ? std::optional(Quantity{*y, "1", false}) : std::nullopt;
        if (p && q && symbol != "div" && symbol != "mod") return quantities(symbol, *p, *q);
        e.fail(IssueCode::invalid, "fhirpath-type", {std::string(symbol), "number"});
    }
    const bool integers = std::holds_alternative<std::int64_t>(a.value) && std::holds_alternative<std::int64_t>(b.value);
    if (symbol == "+") return decimal_result(Decimal::add(*x, *y), integers);
    if (symbol == "-") return decimal_result(Decimal::subtract(*x, *y), integers);
    if (symbol == "*") return decimal_result(Decimal::multiply(*x, *y), integers);
    if (symbol == "/") return quotient(*x, *y);
    const auto ratio = Decimal::divide(*x, *y, 20);
    if (!ratio) return {};
    const auto whole = ratio->truncated(0);
    if (symbol == "div") return decimal_result(whole, true);
    const auto product = Decimal::multiply(whole, *y);
    return product ? decimal_result(Decimal::subtract(*x, *product), integers) : Collection();
}

std::string concatenated(Evaluator& e, const std::optional<Item>& value) {
    if (!value) return {};
    const auto text = as_string(*value);
    if (!text) e.fail(IssueCode::invalid, "fhirpath-type", {"&", "string"});
    e.charge(text->size());
    return *text;
}

Collection membership(Evaluator& e, const Collection& needle, const Collection& haystack) {
    const auto value = e.single(needle);
    if (!value) return {};
    return answer(contains_item(e, haystack, *value));
}

} // namespace

bool contains_item(Evaluator& e, const Collection& items, const Item& wanted) {
    e.charge(items.size());
    return std::any_of(items.begin(), items.end(), [&](const Item& other) {
        const auto same = equal(wanted, other);
        return same && *same;
    });
}

Collection distinct_items(Evaluator& e, const Collection& items) {
    Collection out;
    Collection others; // what is no text: compared one by one
    std::unordered_set<std::string> texts;
    for (const auto& value : items) {
        if (auto text = as_string(value)) {
            if (texts.insert(std::move(*text)).second) out.push_back(value);
        } else if (!contains_item(e, others, value)) {
            out.push_back(value);
            others.push_back(value);
        }
    }
    return out;
}

Collection operate(Evaluator& e, std::string_view symbol, const Collection& left, const Collection& right) {
    if (symbol == "|") {
        auto both = left;
        both.insert(both.end(), right.begin(), right.end());
        return distinct_items(e, both);
    }
    if (symbol == "=") return answer(equal_collections(left, right));
    if (symbol == "!=") {
        const auto same = equal_collections(left, right);
        return same ? answer(!*same) : Collection();
    }
    if (symbol == "~") return answer(equivalent_collections(e, left, right));
    if (symbol == "!~") return answer(!equivalent_collections(e, left, right));
    if (symbol == "in") return membership(e, left, right);
    if (symbol == "contains") return membership(e, right, left);
    const auto a = e.single(left);
    const auto b = e.single(right);
    if (symbol == "&") return {item(concatenated(e, a) + concatenated(e, b))};
    if (!a || !b) return {};
    if (symbol == "<" || symbol == ">" || symbol == "<=" || symbol == ">=") return ordered(e, symbol, *a, *b);
    return arithmetic(e, symbol, *a, *b);
}

} // namespace huitong::fhirpath
