/// Units in words. Source: UCUM §1 (the names of atoms and prefixes); the form is that of UCUM's functional tests.
#include "ucum/atoms.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::ucum {
namespace {

/// Name of a unit symbol with its prefix; the symbol is known to be valid.
std::string name_of(std::string_view symbol) {
    const auto named = [](std::string_view code) -> const Atom* {
        const auto all = atoms();
        const auto found = std::find_if(all.begin(), all.end(), [&](const Atom& atom) { return atom.code == code; });
        return found == all.end() ? nullptr : &*found;
    };
    if (const auto* atom = named(symbol)) return std::string(atom->name);
    for (const auto& prefix : prefixes()) {
        if (!symbol.starts_with(prefix.code)) continue;
        const auto* atom = named(symbol.substr(prefix.code.size()));
        if (atom && atom->metric) return std::string(prefix.name).append(atom->name);
    }
    return std::string(symbol);
}

/// Length of the exponent at the end of a component ("m-2", "10*23").
std::size_t exponent_size(std::string_view component) {
    const bool ten = component.starts_with("10*") || component.starts_with("10^");
    auto begin = component.size();
    while (begin > (ten ? 3U : 0U) && std::isdigit(static_cast<unsigned char>(component[begin - 1]))) --begin;
    if (begin < component.size() && begin > 0 && (component[begin - 1] == '-' || component[begin - 1] == '+')) --begin;
    return component.size() - begin;
}

std::string component_in_words(std::string_view component) {
    const bool is_number = std::all_of(component.begin(), component.end(), [](unsigned char c) { return std::isdigit(c); });
    if (is_number) return std::string(component.empty() ? "1" : component);
    const auto size = exponent_size(component);
    auto exponent = component.substr(component.size() - size);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    auto out = "(" + name_of(component.substr(0, component.size() - size));
    if (!exponent.empty() && exponent != "1") out.append(" ^ ").append(exponent);
    return out + ")";
}

} // namespace

Result<std::string> display(std::string_view unit) {
    if (unit.empty()) return std::string("(unity)");
    // A factor may be too long for a number (10*23); its name is not.
    if (!is_valid(unit)) return canonical(unit).error();
    std::string out, component;
    int brackets = 0;
    bool any = false; ///< the component has something, maybe only an annotation
    const auto end_component = [&] {
        if (any) out += component_in_words(component);
        component.clear();
        any = false;
    };
    for (std::size_t at = 0; at < unit.size(); ++at) {
        const char c = unit[at];
        brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
        if (c == '{' && brackets == 0) {
            at = unit.find('}', at);
            any = true;
        } else if (brackets == 0 && (c == '.' || c == '/')) {
            end_component();
            out += c == '.' ? " * " : out.empty() ? "/ " : " / ";
        } else if (brackets == 0 && (c == '(' || c == ')')) {
            end_component();
            out += c;
        } else {
            component += c;
            any = true;
        }
    }
    end_component();
    return out;
}

} // namespace huitong::ucum
