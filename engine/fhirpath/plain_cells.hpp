/// The items of the short way: views into what the caller, the expression or the run holds. Internal to plain.cpp and plain_cells.cpp.
#pragma once

#include "fhirpath/fhirpath.hpp"

#include <boost/container/small_vector.hpp>

namespace huitong::fhirpath {

enum class CellKind : std::uint8_t { element, text, flag, number };

struct Cell {
    CellKind kind = CellKind::flag;
    bool flag = false;
    fhir::Element element;
    fhir::TypedName type;
    const fhir::DocumentPtr* keep = nullptr;
    std::string_view text;
    std::int64_t number = 0;

    std::string_view own_type() const { return type.type.empty() ? element.type() : type.type; }
    bool is_of(fhir::StructureKind wanted) const { return type.structure && type.structure->kind == wanted; }
};
using Cells = boost::container::small_vector<Cell, 6>;

inline Cell text_cell(std::string_view value) {
    Cell out;
    out.kind = CellKind::text;
    out.text = value;
    return out;
}

inline Cell flag_cell(bool value) {
    Cell out;
    out.flag = value;
    return out;
}

inline Cell number_cell(std::size_t value) {
    Cell out;
    out.kind = CellKind::number;
    out.number = static_cast<std::int64_t>(value);
    return out;
}

/// nullopt: a value that the short way does not know.
std::optional<Cell> cell_of(const Item& item);
Item item_of(const Cell& cell);
/// The text of a value that is a string, nullopt for every other.
std::optional<std::string_view> text_in(const Cell& cell);
/// The number of a value that is one.
std::optional<Decimal> number_in(const Cell& cell);
/// As as_boolean() of the items from `base` on; false: several, or a value that must be looked at.
bool truth(std::size_t base, const Cells& out, std::optional<bool>& value);

} // namespace huitong::fhirpath
