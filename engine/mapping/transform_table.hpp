/// The transforms of a map: how many arguments each takes and what it gives. Read by the static check and by editors.
/// Source: FHIR R4, StructureMap, map-transform; `unique` is our own.
#pragma once

#include <cstddef>
#include <string_view>

namespace huitong::mapping {

struct Transform {
    std::string_view name;
    std::size_t min, max;
    std::string_view type; ///< of what it gives; "" = unknown or that of its argument
    std::string_view form, summary;
};

constexpr Transform kTransforms[] = {
    {"create", 1, 1, "", "create('Type')", "a new element or resource"},
    {"copy", 1, 1, "", "copy(v)", "the value"},
    {"truncate", 2, 2, "string", "truncate(v, n)", "the first n characters"},
    {"escape", 2, 3, "string", "escape(v, 'xml')", "the text escaped for xml, html, json or url"},
    {"cast", 1, 2, "", "cast(v, 'type')", "the value as that type; an error when it is none"},
    {"append", 1, 99, "string", "append(a, b …)", "the texts one after the other"},
    {"translate", 2, 3, "", "translate(v, 'map url', 'Coding')", "through a code map: code, system, display, Coding or CodeableConcept"},
    {"reference", 1, 1, "string", "reference(v)", "what a Reference to that resource holds"},
    {"pointer", 1, 1, "string", "pointer(v)", "what a Reference to that resource holds"},
    {"dateOp", 1, 9, "dateTime", "dateOp(v)", "the date as dateTime"},
    {"uuid", 0, 0, "string", "uuid()", "an id; the same message gives the same ids"},
    {"unique", 2, 2, "string", "unique(v, 'kind')", "the value the first time, then with .2, .3 …"},
    {"evaluate", 1, 2, "", "evaluate(v, …)", "a FHIRPath expression"},
    {"c", 2, 3, "Coding", "c(system, code, display)", "a Coding"},
    {"cc", 1, 3, "CodeableConcept", "cc(system, code, display)", "a CodeableConcept; of one argument its text"},
    {"qty", 1, 4, "Quantity", "qty(value, unit, system, code)", "a Quantity"},
    {"id", 2, 3, "Identifier", "id(system, value, type)", "an Identifier"},
    {"cp", 1, 2, "ContactPoint", "cp(system, value)", "a ContactPoint"},
};

} // namespace huitong::mapping
