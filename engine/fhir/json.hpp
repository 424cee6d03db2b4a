/// FHIR JSON: text to tree and back. Our own tree over RapidJSON's SAX reader is the only way in, because RapidJSON's DOM keeps duplicate
/// keys, accepts NUL, recurses on deep input and rewrites 1.10 as 1.1.
/// Source: FHIR R4, JSON representation.
#pragma once

#include "base/limits.hpp"
#include "fhir/tree.hpp"

#include <span>

namespace huitong::fhir {

struct JsonOptions {
    const Limits* limits = nullptr; ///< default limits when null
    bool plain = false;             ///< beside FHIR (our own, CDS Hooks): empty arrays are fine, null is as if not there
    std::string root_name;          ///< name of the root when there is no "resourceType" (datatype fragments); "" requires resourceType
};

/// Reads one JSON value. Error issues (then the document may be partial): json-syntax (with line and column), json-depth-max,
/// json-members-max, json-name-empty, json-name-underscores, json-duplicate-key, json-utf8, json-nul, json-null-value, json-resource-type.
/// Numbers keep their text; their spans are byte ranges of `text`. The text is kept by the document.
Parsed<DocumentPtr> read_json(std::string text, const JsonOptions& options = {});

/// Reads a JSON object that is no FHIR resource: records of journals, facts, answers of peers, calls of CDS Hooks.
Parsed<DocumentPtr> read_plain_json(std::string text);

struct JsonStyle {
    bool pretty = false;
};

/// Writes the subtree. A resource node (Element::is_resource) starts with "resourceType", which is no child of the tree. Primitive with id
/// or extension children are written as `x` and `_x`.
std::string write_json(Element element, const JsonStyle& style = {});
/// Appends to `out` without a copy.
void write_json(Element element, std::string& out, const JsonStyle& style = {});

/// Appends the members of an object without its braces and without resourceType, those of `left_out` not; nothing when none is left.
void write_json_members(Element element, std::span<const std::string_view> left_out, std::string& out);

/// Appends a JSON string literal with quotes; escapes what RFC 8259 requires and nothing else.
void write_json_string(std::string_view text, std::string& out);
/// The same as a value.
std::string json_text(std::string_view text);

} // namespace huitong::fhir
