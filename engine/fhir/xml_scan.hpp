/// One cheap pass over XML text before pugixml sees it: depth, DOCTYPE, undeclared entities, and where an element ends.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace huitong::fhir {

struct XmlScan {
    bool has_doctype = false;
    std::uint32_t depth = 0; ///< deepest nesting of elements
    std::string_view entity; ///< the first named entity that XML itself does not know, without & and ;
};
XmlScan scan_xml(std::string_view text);

/// Offset behind the end tag of the element that begins at `begin` ('<'); nullopt when it does not end.
std::optional<std::size_t> end_of_element(std::string_view text, std::size_t begin);

} // namespace huitong::fhir
