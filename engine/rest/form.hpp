/// Fields of forms and queries, as base/url_query.hpp reads them. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace huitong::rest {

using Form = std::vector<std::pair<std::string, std::string>>;

/// First value of that name, "" when there is none.
inline std::string form_field(const Form& form, std::string_view name) {
    for (const auto& [key, value] : form) {
        if (key == name) return value;
    }
    return {};
}

} // namespace huitong::rest
