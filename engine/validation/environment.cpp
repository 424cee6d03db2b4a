#include "validation/environment.hpp"

#include "validation/checks.hpp"

namespace huitong::validation {

Environment::Environment(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology)
    : definitions_(definitions), terminology_(terminology), validator_(std::move(definitions), std::move(terminology)) {}

fhirpath::Item Environment::resolve(std::string_view reference, const fhirpath::Item& from) const {
    const auto found = from.is_element() && from.element() ? resolve_inside(from.element(), reference) : fhir::Element();
    if (found) return fhirpath::item_of(definitions_.get(), found);
    fhirpath::Item nothing;
    nothing.value = fhir::Element();
    return nothing;
}

std::optional<bool> Environment::member_of(const fhirpath::Item& coded, std::string_view value_set) const {
    if (const auto* code = std::get_if<std::string>(&coded.value)) return terminology_->member_of(value_set, "", *code);
    if (!coded.is_element() || !coded.element()) return std::nullopt;
    return is_member(*terminology_, coded.element(), coded.type.type, value_set);
}

std::optional<bool> Environment::conforms_to(const fhirpath::Item& item, std::string_view structure) const {
    const auto* profile = definitions_->find_structure(structure);
    if (!profile || !item.is_element() || !item.element() || !item.element().is_resource()) return std::nullopt;
    if (!definitions_->is_a(item.element().type(), profile->type)) return false;
    Options options;
    options.profiles.emplace_back(structure);
    return !validator_.check(item.element(), options).has_errors();
}

std::optional<bool> Environment::subsumes(std::string_view system, std::string_view a, std::string_view b) const {
    const auto found = terminology_->subsumes(system, a, b);
    return found ? std::optional(*found == "subsumes" || *found == "equivalent") : std::nullopt;
}

} // namespace huitong::validation
