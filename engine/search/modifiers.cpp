#include "search/modifiers.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::search {
namespace {

struct ModifierRow {
    fhir::SearchType type;
    std::string_view modifier;
    bool supported = true;
};

using enum fhir::SearchType;

constexpr ModifierRow kModifiers[] = {
    {string, "exact"},           {string, "contains"},        {token, "text"},      {token, "not"},           {token, "of-type"},
    {token, "above", false},     {token, "below", false},     {token, "in", false}, {token, "not-in", false}, {reference, "identifier"},
    {reference, "above", false}, {reference, "below", false}, {uri, "above"},       {uri, "below"},
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

bool is_unsupported_modifier(fhir::SearchType type, std::string_view modifier) {
    const auto* row = find_row(type, modifier);
    return row && !row->supported;
}

} // namespace huitong::search
