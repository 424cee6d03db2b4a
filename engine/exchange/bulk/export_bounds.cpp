#include "exchange/bulk/export_bounds.hpp"

#include <algorithm>

namespace huitong::exchange {
namespace {

bool holds(const DataClass& bounds, const std::string& type) {
    return std::any_of(bounds.types.begin(), bounds.types.end(), [&](const auto& one) { return one == "*" || one == type; });
}

bool lets_go_to(const DataClass& bounds, const std::string& place) {
    return std::any_of(bounds.may_go_to.begin(), bounds.may_go_to.end(),
                       [&](const auto& area) { return area == "*" || (!area.empty() && place.starts_with(area)); });
}

} // namespace

Outcome check_bounds(const std::vector<DataClass>& classes, const std::vector<std::string>& types, const access::Caller& caller,
                     bool deidentified) {
    if (caller.local_admin) return {};
    for (const auto& type : types) {
        for (const auto& bounds : classes) {
            if (!holds(bounds, type)) continue;
            if (!lets_go_to(bounds, caller.destination)) return error(IssueCode::forbidden, "", "export-destination", {type, bounds.name});
            if (bounds.deidentified_only && !deidentified) return error(IssueCode::forbidden, "", "export-identified", {type, bounds.name});
        }
    }
    return {};
}

} // namespace huitong::exchange
