#include "ucum/ucum.hpp"

#include "ucum/atoms.hpp"

#include <map>
#include <unordered_map>

namespace huitong::ucum {
namespace {

constexpr int kExponentMax = 30;
constexpr int kDigits = 24;
constexpr int kDepthMax = 24;

/// factor = top / bottom, kept apart so that 1/60 stays exact.
struct Unit {
    Decimal top{1}, bottom{1};
    std::map<std::string, int> dimensions;
    std::string special;
};

const std::unordered_map<std::string_view, const Atom*>& atom_table() {
    static const auto table = [] {
        std::unordered_map<std::string_view, const Atom*> out;
        for (const auto& atom : atoms()) out[atom.code] = &atom;
        return out;
    }();
    return table;
}

bool multiply(Unit& unit, const Unit& by, int exponent) {
    for (int i = 0; i < std::abs(exponent); ++i) {
        const auto top = Decimal::multiply(unit.top, exponent > 0 ? by.top : by.bottom);
        const auto bottom = Decimal::multiply(unit.bottom, exponent > 0 ? by.bottom : by.top);
        if (!top || !bottom) return false;
        unit.top = top->normalized();
        unit.bottom = bottom->normalized();
    }
    for (const auto& [name, power] : by.dimensions) {
        if ((unit.dimensions[name] += power * exponent) == 0) unit.dimensions.erase(name);
    }
    return true;
}

/// Drops powers of ten that stand above and below, so that long products stay inside 38 digits.
void reduce(Unit& unit) {
    if (unit.top.scale() > 0 && unit.bottom.scale() > 0) {
        const int shared = std::min(unit.top.scale(), unit.bottom.scale());
        unit.top = Decimal::of(unit.top.coefficient(), unit.top.scale() - shared);
        unit.bottom = Decimal::of(unit.bottom.coefficient(), unit.bottom.scale() - shared);
    }
}

class Parser {
public:
    Parser(std::string_view text, int depth) : text_(text), depth_(depth) {}

    std::optional<Unit> run() {
        Unit unit;
        if (text_.empty() || depth_ > kDepthMax) return std::nullopt;
        if (!term(unit) || at_ != text_.size()) return std::nullopt;
        return unit;
    }

    std::string rule = "ucum-syntax";

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool term(Unit& out) {
        int sign = 1;
        if (peek() == '/') {
            sign = -1;
            ++at_;
        }
        for (;;) {
            Unit part;
            int exponent = 1;
            if (!component(part, exponent)) return false;
            if (!multiply(out, part, sign * exponent)) {
                rule = "ucum-range";
                return false;
            }
            reduce(out);
            if (!part.special.empty()) out.special = part.special;
            if (peek() == '.') sign = 1;
            else if (peek() == '/') sign = -1;
            else return true;
            ++at_;
        }
    }

    bool component(Unit& out, int& exponent) {
        if (peek() == '(') {
            ++at_;
            if (++depth_ > kDepthMax || !term(out) || peek() != ')') return false;
            ++at_;
            --depth_;
            return annotation();
        }
        if (peek() == '{') return annotation();
        const auto begin = at_;
        if (std::isdigit(static_cast<unsigned char>(peek()))) {
            while (std::isdigit(static_cast<unsigned char>(peek()))) ++at_;
            const bool ten = text_.substr(begin, at_ - begin) == "10" && (peek() == '*' || peek() == '^');
            if (!ten) {
                const auto number = Decimal::read(text_.substr(begin, at_ - begin));
                if (!number || *number == Decimal(0)) return false;
                out.top = *number;
                return annotation();
            }
            at_ = begin;
        }
        return atom(out) && power(exponent) && annotation();
    }

    bool annotation() {
        if (peek() != '{') return true;
        const auto close = text_.find('}', at_);
        if (close == text_.npos) return false;
        for (std::size_t i = at_ + 1; i < close; ++i) {
            if (text_[i] == '{' || static_cast<unsigned char>(text_[i]) < 0x20 || static_cast<unsigned char>(text_[i]) > 0x7E) return false;
        }
        at_ = close + 1;
        return true;
    }

    bool power(int& exponent) {
        const auto begin = at_;
        if (peek() == '+' || peek() == '-') ++at_;
        const auto digits = at_;
        while (std::isdigit(static_cast<unsigned char>(peek()))) ++at_;
        if (at_ == digits) return at_ == begin;
        if (at_ - digits > 2) return false;
        exponent = std::stoi(std::string(text_.substr(begin, at_ - begin)));
        return std::abs(exponent) <= kExponentMax;
    }

    /// Letters and brackets up to a digit, sign, operator or annotation; "10*" and "10^" are atoms.
    std::string_view take_symbol() {
        const auto begin = at_;
        if (text_.substr(at_).starts_with("10*") || text_.substr(at_).starts_with("10^")) {
            at_ += 3;
            return text_.substr(begin, 3);
        }
        bool bracket = false;
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            if (c == '[') bracket = true;
            if (c == ']') bracket = false;
            if (!bracket && (std::isdigit(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.' || c == '/' || c == '{' ||
                             c == '(' || c == ')'))
                break;
        }
        return text_.substr(begin, at_ - begin);
    }

    bool atom(Unit& out) {
        const auto symbol = take_symbol();
        if (symbol.empty()) return false;
        if (const auto found = atom_table().find(symbol); found != atom_table().end()) return value_of(*found->second, 0, out);
        for (const auto& prefix : prefixes()) {
            if (!symbol.starts_with(prefix.code)) continue;
            const auto found = atom_table().find(symbol.substr(prefix.code.size()));
            if (found != atom_table().end() && found->second->metric) return value_of(*found->second, prefix.exponent, out);
        }
        rule = "ucum-unknown-unit";
        return false;
    }

    bool value_of(const Atom& atom, int exponent, Unit& out) {
        if (atom.factor.empty()) {
            out.dimensions[std::string(atom.code)] = 1;
        } else {
            if (atom.unit != "1") {
                const auto inner = Parser(atom.unit, depth_ + 1).run();
                if (!inner) return false;
                out = *inner;
            }
            const auto factor = Decimal::read(atom.factor);
            const auto top = factor ? Decimal::multiply(out.top, *factor) : std::nullopt;
            if (!top) return false;
            out.top = top->normalized();
            out.special = atom.special;
        }
        auto& side = exponent >= 0 ? out.top : out.bottom;
        for (int i = 0; i < std::abs(exponent); ++i) {
            const auto next = Decimal::multiply(side, Decimal(10));
            if (!next) return false;
            side = *next;
        }
        // 1000/1000 and the like: powers of ten on both sides cancel.
        while (out.top.scale() == 0 && out.bottom.scale() == 0 && out.top.coefficient() % 10 == 0 && out.bottom.coefficient() % 10 == 0 &&
               out.bottom.coefficient() != 0 && out.top.coefficient() != 0) {
            out.top = Decimal::of(out.top.coefficient() / 10, 0);
            out.bottom = Decimal::of(out.bottom.coefficient() / 10, 0);
        }
        return true;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_;
};

std::optional<Unit> parse(std::string_view text, std::string& rule) {
    if (text.empty() || text == "1") return Unit{};
    Parser parser(text, 0);
    auto unit = parser.run();
    rule = parser.rule;
    return unit;
}

/// With as many digits behind the point as fit; without any only where fifteen stand before it.
std::optional<Decimal> quotient(const Decimal& top, const Decimal& bottom) {
    for (int digits = kDigits; digits >= 6; digits -= 6) {
        if (const auto made = Decimal::divide(top, bottom, digits)) return made;
    }
    static const auto kFifteenDigits = *Decimal::read("1e14");
    const auto whole = Decimal::divide(top, bottom, 0);
    return whole && *whole >= kFifteenDigits ? whole : std::nullopt;
}

/// Kelvin of a value in a special unit and back.
std::optional<Decimal> to_kelvin(const Decimal& value, const std::string& special) {
    if (special == "degRe") {
        const auto degrees = Decimal::multiply(value, *Decimal::read("1.25"));
        return degrees ? Decimal::add(*degrees, *Decimal::read("273.15")) : std::nullopt;
    }
    if (special == "Cel") return Decimal::add(value, *Decimal::read("273.15"));
    const auto shifted = Decimal::add(value, *Decimal::read("459.67"));
    const auto five = shifted ? Decimal::multiply(*shifted, Decimal(5)) : std::nullopt;
    return five ? Decimal::divide(*five, Decimal(9), 20) : std::nullopt;
}
std::optional<Decimal> from_kelvin(const Decimal& value, const std::string& special) {
    if (special == "degRe") {
        const auto degrees = Decimal::subtract(value, *Decimal::read("273.15"));
        return degrees ? Decimal::multiply(*degrees, *Decimal::read("0.8")) : std::nullopt;
    }
    if (special == "Cel") return Decimal::subtract(value, *Decimal::read("273.15"));
    const auto nine = Decimal::multiply(value, Decimal(9));
    const auto scaled = nine ? Decimal::divide(*nine, Decimal(5), 20) : std::nullopt;
    return scaled ? Decimal::subtract(*scaled, *Decimal::read("459.67")) : std::nullopt;
}

} // namespace

bool is_valid(std::string_view unit) {
    std::string rule;
    return parse(unit, rule).has_value();
}

Result<Canonical> canonical(std::string_view text) {
    std::string rule;
    const auto unit = parse(text, rule);
    if (!unit) return Outcome{error(IssueCode::code_invalid, "", rule, {std::string(text)})};
    Canonical out;
    const auto factor = quotient(unit->top, unit->bottom);
    if (!factor) return Outcome{error(IssueCode::code_invalid, "", "ucum-range", {std::string(text)})};
    out.factor = factor->normalized();
    for (const auto& [name, power] : unit->dimensions) {
        if (!out.units.empty()) out.units += '.';
        out.units += name + (power == 1 ? std::string() : std::to_string(power));
    }
    if (out.units.empty()) out.units = "1";
    if (unit->special == "Cel") out.offset = *Decimal::read("273.15");
    if (unit->special == "degRe") out.offset = *Decimal::read("218.52");
    if (unit->special == "degF") out.offset = *Decimal::read("459.67");
    return out;
}

Result<Decimal> convert(const Decimal& value, std::string_view from, std::string_view to) {
    if (from == to) return value;
    std::string rule;
    const auto a = parse(from, rule);
    if (!a) return Outcome{error(IssueCode::code_invalid, "", rule, {std::string(from)})};
    const auto b = parse(to, rule);
    if (!b) return Outcome{error(IssueCode::code_invalid, "", rule, {std::string(to)})};
    if (a->dimensions != b->dimensions)
        return Outcome{error(IssueCode::invalid, "", "ucum-dimension", {std::string(from), std::string(to)})};
    const auto range = [&] { return Outcome{error(IssueCode::invalid, "", "ucum-range", {std::string(from)})}; };
    if (!a->special.empty() || !b->special.empty()) {
        const auto kelvin = a->special.empty() ? std::optional(value) : to_kelvin(value, a->special);
        const auto made = kelvin && !b->special.empty() ? from_kelvin(*kelvin, b->special) : kelvin;
        if (!made) return range();
        return made->normalized();
    }
    const auto top = Decimal::multiply(a->top, b->bottom);
    const auto bottom = Decimal::multiply(a->bottom, b->top);
    const auto scaled = top ? Decimal::multiply(value, *top) : std::nullopt;
    if (!scaled || !bottom) return range();
    const auto made = quotient(*scaled, *bottom);
    return made ? Result<Decimal>(made->normalized()) : range();
}

} // namespace huitong::ucum
