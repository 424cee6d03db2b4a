/// Resources inside of others that are searched through them: the Composition of a document, the header of a message. Their rows stand with
/// the Bundle's, behind the name of the parameter that leads to them ("composition.type").
/// Source: FHIR R4, Bundle, search parameters `composition` and `message`.
#pragma once

#include "store/rows.hpp"

#include <string>
#include <string_view>

namespace huitong::search {

/// Whether the parameter leads to a resource of `held` inside of `type`, and not to one that is stored by itself.
inline bool holds(std::string_view type, std::string_view param, std::string_view held) {
    return type == "Bundle" && ((param == "composition" && held == "Composition") || (param == "message" && held == "MessageHeader"));
}

/// Adds the rows of what is held to those of its holder.
void add_held_rows(const std::string& param, store::IndexRows held, store::IndexRows& rows);

} // namespace huitong::search
