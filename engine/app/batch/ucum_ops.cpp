#include "app/batch/batch.hpp"
#include "fhir/json.hpp"
#include "ucum/ucum.hpp"

namespace huitong::app::batch {
namespace {

std::string member(std::string_view name, std::string_view text) {
    std::string out = "\"" + std::string(name) + "\":";
    fhir::write_json_string(text, out);
    return out;
}

/// Exponents below zero stay exponents ("g.m-1"), so a quotient is a product with turned signs.
std::string inverse(std::string_view units) {
    std::string out;
    while (!units.empty()) {
        const auto dot = units.find('.');
        auto part = std::string(units.substr(0, dot));
        units = dot == units.npos ? std::string_view() : units.substr(dot + 1);
        auto digits = part.size();
        while (digits > 0 && std::isdigit(static_cast<unsigned char>(part[digits - 1]))) --digits;
        const bool negative = digits > 0 && part[digits - 1] == '-';
        const auto number = part.substr(digits);
        const auto name = part.substr(0, negative ? digits - 1 : digits);
        const auto turned = negative ? (number == "1" ? std::string() : number) : "-" + (number.empty() ? std::string("1") : number);
        out += (out.empty() ? "" : ".") + name + turned;
    }
    return out;
}

Answer product(const Request& request, bool divide) {
    const auto a = Decimal::read(request.text("value1"));
    const auto b = Decimal::read(request.text("value2"));
    if (!a || !b) return Failure{"request", "value1 and value2 are decimals"};
    const auto left = ucum::canonical(request.text("unit1"));
    if (!left) return failure_of("syntax", left.error());
    const auto right = ucum::canonical(request.text("unit2"));
    if (!right) return failure_of("syntax", right.error());
    const auto x = Decimal::multiply(*a, left->factor);
    const auto y = Decimal::multiply(*b, right->factor);
    const auto value = x && y ? (divide ? Decimal::divide(*x, *y, 18) : Decimal::multiply(*x, *y)) : std::nullopt;
    if (!value) return Failure{"execution", "the result is out of range"};
    std::string unit = left->units == "1" ? "" : left->units;
    if (right->units != "1") unit += (unit.empty() ? "" : ".") + (divide ? inverse(right->units) : right->units);
    const auto merged = ucum::canonical(unit);
    if (!merged) return failure_of("execution", merged.error());
    return member("value", value->normalized().text()) + "," + member("unit", merged->units == "1" ? "" : merged->units);
}

} // namespace

Answer ucum_validate(const Request& request, const Files&) {
    return std::string(ucum::is_valid(request.text("unit")) ? "\"valid\":true" : "\"valid\":false");
}

Answer ucum_display(const Request& request, const Files&) {
    const auto words = ucum::display(request.text("unit"));
    if (!words) return failure_of("syntax", words.error());
    return member("display", *words);
}

Answer ucum_convert(const Request& request, const Files&) {
    const auto value = Decimal::read(request.text("value"));
    if (!value) return Failure{"request", "value is a decimal"};
    for (const auto* unit : {"from", "to"}) {
        if (!ucum::is_valid(request.text(unit))) return Failure{"syntax", "unit " + request.text(unit)};
    }
    const auto converted = ucum::convert(*value, request.text("from"), request.text("to"));
    if (!converted) return failure_of("execution", converted.error());
    return member("value", converted->text());
}

Answer ucum_multiply(const Request& request, const Files&) { return product(request, false); }
Answer ucum_divide(const Request& request, const Files&) { return product(request, true); }

} // namespace huitong::app::batch
