#include "fhirpath/functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace huitong::fhirpath {
namespace {

constexpr int kDigits = 8;

std::optional<Decimal> number_of(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    if (!value) return std::nullopt;
    if (auto number = as_decimal(*value)) return number;
    e.fail(IssueCode::invalid, "fhirpath-type", {call.text, "number"});
}

Collection from_double(double value) {
    if (!std::isfinite(value)) return {};
    char text[64];
    std::snprintf(text, sizeof text, "%.15g", value);
    const auto number = Decimal::read(text);
    return number ? Collection{item(*number)} : Collection();
}

Collection abs(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    if (!value) return {};
    if (const auto number = as_integer(*value); number && *number != INT64_MIN)
        return {item(std::int64_t{*number < 0 ? -*number : *number})};
    if (auto quantity = as_quantity(*value)) {
        if (quantity->value < Decimal(0)) quantity->value = quantity->value.negated();
        return {item(std::move(*quantity))};
    }
    const auto number = number_of(e, call, focus);
    return {item(*number < Decimal(0) ? number->negated() : *number)};
}
Collection whole(const Decimal& value) {
    const auto number = value.to_int64();
    return number ? Collection{item(*number)} : Collection();
}
Collection truncate(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    return number ? whole(number->truncated(0)) : Collection();
}
Collection floor(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    if (!number) return {};
    const auto cut = number->truncated(0);
    return whole(*number < cut ? *Decimal::subtract(cut, Decimal(1)) : cut);
}
Collection ceiling(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    if (!number) return {};
    const auto cut = number->truncated(0);
    return whole(*number > cut ? *Decimal::add(cut, Decimal(1)) : cut);
}
Collection round(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    if (!number) return {};
    const auto digits = e.argument_count(call) > 0 ? e.integer_argument(call, 0).value_or(0) : 0;
    if (digits < 0 || digits > 28) e.fail(IssueCode::invalid, "fhirpath-type", {"round", "precision"});
    return {item(digits < number->scale() ? number->rounded(static_cast<int>(digits)) : *number)};
}
Collection sqrt(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    return number && *number >= Decimal(0) ? from_double(std::sqrt(number->to_double())) : Collection();
}
Collection exp(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    return number ? from_double(std::exp(number->to_double())) : Collection();
}
Collection ln(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    return number && *number > Decimal(0) ? from_double(std::log(number->to_double())) : Collection();
}
Collection log(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    const auto base = number_of(e, call, e.argument(call, 0));
    if (!number || !base || *number <= Decimal(0) || *base <= Decimal(0)) return {};
    return from_double(std::log(number->to_double()) / std::log(base->to_double()));
}
Collection power(Evaluator& e, const Node& call, const Collection& focus) {
    const auto number = number_of(e, call, focus);
    const auto exponent = number_of(e, call, e.argument(call, 0));
    if (!number || !exponent) return {};
    const auto steps = exponent->to_int64();
    if (steps && *steps >= 0 && *steps < 64) {
        std::optional<Decimal> out = Decimal(1);
        for (std::int64_t i = 0; out && i < *steps; ++i) out = Decimal::multiply(*out, *number);
        const bool integers = focus.size() == 1 && as_integer(focus.front());
        if (out) return integers ? whole(*out) : Collection{item(*out)};
    }
    return from_double(std::pow(number->to_double(), exponent->to_double()));
}

Collection sum_of(Evaluator& e, const Collection& focus) {
    Collection total;
    for (const auto& value : focus) total = total.empty() ? Collection{system_value(value)} : operate(e, "+", total, {value});
    return total;
}
Collection sum(Evaluator& e, const Node&, const Collection& focus) {
    return focus.empty() ? Collection{item(std::int64_t{0})} : sum_of(e, focus);
}
Collection average(Evaluator& e, const Node&, const Collection& focus) {
    if (focus.empty()) return {};
    return operate(e, "/", sum_of(e, focus), {item(static_cast<std::int64_t>(focus.size()))});
}
Collection extreme(Evaluator& e, const Collection& focus, int wanted) {
    if (focus.empty()) return {};
    auto best = system_value(focus.front());
    for (const auto& value : focus) {
        const auto order = compare(value, best);
        if (!order.comparable) e.fail(IssueCode::invalid, "fhirpath-type", {"min/max", "ordered"});
        if (order.order && (wanted < 0 ? *order.order < 0 : *order.order > 0)) best = system_value(value);
    }
    return {best};
}
Collection min(Evaluator& e, const Node&, const Collection& focus) { return extreme(e, focus, -1); }
Collection max(Evaluator& e, const Node&, const Collection& focus) { return extreme(e, focus, 1); }

// ---- boundaries and precision (FHIRPath 2.1 draft, as the R4 suite uses them)

int precision_digits(Precision precision, bool time) {
    constexpr int kDates[] = {4, 6, 8, 10, 12, 14, 17};
    return kDates[static_cast<int>(precision)] - (time ? 8 : 0);
}
Precision precision_of_digits(std::int64_t digits) {
    if (digits >= 15) return Precision::fraction;
    return static_cast<Precision>(digits <= 4 ? 0 : (digits - 4) / 2);
}

DateTime bounded(DateTime value, Precision to, bool high) {
    const auto has = value.precision;
    if (has < Precision::month) value.month = high ? 12 : 1;
    if (has < Precision::day) value.day = high ? days_in_month(value.year, value.month) : 1;
    if (has < Precision::hour) value.hour = high ? 23 : 0;
    if (has < Precision::minute) value.minute = high ? 59 : 0;
    if (has < Precision::second) value.second = high ? 59 : 0;
    if (has < Precision::fraction) value.microsecond = high ? 999'000 : 0;
    value.precision = to;
    value.fraction_digits = to == Precision::fraction ? 3 : 0;
    if (to >= Precision::hour && !value.offset_minutes) value.offset_minutes = high ? -12 * 60 : 14 * 60;
    if (to < Precision::hour) value.offset_minutes.reset();
    return value;
}

std::optional<Decimal> decimal_bound(const Decimal& value, std::optional<std::int64_t> digits, bool high) {
    const auto wanted = digits.value_or(kDigits);
    if (wanted < 0 || wanted > 28) return std::nullopt;
    const auto half = Decimal::of(5, value.scale() + 1);
    const auto moved = high ? Decimal::add(value, half) : Decimal::subtract(value, half);
    if (!moved) return std::nullopt;
    if (wanted >= moved->scale()) return moved->rounded(static_cast<int>(wanted));
    auto cut = moved->truncated(static_cast<int>(wanted));
    const auto unit = Decimal::of(1, static_cast<int>(wanted));
    if (high && cut < *moved) return Decimal::add(cut, unit);
    if (!high && cut > *moved) return Decimal::subtract(cut, unit);
    return cut;
}

Collection boundary(Evaluator& e, const Node& call, const Collection& focus, bool high) {
    const auto single = e.single(focus);
    if (!single) return {};
    std::optional<std::int64_t> digits;
    if (e.argument_count(call) > 0) digits = e.integer_argument(call, 0);
    const auto value = system_value(*single);
    Item out;
    if (const auto number = as_decimal(value)) {
        const auto bound = decimal_bound(*number, digits, high);
        return bound ? Collection{item(*bound)} : Collection();
    }
    if (auto quantity = as_quantity(value)) {
        const auto bound = decimal_bound(quantity->value, digits, high);
        if (!bound) return {};
        quantity->value = *bound;
        return {item(std::move(*quantity))};
    }
    if (const auto* date = std::get_if<DateValue>(&value.value)) {
        if (digits && (*digits > 8 || *digits < 4)) return {};
        out.value = DateValue{bounded(date->value, digits ? precision_of_digits(*digits) : Precision::day, high)};
        return {out};
    }
    if (const auto* moment = std::get_if<DateTimeValue>(&value.value)) {
        if (digits && (*digits > 17 || *digits < 4)) return {};
        out.value = DateTimeValue{bounded(moment->value, digits ? precision_of_digits(*digits) : Precision::fraction, high)};
        return {out};
    }
    if (const auto* time = std::get_if<TimeValue>(&value.value)) {
        if (digits && (*digits > 9 || *digits < 2)) return {};
        auto bound = bounded(time->value, digits ? precision_of_digits(*digits + 8) : Precision::fraction, high);
        bound.offset_minutes.reset();
        out.value = TimeValue{bound};
        return {out};
    }
    e.fail(IssueCode::invalid, "fhirpath-type", {call.text, "number or date"});
}
Collection low_boundary(Evaluator& e, const Node& call, const Collection& focus) { return boundary(e, call, focus, false); }
Collection high_boundary(Evaluator& e, const Node& call, const Collection& focus) { return boundary(e, call, focus, true); }

Collection precision(Evaluator& e, const Node& call, const Collection& focus) {
    const auto single = e.single(focus);
    if (!single) return {};
    const auto value = system_value(*single);
    if (as_integer(value)) return {item(std::int64_t{0})};
    if (const auto number = as_decimal(value)) return {item(std::int64_t{number->scale()})};
    if (const auto* date = std::get_if<DateValue>(&value.value))
        return {item(std::int64_t{precision_digits(date->value.precision, false)})};
    if (const auto* moment = std::get_if<DateTimeValue>(&value.value))
        return {item(std::int64_t{precision_digits(moment->value.precision, false)})};
    if (const auto* time = std::get_if<TimeValue>(&value.value)) return {item(std::int64_t{precision_digits(time->value.precision, true)})};
    e.fail(IssueCode::invalid, "fhirpath-type", {call.text, "number or date"});
}

constexpr Function kFunctions[] = {
    {"abs", 0, 0, abs},
    {"truncate", 0, 0, truncate},
    {"floor", 0, 0, floor},
    {"ceiling", 0, 0, ceiling},
    {"round", 0, 1, round},
    {"sqrt", 0, 0, sqrt},
    {"exp", 0, 0, exp},
    {"ln", 0, 0, ln},
    {"log", 1, 1, log},
    {"power", 1, 1, power},
    {"sum", 0, 0, sum},
    {"avg", 0, 0, average},
    {"min", 0, 0, min},
    {"max", 0, 0, max},
    {"lowBoundary", 0, 1, low_boundary},
    {"highBoundary", 0, 1, high_boundary},
    {"precision", 0, 0, precision},
};

} // namespace

std::span<const Function> math_functions() { return kFunctions; }

} // namespace huitong::fhirpath
