#include "access/codes_in.hpp"

namespace huitong::access {
namespace {

/// `concept_`: the place of the element that holds the codings.
void add_codes(fhir::Element element, const std::string& concept_, store::IndexRows& rows) {
    const auto code = element.text("code");
    if (!code.empty()) rows.tokens.push_back({concept_, std::string(element.text("system")), std::string(code)});
    const auto place = std::to_string(element.index());
    for (const auto child : element.children()) add_codes(child, place, rows);
}

} // namespace

store::IndexRows codes_in(fhir::Element resource) {
    store::IndexRows out;
    add_codes(resource, {}, out);
    return out;
}

} // namespace huitong::access
