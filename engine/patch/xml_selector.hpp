/// Selectors of XML Patch: the part of XPath 1.0 that RFC 5261 allows, aware of namespaces (pugixml's own XPath is not). Internal to the
/// room. Steps `name`, `p:name`, `*`, `.`, `text()`, `comment()`, `processing-instruction()`, at the end `@name` or `namespace::p`;
/// predicates `[3]`, `[last()]`, `[path='text']` with `path` of the same steps, `[path]`; `id('x')` at the start.
/// Source: RFC 5261 §4.1, §8.
#pragma once

#include "base/outcome.hpp"

#include <pugixml.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace huitong::patch {

/// A node, or one attribute of it (a namespace declaration is its `xmlns` attribute).
struct Selected {
    pugi::xml_node node;
    pugi::xml_attribute attribute;
    bool is_namespace = false;
};

std::string_view local_name(std::string_view name);
/// "" or the prefix before the colon.
std::string_view prefix_of(std::string_view name);
/// What a prefix is bound to at a node; "" when nothing binds it.
std::string_view namespace_at(pugi::xml_node node, std::string_view prefix);

/// All that the selector means in `document`; prefixes are those of `patch`, the operation's element. Issue: patch-selector.
Result<std::vector<Selected>> select_xml(pugi::xml_node document, std::string_view selector, pugi::xml_node patch,
                                         const std::string& where);

} // namespace huitong::patch
