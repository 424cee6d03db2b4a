#include "fhirpath/plain_cells.hpp"

#include <algorithm>
#include <array>

namespace huitong::fhirpath {
namespace {

/// Types whose System value is no string, or that need a closer look.
bool is_text_type(std::string_view type) {
    static constexpr std::array<std::string_view, 15> kOthers = {"boolean",  "integer", "positiveInt", "unsignedInt", "integer64",
                                                                 "decimal",  "date",    "dateTime",    "instant",     "time",
                                                                 "Quantity", "Age",     "Distance",    "Duration",    "Count"};
    for (const auto other : kOthers) {
        if (type == other) return false;
    }
    return !type.ends_with("Quantity");
}

} // namespace

std::optional<Cell> cell_of(const Item& item) {
    Cell out;
    if (item.is_element()) {
        out.kind = CellKind::element;
        out.element = item.element();
        out.type = item.type;
        out.keep = &item.keep;
        return out.element ? std::optional(out) : std::nullopt;
    }
    if (!item.type.type.empty()) return std::nullopt; // a cast gave it a type
    if (const auto* value = std::get_if<std::string>(&item.value)) return text_cell(*value);
    if (const auto* value = std::get_if<bool>(&item.value)) return flag_cell(*value);
    return std::nullopt;
}

Item item_of(const Cell& cell) {
    Item out;
    switch (cell.kind) {
    case CellKind::element:
        out.value = cell.element;
        out.type = cell.type;
        if (cell.keep) out.keep = *cell.keep;
        break;
    case CellKind::text: out.value = std::string(cell.text); break;
    case CellKind::flag: out.value = cell.flag; break;
    case CellKind::number: out.value = cell.number; break;
    }
    return out;
}

std::optional<std::string_view> text_in(const Cell& cell) {
    if (cell.kind == CellKind::text) return cell.text;
    if (cell.kind != CellKind::element || !cell.element.has_value() || !is_text_type(cell.type.type)) return std::nullopt;
    const bool is_other = cell.type.type.empty() && cell.element.kind() != fhir::ValueKind::text;
    return is_other ? std::nullopt : std::optional(cell.element.value());
}

std::optional<Decimal> number_in(const Cell& cell) {
    if (cell.kind == CellKind::number) return Decimal(cell.number);
    static constexpr std::array<std::string_view, 4> kNumbers = {"decimal", "integer", "positiveInt", "unsignedInt"};
    const bool is_number = cell.kind == CellKind::element && cell.element.has_value() &&
                           std::find(kNumbers.begin(), kNumbers.end(), cell.type.type) != kNumbers.end();
    return is_number ? Decimal::read(cell.element.value()) : std::nullopt;
}

bool truth(std::size_t base, const Cells& out, std::optional<bool>& value) {
    if (out.size() > base + 1) return false;
    value.reset();
    if (out.size() == base) return true;
    const auto& cell = out[base];
    if (cell.kind == CellKind::flag) value = cell.flag;
    else if (text_in(cell)) value = true;
    else if (cell.kind == CellKind::element && cell.type.type == "boolean" && cell.element.has_value())
        value = cell.element.value() == "true";
    else return false;
    return true;
}

} // namespace huitong::fhirpath
