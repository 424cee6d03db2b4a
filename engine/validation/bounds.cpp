/// minValue[x], maxValue[x] and maxLength. Source: FHIR R4, ElementDefinition.
#include "validation/checks.hpp"

#include "base/date_time.hpp"
#include "base/decimal.hpp"
#include "fhir/json.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::validation {
namespace {

using Order = std::optional<int>;

Order order_of(const std::optional<Decimal>& a, const std::optional<Decimal>& b) {
    if (!a || !b) return std::nullopt;
    return *a < *b ? -1 : *b < *a ? 1 : 0;
}

/// Dates count as the first moment that they may mean; the zone of values without one does not matter between two of them.
Order order_of_dates(std::string_view a, std::string_view b) {
    const auto x = read_date_time(a);
    const auto y = read_date_time(b);
    if (!x || !y) return std::nullopt;
    const auto low = instants_of(*x, 0).first.microseconds;
    const auto other = instants_of(*y, 0).first.microseconds;
    return low < other ? -1 : low > other ? 1 : 0;
}

Order order_of_quantities(fhir::Element a, fhir::Element b) {
    const auto x = Decimal::read(a.text("value"));
    const auto y = Decimal::read(b.text("value"));
    const auto unit = a.text("code");
    const auto other = b.text("code");
    if (!x || !y) return std::nullopt;
    if (unit == other || other.empty()) return order_of(x, y);
    const auto converted = ucum::convert(*x, unit, other);
    return converted ? order_of(*converted, y) : std::nullopt;
}

/// The order of an element and a bound; nullopt when it cannot be told.
Order order_of(fhir::Element element, std::string_view bound, std::string_view type) {
    fhir::JsonOptions options;
    options.root_name = "bound";
    const auto parsed = fhir::read_json("{\"value\":" + std::string(bound) + "}", options);
    if (parsed.issues.has_errors()) return std::nullopt;
    const auto limit = parsed.value->root().child("value");
    if (type == "Quantity" || type == "Age" || type == "Duration" || type == "Count" || type == "Distance")
        return order_of_quantities(element, limit);
    if (!element.has_value() || !limit.has_value()) return std::nullopt;
    if (type == "date" || type == "dateTime" || type == "instant") return order_of_dates(element.value(), limit.value());
    if (type == "time") return element.value().compare(limit.value());
    return order_of(Decimal::read(element.value()), Decimal::read(limit.value()));
}

} // namespace

void Checks::length(fhir::Element element, const ElementPlan& plan, Report& report) const {
    if (plan.length_max == 0) return;
    const auto text = element.value();
    const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    if (static_cast<std::size_t>(characters) > plan.length_max)
        report.error(IssueCode::too_long, element, "validation-length", {std::to_string(plan.length_max)});
}

void Checks::bounds(fhir::Element element, const ElementPlan& plan, std::string_view type, Report& report) const {
    const auto& definition = plan.further;
    if (!definition.min_value.empty()) {
        const auto order = order_of(element, definition.min_value, type);
        if (order && *order < 0) report.error(IssueCode::value, element, "validation-value-min", {std::string(definition.min_value)});
    }
    if (!definition.max_value.empty()) {
        const auto order = order_of(element, definition.max_value, type);
        if (order && *order > 0) report.error(IssueCode::value, element, "validation-value-max", {std::string(definition.max_value)});
    }
}

} // namespace huitong::validation
