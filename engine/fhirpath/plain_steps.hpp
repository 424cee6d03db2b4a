/// The steps of the short way: what plain_compile.cpp makes of a syntax tree and plain.cpp runs. Internal to those two.
#pragma once

#include "fhirpath/plain.hpp"

namespace huitong::fhirpath {

enum class Do : std::uint8_t {
    literal,
    nothing,
    self,
    variable,
    member,
    extension, ///< text: the URL
    item_at,   ///< index
    children,
    descendants,
    count,
    first,
    exists,
    empty,
    negate,
    where,
    combine,
    distinct,
    join,
    iif,
    is_type,     ///< text: the type
    of_type,     ///< text: the type
    as_type,     ///< text: the type; several items only in search-parameter mode
    resolves_to, ///< `resolve() is T` by the type that is in the reference; text: T
    compare,     ///< text: the operator; number: its right side
    compare_day, ///< text: the operator; moment: its right side
    equal,
    unequal,
    plus,
    join_texts,
    both,
    either,
    unite ///< parts: all branches of a union, however it was nested
};

struct Plain::Step {
    Do what = Do::nothing;
    bool starts_with_capital = false; ///< a first name that may be the type of what is looked at
    bool is_flag = false, flag = false;
    std::string text;        ///< literal, name of a variable or element, type, URL
    std::size_t index = 0;   ///< of item_at
    Decimal number;          ///< of compare
    Item moment;             ///< of compare_day: a date or a date with time
    std::string head;        ///< of a branch that gives nothing unless the resource is of this type ("Patient" of Patient.name); else ""
    std::vector<Step> parts; ///< focus first when there is one, then arguments
    bool has_focus = false;
    std::vector<std::string> names; ///< of a root that is names alone, "code.coding.code": these, first to last
};

} // namespace huitong::fhirpath
