/// A mapping sheet as it was read: rows by resource, their targets as trees. Internal to the room.
#pragma once

#include "fhir/definitions.hpp"

#include <deque>
#include <optional>

namespace huitong::mapping {

struct SheetRow {
    std::string source, condition, code_map;
    std::uint32_t line = 0;
    bool is_text() const { return source.size() > 1 && source.front() == '\'' && source.back() == '\''; }
    bool is_expression() const { return source.size() > 1 && source.front() == '(' && source.back() == ')'; }
};

/// An element that rows write; several rows may write below it, and one itself.
struct SheetNode {
    std::string element, label;
    fhir::TypedName type;
    std::optional<SheetRow> row;
    std::deque<SheetNode> below;
    const SheetNode* find(std::string_view name) const;
};

struct SheetResource {
    std::string type;
    bool is_about = false; ///< written anew, not created when absent
    SheetRow number;       ///< what identifies it
    SheetNode root;
};

struct Sheet {
    std::string url, name, title, source;
    std::optional<SheetRow> time; ///< target Bundle.timestamp
    std::deque<SheetResource> resources;
    const SheetResource* find(std::string_view type) const;
};

Parsed<Sheet> read_sheet(std::string_view text, const std::string& file, const fhir::Definitions& definitions);

} // namespace huitong::mapping
