#include "access/covered_parameters.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::access {
namespace {

constexpr std::string_view kPeople[] = {"Patient", "RelatedPerson", "Person"};
/// Parameters whose values are covered ones, or texts that hold them.
constexpr std::string_view kRevealing[] = {
    "name",          "given",       "family",          "phonetic",           "phone", "email",    "telecom", "address", "address-city",
    "address-state", "address-use", "address-country", "address-postalcode", "_text", "_content", "_filter", "_query",  "_sort"};
constexpr std::string_view kCoveredTypes[] = {"HumanName", "Address", "ContactPoint"};
constexpr std::string_view kSingling[] = {"_id", "_list", "_has", "identifier", "birthdate", "death-date"};

template <std::size_t count>
bool is_one_of(std::string_view text, const std::string_view (&list)[count]) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

/// The last parameter of a chain, without its modifier, and the types it may be one of.
struct LastHop {
    std::vector<std::string_view> types; ///< empty: any
    std::string_view code;
};

/// Up to the next mark, which goes.
std::string_view take_until(std::string_view& text, char mark) {
    const auto end = text.find(mark);
    const auto out = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    return out;
}

LastHop last_hop(const search::Registry& registry, std::string_view type, std::string_view text) {
    LastHop out;
    if (!type.empty()) out.types.push_back(type);
    while (text.starts_with("_has:")) {
        take_until(text, ':');
        out.types = {take_until(text, ':')};
        take_until(text, ':'); // the reference back
    }
    while (text.find('.') != text.npos) {
        auto hop = take_until(text, '.');
        const auto code = take_until(hop, ':');
        std::vector<std::string_view> targets;
        if (registry.definitions().is_resource_type(hop)) {
            targets.push_back(hop);
        } else {
            for (const auto of : out.types) {
                const auto* found = registry.find(of, code);
                if (found) targets.insert(targets.end(), found->targets.begin(), found->targets.end());
            }
        }
        out.types = std::move(targets);
    }
    out.code = take_until(text, ':');
    return out;
}

/// The names of a path in an expression: what is between dots, without calls and what they hold.
std::vector<std::string_view> steps_of(std::string_view path) {
    std::vector<std::string_view> out;
    std::size_t at = 0;
    while (at < path.size()) {
        std::size_t end = at;
        while (end < path.size() && (std::isalnum(static_cast<unsigned char>(path[end])) != 0 || path[end] == '_')) ++end;
        if (end == at) {
            ++at;
            continue;
        }
        const bool is_call = end < path.size() && path[end] == '(';
        if (!is_call) out.push_back(path.substr(at, end - at));
        at = end;
    }
    return out;
}

/// Whether a branch of the expression passes through a value of such a type. Words that are no element (`where`, `as`, values in quotes)
/// are passed over: the walk goes on from where it was.
template <class IsSuch>
bool passes(const fhir::Definitions& definitions, std::string_view expression, IsSuch is_such) {
    while (!expression.empty()) {
        const auto steps = steps_of(take_until(expression, '|'));
        if (steps.empty()) continue;
        auto typed = definitions.type_root(steps.front());
        for (std::size_t index = 1; index < steps.size(); ++index) {
            const auto next = definitions.child(typed, steps[index]);
            if (!next.declared) continue;
            if (is_such(next.type)) return true;
            typed = next;
        }
    }
    return false;
}

/// Whether one of the definitions that are meant is such; without a known type, one of any type.
template <class IsSuch>
bool any_definition(const search::Registry& registry, const LastHop& hop, IsSuch is_such) {
    const auto look = [&](std::string_view type) {
        const auto* found = registry.find(type, hop.code);
        return found && is_such(*found);
    };
    if (!hop.types.empty()) return std::any_of(hop.types.begin(), hop.types.end(), look);
    const auto all = registry.definitions().resource_types();
    return std::any_of(all.begin(), all.end(), look);
}

bool is_covered(const search::Registry& registry, const fhir::SearchParameterDefinition& parameter) {
    return passes(registry.definitions(), parameter.expression, [&](std::string_view type) {
        // A number is asked for as a whole; a string is asked for by its beginning.
        return is_one_of(type, kCoveredTypes) || (type == "Identifier" && parameter.type != fhir::SearchType::token);
    });
}

} // namespace

bool reveals_masked(const search::Registry& registry, std::string_view type, std::string_view parameter) {
    const auto hop = last_hop(registry, type, parameter);
    return is_one_of(hop.code, kRevealing) || any_definition(registry, hop, [&](const auto& found) { return is_covered(registry, found); });
}

bool singles_out(const search::Registry& registry, std::string_view type, std::string_view parameter) {
    const auto hop = last_hop(registry, type, parameter);
    if (is_one_of(hop.code, kRevealing) || is_one_of(hop.code, kSingling)) return true;
    return any_definition(registry, hop, [&](const auto& found) {
        if (is_covered(registry, found)) return true;
        if (found.type == fhir::SearchType::reference)
            return std::any_of(found.targets.begin(), found.targets.end(),
                               [](std::string_view target) { return is_one_of(target, kPeople); });
        return passes(registry.definitions(), found.expression, [](std::string_view of) { return of == "Identifier"; });
    });
}

} // namespace huitong::access
