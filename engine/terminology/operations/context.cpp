#include "terminology/operations/context.hpp"

#include <algorithm>

namespace huitong::terminology {

OperationContext::OperationContext(const Library& below, const OperationInput& given, const OperationSettings& set)
    : input(given), settings(set), library(&below) {
    // Of two with the same url and version the first counts: what is put later replaces, so they go in from behind.
    const auto brought = input.elements("tx-resource");
    for (auto at = brought.rbegin(); at != brought.rend(); ++at) {
        const auto resource = *at;
        if (resource.text("url").empty()) continue;
        if (resource.type() == "CodeSystem") library.put(read_code_system(resource));
        if (resource.type() == "ValueSet") library.put(read_value_set(resource));
        if (resource.type() == "ConceptMap") library.put(read_concept_map(resource));
    }
    versions.read(input);
    auto wished = input.text("displayLanguage");
    languages_of_request_ = !wished.empty();
    if (auto read = Languages::read(languages_of_request_ ? wished : settings.accept_language)) languages = std::move(*read);
    else if (languages_of_request_) fail("tx-language", "", {std::move(wished)});
}

std::optional<bool> OperationContext::flag(std::string_view name, const ValueSet* set) const {
    if (const auto given = input.flag(name)) return given;
    if (!set) return std::nullopt;
    for (const auto& [parameter, value] : set->parameters) {
        if (parameter == name) return value == "true";
    }
    return std::nullopt;
}

void OperationContext::take_languages_of(const ValueSet& set) {
    if (languages_of_request_) return;
    for (const auto& [parameter, value] : set.parameters) {
        if (parameter != "displayLanguage") continue;
        if (auto read = Languages::read(value)) languages = std::move(*read);
    }
}

void OperationContext::take_supplements(const ValueSet* set) {
    auto wanted = input.texts("useSupplement");
    if (set) wanted.insert(wanted.end(), set->supplements.begin(), set->supplements.end());
    for (const auto& canonical : wanted) {
        auto found = library.supplement(canonical);
        if (!found) return fail("tx-supplement-missing", "", {canonical});
        const bool known = std::any_of(supplements_.begin(), supplements_.end(), [&](const auto& one) { return one->url == found->url; });
        if (!known) supplements_.push_back(std::move(found));
    }
}

std::vector<const CodeSystem*> OperationContext::supplements_of(const CodeSystem& system) const {
    std::vector<const CodeSystem*> out;
    for (const auto& one : supplements_) {
        const bool fits = without_version(one->supplements) == system.url && fits_version(system.version, version_of(one->supplements));
        if (fits) out.push_back(one.get());
    }
    return out;
}

bool OperationContext::spend(std::size_t concepts) {
    spent_ += concepts;
    if (spent_ > settings.work_max) fail("tx-too-costly", "", {std::to_string(settings.work_max)});
    return !stop;
}

} // namespace huitong::terminology
