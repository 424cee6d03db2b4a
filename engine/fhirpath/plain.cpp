#include "fhirpath/plain.hpp"

#include "fhirpath/values.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <forward_list>

namespace huitong::fhirpath {
namespace {

enum class Do : std::uint8_t {
    literal,
    nothing,
    self,
    variable,
    member,
    first,
    exists,
    empty,
    negate,
    where,
    combine,
    join,
    iif,
    equal,
    unequal,
    plus,
    join_texts,
    both,
    either
};

struct CallStep {
    std::string_view name;
    std::size_t arguments_min, arguments_max;
    Do what;
};
constexpr CallStep kCalls[] = {{"first", 0, 0, Do::first}, {"exists", 0, 1, Do::exists}, {"empty", 0, 0, Do::empty},
                               {"not", 0, 0, Do::negate},  {"where", 1, 1, Do::where},   {"combine", 1, 1, Do::combine},
                               {"join", 0, 1, Do::join},   {"iif", 2, 3, Do::iif}};
constexpr std::pair<std::string_view, Do> kOperators[] = {{"=", Do::equal},      {"!=", Do::unequal}, {"+", Do::plus},
                                                          {"&", Do::join_texts}, {"and", Do::both},   {"or", Do::either}};

enum class CellKind : std::uint8_t { element, text, flag };

/// One item, by views into what the caller, the expression or this run holds.
struct Cell {
    CellKind kind = CellKind::flag;
    bool flag = false;
    fhir::Element element;
    fhir::TypedName type;
    const fhir::DocumentPtr* keep = nullptr;
    std::string_view text;
};
using Cells = boost::container::small_vector<Cell, 6>;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

/// Types whose System value is no string, or that need a closer look.
bool is_text_type(std::string_view type) {
    static constexpr std::array<std::string_view, 15> kOthers = {"boolean",  "integer", "positiveInt", "unsignedInt", "integer64",
                                                                 "decimal",  "date",    "dateTime",    "instant",     "time",
                                                                 "Quantity", "Age",     "Distance",    "Duration",    "Count"};
    for (const auto other : kOthers) {
        if (type == other) return false;
    }
    return !type.ends_with("Quantity");
}

} // namespace

struct Plain::Step {
    Do what = Do::nothing;
    bool starts_with_capital = false; ///< a first name that may be the type of what is looked at
    std::string text;                 ///< literal, name of a variable or element
    bool is_flag = false, flag = false;
    std::vector<Step> parts; ///< focus first when there is one, then arguments
    bool has_focus = false;
};

namespace {

std::optional<Plain::Step> compile_step(const Node& node);

bool compile_parts(const Node& node, Plain::Step& out) {
    for (const auto& child : node.children) {
        if (!child) continue;
        auto part = compile_step(*child);
        if (!part) return false;
        out.parts.push_back(std::move(*part));
    }
    out.has_focus = !node.children.empty() && node.children[0] != nullptr;
    return true;
}

bool compile_literal(const Node& node, Plain::Step& out) {
    out.what = Do::literal;
    if (const auto* text = std::get_if<std::string>(&node.value.value)) {
        out.text = *text;
        return true;
    }
    const auto* flag = std::get_if<bool>(&node.value.value);
    out.is_flag = true;
    out.flag = flag && *flag;
    return flag != nullptr;
}

bool compile_call(const Node& node, Plain::Step& out) {
    const auto arguments = node.children.size() - 1;
    for (const auto& call : kCalls) {
        if (call.name != node.function->name) continue;
        out.what = call.what;
        return arguments >= call.arguments_min && arguments <= call.arguments_max && compile_parts(node, out);
    }
    return false;
}

bool compile_binary(const Node& node, Plain::Step& out) {
    for (const auto& [symbol, what] : kOperators) {
        if (symbol != node.text) continue;
        out.what = what;
        return compile_parts(node, out);
    }
    return false;
}

std::optional<Plain::Step> compile_step(const Node& node) {
    Plain::Step out;
    bool is_plain = true;
    switch (node.kind) {
    case NodeKind::literal: is_plain = compile_literal(node, out); break;
    case NodeKind::empty: break;
    case NodeKind::self: out.what = Do::self; break;
    case NodeKind::variable:
        out.what = Do::variable;
        out.text = node.text;
        break;
    case NodeKind::member:
        out.what = Do::member;
        out.text = node.text;
        is_plain = node.text != "value" && !node.text.empty() && compile_parts(node, out); // `value` may be the text of a primitive
        out.starts_with_capital = !out.has_focus && is_plain && is_upper(node.text.front());
        break;
    case NodeKind::call: is_plain = compile_call(node, out); break;
    case NodeKind::binary: is_plain = compile_binary(node, out); break;
    default: is_plain = false;
    }
    return is_plain ? std::optional(std::move(out)) : std::nullopt;
}

/// One evaluation. Every step puts its items behind those that are there; false: this is not plain after all.
class Run {
public:
    explicit Run(const EvaluationContext& context) : context_(context) {}

    bool evaluate(const Plain::Step& step, const Cell* self, Cells& out) {
        if (++steps_ > context_.steps_max) return false;
        switch (step.what) {
        case Do::literal: out.push_back(step.is_flag ? flag(step.flag) : text(step.text)); return true;
        case Do::nothing: return true;
        case Do::self:
            if (self) out.push_back(*self);
            return true;
        case Do::variable: return variable(step.text, out);
        case Do::member: return member(step, self, out);
        case Do::iif: return iif(step, self, out);
        case Do::both:
        case Do::either: return logic(step, self, out);
        default: return with_focus(step, self, out);
        }
    }

    static std::optional<Cell> cell_of(const Item& item) {
        Cell out;
        if (item.is_element()) {
            out.kind = CellKind::element;
            out.element = item.element();
            out.type = item.type;
            out.keep = &item.keep;
            return out.element ? std::optional(out) : std::nullopt;
        }
        if (!item.type.type.empty()) return std::nullopt; // a cast gave it a type
        if (const auto* value = std::get_if<std::string>(&item.value)) return text(*value);
        if (const auto* value = std::get_if<bool>(&item.value)) return flag(*value);
        return std::nullopt;
    }

private:
    static Cell text(std::string_view value) {
        Cell out;
        out.kind = CellKind::text;
        out.text = value;
        return out;
    }
    static Cell flag(bool value) {
        Cell out;
        out.flag = value;
        return out;
    }

    bool variable(std::string_view name, Cells& out) const {
        for (const auto& binding : context_.bindings) {
            if (binding.name != name) continue;
            if (!binding.item) return true;
            auto cell = cell_of(*binding.item);
            if (cell) out.push_back(*cell);
            return cell.has_value();
        }
        return false;
    }

    bool member(const Plain::Step& step, const Cell* self, Cells& out) {
        if (!step.has_focus) return !self || children(*self, step, out);
        Cells focus;
        if (!evaluate(step.parts[0], self, focus)) return false;
        for (const auto& cell : focus) {
            if (!children(cell, step, out)) return false;
        }
        return true;
    }

    bool children(const Cell& parent, const Plain::Step& step, Cells& out) {
        if (parent.kind != CellKind::element) return true;
        if (step.starts_with_capital) {
            const auto type = parent.type.type.empty() ? parent.element.type() : parent.type.type;
            if (type == step.text || context_.definitions->is_a(type, step.text)) return out.push_back(parent), true;
        }
        const std::string_view name = step.text;
        for (const auto child : parent.element.children()) {
            const auto written = child.name();
            if (!written.starts_with(name)) continue;
            if (written.size() != name.size()) {
                if (is_upper(written[name.size()])) return false; // it may be a choice
                continue;
            }
            if (++steps_ > context_.steps_max) return false;
            Cell cell;
            cell.kind = CellKind::element;
            cell.element = child;
            cell.keep = parent.keep;
            if (child.is_resource()) return false;
            cell.type = context_.definitions->child(parent.type, written);
            out.push_back(cell);
        }
        return true;
    }

    bool with_focus(const Plain::Step& step, const Cell* self, Cells& out) {
        const auto base = out.size();
        std::size_t next = 0;
        if (step.has_focus) {
            if (!evaluate(step.parts[next++], self, out)) return false;
        } else if (self) {
            out.push_back(*self);
        }
        const auto* argument = next < step.parts.size() ? &step.parts[next] : nullptr;
        switch (step.what) {
        case Do::first:
            if (out.size() > base + 1) out.resize(base + 1);
            return true;
        case Do::exists:
            if (argument && !filter(*argument, base, out)) return false;
            return answer(out.size() > base, base, out);
        case Do::empty: return answer(out.size() == base, base, out);
        case Do::negate: {
            std::optional<bool> value;
            return truth(base, out, value) && answer(value ? std::optional(!*value) : std::nullopt, base, out);
        }
        case Do::where: return filter(*argument, base, out);
        case Do::combine: return evaluate(*argument, self, out);
        case Do::join: return join(argument, self, base, out);
        default: return operate(step.what, *argument, self, base, out);
        }
    }

    static bool answer(std::optional<bool> value, std::size_t base, Cells& out) {
        out.resize(base);
        if (value) out.push_back(flag(*value));
        return true;
    }

    /// Of the items from `base` on; false: several, or a value that must be looked at.
    static bool truth(std::size_t base, const Cells& out, std::optional<bool>& value) {
        if (out.size() > base + 1) return false;
        value.reset();
        if (out.size() == base) return true;
        const auto& cell = out[base];
        if (cell.kind == CellKind::flag) value = cell.flag;
        else if (text_in(cell)) value = true;
        else return false;
        return true;
    }

    bool filter(const Plain::Step& condition, std::size_t base, Cells& out) {
        auto kept = base;
        for (auto at = base; at < out.size(); ++at) {
            Cells result;
            const Cell self = out[at];
            std::optional<bool> holds;
            if (!evaluate(condition, &self, result) || !truth(0, result, holds)) return false;
            if (holds && *holds) out[kept++] = self;
        }
        out.resize(kept);
        return true;
    }

    bool iif(const Plain::Step& step, const Cell* self, Cells& out) {
        Cell focus;
        std::size_t next = 0;
        if (step.has_focus) {
            Cells value;
            if (!evaluate(step.parts[next++], self, value) || value.size() > 1) return false;
            if (!value.empty()) {
                focus = value.front();
                self = &focus;
            }
        }
        Cells condition;
        if (!evaluate(step.parts[next], self, condition) || condition.size() > 1) return false;
        if (!condition.empty() && condition.front().kind != CellKind::flag) return false;
        if (!condition.empty() && condition.front().flag) return evaluate(step.parts[next + 1], self, out);
        return next + 2 >= step.parts.size() || evaluate(step.parts[next + 2], self, out);
    }

    bool logic(const Plain::Step& step, const Cell* self, Cells& out) {
        const bool decides = step.what == Do::either; // true decides an `or`, false an `and`
        std::array<std::optional<bool>, 2> values;
        for (std::size_t side = 0; side < 2; ++side) {
            Cells result;
            if (!evaluate(step.parts[side], self, result) || !truth(0, result, values[side])) return false;
            if (values[side] && *values[side] == decides) return out.push_back(flag(decides)), true;
        }
        if (values[0] && values[1]) out.push_back(flag(!decides));
        return true;
    }

    /// The text of a value that is a string, nullopt for every other.
    static std::optional<std::string_view> text_in(const Cell& cell) {
        if (cell.kind == CellKind::text) return cell.text;
        if (cell.kind != CellKind::element || !cell.element.has_value() || !is_text_type(cell.type.type)) return std::nullopt;
        const bool is_other = cell.type.type.empty() && cell.element.kind() != fhir::ValueKind::text;
        return is_other ? std::nullopt : std::optional(cell.element.value());
    }

    bool join(const Plain::Step* by, const Cell* self, std::size_t base, Cells& out) {
        Cells separator;
        if (by && (!evaluate(*by, self, separator) || separator.size() > 1)) return false;
        const auto between = separator.empty() ? std::optional(std::string_view()) : text_in(separator.front());
        if (!between) return false;
        if (out.size() == base) return true;
        std::string joined;
        for (auto at = base; at < out.size(); ++at) {
            const auto part = text_in(out[at]);
            if (!part) return false;
            if (at != base) joined += *between;
            joined += *part;
        }
        out.resize(base);
        out.push_back(text(keep(std::move(joined))));
        return true;
    }

    bool operate(Do what, const Plain::Step& right, const Cell* self, std::size_t base, Cells& out) {
        const auto middle = out.size();
        if (!evaluate(right, self, out)) return false;
        if (what == Do::equal || what == Do::unequal) {
            std::optional<bool> same;
            if (!compare(base, middle, out, same)) return false;
            return answer(same ? std::optional(*same == (what == Do::equal)) : std::nullopt, base, out);
        }
        const auto lefts = middle - base;
        const auto rights = out.size() - middle;
        if (lefts > 1 || rights > 1) return false;
        if (what == Do::plus && (lefts == 0 || rights == 0)) return out.resize(base), true;
        const auto left = lefts == 0 ? std::optional(std::string_view()) : text_in(out[base]);
        const auto other = rights == 0 ? std::optional(std::string_view()) : text_in(out[middle]);
        if (!left || !other) return false;
        std::string joined;
        joined.reserve(left->size() + other->size());
        joined.append(*left).append(*other);
        out.resize(base);
        out.push_back(text(keep(std::move(joined))));
        return true;
    }

    static bool compare(std::size_t base, std::size_t middle, const Cells& out, std::optional<bool>& same) {
        const auto lefts = middle - base;
        const auto rights = out.size() - middle;
        if (lefts == 0 || rights == 0) return true;
        same = lefts == rights;
        for (std::size_t at = 0; at < lefts && *same; ++at) {
            const auto& a = out[base + at];
            const auto& b = out[middle + at];
            const auto left = text_in(a);
            const auto right = text_in(b);
            if (left && right) same = *left == *right;
            else if (a.kind == CellKind::flag && b.kind == CellKind::flag) same = a.flag == b.flag;
            else return false;
        }
        return true;
    }

    std::string_view keep(std::string made) { return texts_.emplace_front(std::move(made)); }

    const EvaluationContext& context_;
    std::forward_list<std::string> texts_;
    std::uint64_t steps_ = 0;
};

Item item_of_cell(const Cell& cell) {
    Item out;
    switch (cell.kind) {
    case CellKind::element:
        out.value = cell.element;
        out.type = cell.type;
        if (cell.keep) out.keep = *cell.keep;
        break;
    case CellKind::text: out.value = std::string(cell.text); break;
    case CellKind::flag: out.value = cell.flag; break;
    }
    return out;
}

} // namespace

std::optional<Plain> Plain::compile(const Node& root) {
    auto step = compile_step(root);
    if (!step) return std::nullopt;
    return Plain(std::make_shared<const Step>(std::move(*step)));
}

std::optional<Collection> Plain::run(const EvaluationContext& context, const Item* input) const {
    if (!context.definitions || !context.polymorphic_names || context.touched) return std::nullopt;
    std::optional<Cell> self;
    if (input) {
        self = Run::cell_of(*input);
        if (!self) return std::nullopt;
    }
    Run run(context);
    Cells cells;
    if (!run.evaluate(*root_, self ? &*self : nullptr, cells)) return std::nullopt;
    Collection out;
    out.reserve(cells.size());
    for (const auto& cell : cells) out.push_back(item_of_cell(cell));
    return out;
}

} // namespace huitong::fhirpath
