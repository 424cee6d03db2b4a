/// Items as System values: conversion of FHIR primitives, equality, equivalence, order, text. Internal to the room.
/// Source: FHIRPath 2.0.0, "Operations"; FHIR R4, FHIRPath, "Using FHIR types in expressions".
#pragma once

#include "fhirpath/fhirpath.hpp"

namespace huitong::fhirpath {

/// The System value of a FHIR primitive or Quantity; the item itself when it is one already or is complex.
Item system_value(const Item& item);
std::optional<std::string> as_string(const Item& item);
std::optional<std::int64_t> as_integer(const Item& item);
std::optional<Decimal> as_decimal(const Item& item);
std::optional<Quantity> as_quantity(const Item& item);

/// nullopt: cannot be told (dates of different precision).
std::optional<bool> equal(const Item& a, const Item& b);
bool equivalent(const Item& a, const Item& b);

/// Outcome of an order comparison: the order, "empty" (not comparable by precision), or wrong types.
struct Ordering {
    std::optional<int> order; ///< negative, zero, positive
    bool comparable = true;   ///< false: types that have no order
};
Ordering compare(const Item& a, const Item& b);

Item item(bool value);
Item item(std::int64_t value);
Item item(std::string value);
Item item(Decimal value);
Item item(Quantity value);

/// A quantity's unit for UCUM: calendar words as the code of that length.
std::string ucum_unit(const Quantity& quantity);
/// Milliseconds etc. of a calendar unit or UCUM time unit: "year", "month", … singular; "" when it is none.
std::string calendar_unit(const Quantity& quantity);

/// "Patient" of "Patient/1" and "http://x/fhir/Patient/1/_history/2"; "#p1" has none.
std::string_view type_in_reference(std::string_view reference);

} // namespace huitong::fhirpath
