#include "fhirpath/nearest.hpp"

#include "fhirpath/ast.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

/// Letters to insert, leave out or change until `a` is `b`.
std::size_t letters_between(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto previous = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, previous + (a[i - 1] == b[j - 1] ? 0 : 1)});
            previous = above;
        }
    }
    return row[b.size()];
}

/// "value" of "value[x]".
std::string_view stem_of(std::string_view name) { return name.ends_with("[x]") ? name.substr(0, name.size() - 3) : name; }

} // namespace

void Nearest::consider(std::string_view candidate) {
    const auto longer = std::max(candidate.size(), wanted_.size()), shorter = std::min(candidate.size(), wanted_.size());
    if (longer - shorter >= distance_) return;
    const auto distance = letters_between(candidate, wanted_);
    if (distance >= distance_) return;
    distance_ = distance;
    best_ = candidate;
}

std::string nearest_function(std::string_view name) {
    Nearest out(name);
    for (const auto known : function_names()) out.consider(known);
    return out.name();
}

std::string nearest_type(const fhir::Definitions& definitions, std::string_view name) {
    Nearest out(name.starts_with("FHIR.") ? name.substr(5) : name);
    for (const auto url : definitions.resource_urls("StructureDefinition")) {
        const auto last = url.substr(url.rfind('/') + 1);
        if (definitions.find_type(last)) out.consider(last);
    }
    return out.name();
}

std::string nearest_element(const fhir::Definitions& definitions, const fhir::TypedName& type, std::string_view name) {
    if (find_function(name)) return std::string(name) + "()";
    const auto written = definitions.child(type, name);
    if (written.declared && written.declared->is_choice) return std::string(stem_of(written.declared->name));
    Nearest out(name);
    if (!type.element || !type.structure) return {};
    for (const auto index : type.element->children) out.consider(stem_of(type.structure->elements[index].name));
    return out.name();
}

} // namespace huitong::fhirpath
