#include "search/compartments.hpp"

#include "fhir/json.hpp"

namespace huitong::search {

Compartments::Compartments(const fhir::Definitions& definitions) {
    for (const auto url : definitions.resource_urls("CompartmentDefinition")) {
        const auto parsed = fhir::read_json(std::string(definitions.resource_json("CompartmentDefinition", url)));
        if (parsed.issues.has_errors()) continue;
        const auto root = parsed.value->root();
        // The package also holds an example of a definition beside the five real ones.
        if (url.find("example") != url.npos) continue;
        const std::string code(root.text("code"));
        auto& types = by_compartment_[code];
        types[code]; // the owner is in its own compartment
        for (const auto resource : root.children("resource")) {
            std::vector<std::string> params;
            for (const auto param : resource.children("param")) {
                if (param.value() != "{def}") params.emplace_back(param.value());
            }
            if (!params.empty()) types[std::string(resource.text("code"))] = std::move(params);
        }
    }
}

const std::vector<std::string>* Compartments::parameters(std::string_view compartment, std::string_view type) const {
    const auto types = by_compartment_.find(compartment);
    if (types == by_compartment_.end()) return nullptr;
    const auto found = types->second.find(type);
    return found == types->second.end() ? nullptr : &found->second;
}

} // namespace huitong::search
