#include "fhirpath/functions.hpp"

#include <map>

namespace huitong::fhirpath {
namespace {

const std::map<std::string_view, const Function*>& table() {
    static const auto made = [] {
        std::map<std::string_view, const Function*> out;
        for (const auto family : {existence_functions(), conversion_functions(), string_functions(), math_functions(), tree_functions(),
                                  fhir_functions(), source_functions()}) {
            for (const auto& function : family) out[function.name] = &function;
        }
        return out;
    }();
    return made;
}

} // namespace

const Function* find_function(std::string_view name) {
    const auto found = table().find(name);
    return found == table().end() ? nullptr : found->second;
}

std::vector<std::string_view> function_names() {
    std::vector<std::string_view> out;
    for (const auto& [name, function] : table()) out.push_back(name);
    return out;
}

} // namespace huitong::fhirpath
