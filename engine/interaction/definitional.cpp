#include "interaction/definitional.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::interaction {
namespace {

template <std::size_t count>
bool is_one_of(const std::string_view (&names)[count], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// Source: FHIR R4, modules "Conformance" and "Terminology".
bool is_definition(std::string_view type) {
    static constexpr std::string_view kTypes[] = {
        "CapabilityStatement",     "CodeSystem",   "CompartmentDefinition", "ConceptMap",      "GraphDefinition",     "ImplementationGuide",
        "MessageDefinition",       "NamingSystem", "OperationDefinition",   "SearchParameter", "StructureDefinition", "StructureMap",
        "TerminologyCapabilities", "ValueSet"};
    return is_one_of(kTypes, type);
}

bool reads_definitions(const Classified& asked) {
    static constexpr std::string_view kOperations[] = {"$expand",   "$lookup",       "$validate-code", "$batch-validate-code",
                                                       "$subsumes", "$find-matches", "$translate",     "$closure",
                                                       "$snapshot"};
    static constexpr std::string_view kReads[] = {"read", "vread", "search-type", "history-type", "history-instance"};
    return is_one_of(kOperations, asked.interaction) || (is_one_of(kReads, asked.interaction) && is_definition(asked.type));
}

} // namespace

bool tells_of_nobody(const Classified& asked, const Response& given) {
    return given.status < 400 && reads_definitions(asked) &&
           std::all_of(given.touched.begin(), given.touched.end(), [](const auto& key) { return is_definition(key.type); });
}

} // namespace huitong::interaction
