/// Lexical rules of the FHIR primitive types, by hand-written checks (no regular expression engine on the way of a write).
/// Source: FHIR R4, Datatypes, "Primitive Types". Thread: pure functions.
#pragma once

#include <string_view>

namespace huitong::validation {

enum class Primitive : std::uint8_t {
    none,
    boolean,
    integer,
    unsigned_int,
    positive_int,
    decimal,
    string,
    markdown,
    uri,
    url,
    canonical,
    oid,
    uuid,
    id,
    code,
    base64,
    instant,
    date,
    date_time,
    time,
    xhtml
};

/// The primitive of that type code; `none` for complex types.
Primitive primitive_of(std::string_view type);
/// True when `text` is written as the type asks. Dates are also looked up in the calendar, integers in their range.
bool is_written_well(Primitive type, std::string_view text);
/// True for the types whose JSON form is a number; a boolean is its own kind; all others are strings.
bool is_json_number(Primitive type);

} // namespace huitong::validation
