#include "fhirpath/unit_terms.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace huitong::fhirpath {
namespace {

struct Term {
    std::string atom;
    int exponent = 1;
};
using Terms = std::vector<Term>;

constexpr std::string_view kDigits = "0123456789";

/// "m2", "10*-3", "s"; nullopt: a number alone.
constexpr int kExponentMax = 99; ///< no unit has such; sums of them stay numbers

std::optional<Term> read_term(std::string_view text) {
    auto digits = text.find_last_not_of(kDigits) + 1;
    Term out;
    if (digits < text.size()) {
        if (digits > 0 && (text[digits - 1] == '-' || text[digits - 1] == '+')) --digits;
        const auto number = text.substr(text[digits] == '+' ? digits + 1 : digits);
        const auto read = std::from_chars(number.data(), number.data() + number.size(), out.exponent);
        if (read.ec != std::errc() || out.exponent > kExponentMax || out.exponent < -kExponentMax) return std::nullopt;
    }
    out.atom = text.substr(0, digits);
    return out.atom.empty() ? std::nullopt : std::optional(out);
}

/// nullopt: parentheses, annotations, factors and brackets with points in them are left as they stand.
std::optional<Terms> read_terms(std::string_view unit) {
    Terms out;
    if (unit == "1") return out;
    if (unit.find_first_of("(){}") != unit.npos) return std::nullopt;
    if (const auto bracket = unit.find('[');
        bracket != unit.npos && unit.substr(bracket, unit.rfind(']') - bracket).find_first_of("./") != unit.npos)
        return std::nullopt;
    int sign = 1;
    while (!unit.empty()) {
        if (unit.front() == '/' || unit.front() == '.') {
            sign = unit.front() == '/' ? -1 : 1;
            unit.remove_prefix(1);
        }
        const auto end = std::min(unit.find_first_of("./"), unit.size());
        auto term = read_term(unit.substr(0, end));
        if (!term) return std::nullopt;
        term->exponent *= sign;
        out.push_back(std::move(*term));
        unit.remove_prefix(end);
    }
    return out;
}

std::string written(const Terms& terms) {
    std::string over, under;
    for (const auto& [atom, exponent] : terms) {
        if (exponent == 0) continue;
        const auto power = exponent < 0 ? -exponent : exponent;
        const auto text = atom + (power == 1 ? "" : std::to_string(power));
        if (exponent < 0) under += '/' + text;
        else over += (over.empty() ? "" : ".") + text;
    }
    return over.empty() && under.empty() ? "1" : over + under;
}

} // namespace

std::string joined_unit(std::string_view a, std::string_view b, bool divided) {
    auto left = read_terms(a);
    const auto right = read_terms(b);
    if (!left || !right) {
        if (divided && a == b) return "1";
        const auto factor = b.find_first_of("./") == b.npos ? std::string(b) : '(' + std::string(b) + ')';
        return std::string(a) + (divided ? '/' : '.') + factor;
    }
    for (const auto& term : *right) {
        const auto exponent = divided ? -term.exponent : term.exponent;
        const auto known = std::find_if(left->begin(), left->end(), [&](const Term& other) { return other.atom == term.atom; });
        if (known == left->end()) left->push_back({term.atom, exponent});
        else known->exponent += exponent;
    }
    return written(*left);
}

} // namespace huitong::fhirpath
