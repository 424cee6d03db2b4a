#include "search/modifiers.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::search {
namespace {

enum class Need : std::uint8_t { nothing, terminology };

struct ModifierRow {
    fhir::SearchType type;
    std::string_view modifier;
    Need need = Need::nothing;
};

using enum fhir::SearchType;

constexpr ModifierRow kModifiers[] = {
    {string, "exact"},
    {string, "contains"},
    {token, "text"},
    {token, "not"},
    {token, "of-type"},
    {token, "above", Need::terminology},
    {token, "below", Need::terminology},
    {token, "in", Need::terminology},
    {token, "not-in", Need::terminology},
    {reference, "identifier"},
    {reference, "above"},
    {reference, "below"},
    {uri, "above"},
    {uri, "below"},
};

const ModifierRow* find_row(fhir::SearchType type, std::string_view modifier) {
    const auto* found = std::find_if(std::begin(kModifiers), std::end(kModifiers),
                                     [&](const auto& row) { return row.type == type && row.modifier == modifier; });
    return found == std::end(kModifiers) ? nullptr : found;
}

} // namespace

bool is_modifier_of(fhir::SearchType type, std::string_view modifier) {
    return modifier == "missing" || find_row(type, modifier) != nullptr;
}

bool is_modifier(std::string_view modifier) {
    return modifier == "missing" ||
           std::any_of(std::begin(kModifiers), std::end(kModifiers), [&](const auto& row) { return row.modifier == modifier; });
}

bool is_unsupported_modifier(fhir::SearchType type, std::string_view modifier, bool has_terminology) {
    const auto* row = find_row(type, modifier);
    return row && row->need == Need::terminology && !has_terminology;
}

} // namespace huitong::search
