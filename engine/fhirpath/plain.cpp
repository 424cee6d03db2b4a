#include "fhirpath/plain_cells.hpp"
#include "fhirpath/plain_steps.hpp"
#include "fhirpath/values.hpp"

#include <algorithm>
#include <array>
#include <forward_list>

namespace huitong::fhirpath {
namespace {

constexpr std::size_t kPassedAStep = 16; ///< siblings that are looked at and passed over count as one step
constexpr std::size_t kComparedMax = 64; ///< items that are compared each with each here; more are the evaluator's

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool holds(std::string_view symbol, const Decimal& left, const Decimal& right) {
    if (symbol == "=") return left == right;
    if (symbol == "!=") return left != right;
    if (symbol == "<") return left < right;
    if (symbol == ">") return left > right;
    return symbol == "<=" ? left <= right : left >= right;
}

/// `order`: negative, zero or positive, as left comes before, at or after right.
bool is_in_order(std::string_view symbol, int order) {
    if (symbol == "<") return order < 0;
    if (symbol == ">") return order > 0;
    return symbol == "<=" ? order <= 0 : order >= 0;
}

/// Puts an answer in the place of the items from `base` on; true, as every step that succeeds.
bool answer(std::optional<bool> value, std::size_t base, Cells& out) {
    out.resize(base);
    if (value) out.push_back(flag_cell(*value));
    return true;
}

/// One evaluation. Every step puts its items behind those that are there; false: this is not plain after all.
class Run {
public:
    explicit Run(const EvaluationContext& context) : context_(context), definitions_(*context.definitions) {}

    bool evaluate(const Plain::Step& step, const Cell* self, Cells& out) {
        if (++steps_ > context_.steps_max) return false;
        switch (step.what) {
        case Do::literal: out.push_back(step.is_flag ? flag_cell(step.flag) : text_cell(step.text)); return true;
        case Do::nothing: return true;
        case Do::self:
            if (self) out.push_back(*self);
            return true;
        case Do::variable: return variable(step.text, out);
        case Do::member: return member(step, self, out);
        case Do::iif: return iif(step, self, out);
        case Do::both:
        case Do::either: return logic(step, self, out);
        case Do::unite: return unite(step, self, out);
        default: return with_focus(step, self, out);
        }
    }

    /// Names alone, from the root on: one child after the other, without cells.
    bool path(std::span<const std::string> names, const Cell& self, Collection& out) {
        if (is_upper(names.front().front())) {
            const auto begun = begins(self, names.front());
            if (begun && !*begun) return true;
            if (begun || is_a(self, names.front())) names = names.subspan(1);
            if (names.empty()) return out.push_back(item_of(self)), true;
        }
        return path_below(names, self.element, self.type, self.keep, out);
    }

private:
    bool path_below(std::span<const std::string> names, fhir::Element parent, const fhir::TypedName& type, const fhir::DocumentPtr* keep,
                    Collection& out) {
        if (is_value_of_primitive(parent, type, names.front())) return own_text(names.size() == 1, parent, type, out);
        return each_child(parent, type, names.front(), [&](fhir::Element child, const fhir::TypedName& typed) {
            if (names.size() > 1) return path_below(names.subspan(1), child, typed, keep, out);
            auto& item = out.emplace_back();
            item.value = child;
            item.type = typed;
            if (keep) item.keep = *keep;
            return true;
        });
    }

    /// The text of a primitive, when it is what is asked for; a text has nothing below it.
    static bool own_text(bool is_last, fhir::Element primitive, const fhir::TypedName& type, Collection& out) {
        Cell cell;
        cell.kind = CellKind::element;
        cell.element = primitive;
        cell.type = type;
        const auto text = text_in(cell);
        if (text && is_last) out.emplace_back().value = std::string(*text);
        return text.has_value();
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
        if (!step.has_focus) return !self || start(*self, step, out);
        Cells focus;
        if (!evaluate(step.parts[0], self, focus)) return false;
        for (const auto& cell : focus) {
            if (!children(cell, step.text, out)) return false;
        }
        return true;
    }

    /// Only a resource of that type, or one above it, begins such a path; nullopt: this is no resource.
    std::optional<bool> begins(const Cell& cell, std::string_view type) const {
        if (cell.kind != CellKind::element || !cell.is_of(fhir::StructureKind::resource) || !cell.element.is_resource())
            return std::nullopt;
        const auto own = cell.own_type();
        return own == type || ((type == "Resource" || type == "DomainResource") && definitions_.is_a(own, type));
    }

    bool start(const Cell& self, const Plain::Step& step, Cells& out) {
        if (step.starts_with_capital && self.kind == CellKind::element) {
            const auto begun = begins(self, step.text);
            const bool is_that = begun ? *begun : self.own_type() == step.text || definitions_.is_a(self.own_type(), step.text);
            if (is_that) out.push_back(self);
            if (begun || is_that) return true;
        }
        return children(self, step.text, out);
    }

    fhir::TypedName child_type(const fhir::TypedName& parent, fhir::Element child) const {
        return child.is_resource() ? definitions_.type_root(child.type()) : definitions_.child(parent, child.name());
    }

    static void add_child(const Cell& parent, fhir::Element child, const fhir::TypedName& type, Cells& out) {
        auto& cell = out.emplace_back();
        cell.kind = CellKind::element;
        cell.element = child;
        cell.keep = parent.keep;
        cell.type = type;
    }

    bool all_children(const Cell& parent, Cells& out) {
        if (parent.kind != CellKind::element) return true;
        for (const auto child : parent.element.children()) {
            if (++steps_ > context_.steps_max) return false;
            add_child(parent, child, child_type(parent.type, child), out);
        }
        return true;
    }

    /// One level after the other, as repeat(children()) gives them.
    bool offspring(bool all_levels, std::size_t base, Cells& out) {
        const Cells focus(out.begin() + static_cast<std::ptrdiff_t>(base), out.end());
        out.resize(base);
        for (const auto& cell : focus) {
            if (!all_children(cell, out)) return false;
        }
        for (auto at = base; all_levels && at < out.size(); ++at) {
            const Cell parent = out[at]; // a copy: `out` grows
            if (!all_children(parent, out)) return false;
        }
        return true;
    }

    static bool is_value_of_primitive(fhir::Element parent, const fhir::TypedName& type, std::string_view name) {
        return name == "value" && type.structure && type.structure->kind == fhir::StructureKind::primitive && parent.has_value();
    }

    /// Gives `take` every child that the name means, with its type. False: `take` said so, or the steps are spent.
    template <class Take>
    bool each_child(fhir::Element parent, const fhir::TypedName& type, std::string_view name, Take take) {
        std::size_t passed = 0;
        for (auto child = parent.first_child(); child; child = child.next_sibling(), ++passed) {
            const auto written = child.name();
            // Most children are told apart by their first letter, without a call.
            if (written.size() < name.size() || written.front() != name.front() || !written.starts_with(name)) continue;
            const bool is_suffixed = written.size() > name.size();
            if (is_suffixed && !is_upper(written[name.size()])) continue;
            if (++steps_ > context_.steps_max) return false;
            const auto typed = child_type(type, child);
            const auto* declared = typed.declared;
            const bool is_stem = declared && declared->is_choice && declared->name.size() == name.size() + 3; // "value[x]"
            const bool is_meant = is_suffixed ? is_stem : context_.polymorphic_names || is_stem || !declared || !declared->is_choice;
            if (is_meant && !take(child, typed)) return false;
        }
        return (steps_ += passed / kPassedAStep) <= context_.steps_max;
    }

    bool children(const Cell& parent, std::string_view name, Cells& out) {
        if (parent.kind != CellKind::element) return true;
        if (is_value_of_primitive(parent.element, parent.type, name)) {
            const auto text = text_in(parent); // a primitive's own text is its `value`
            if (text) out.push_back(text_cell(*text));
            return text.has_value();
        }
        return each_child(parent.element, parent.type, name, [&](fhir::Element child, const fhir::TypedName& type) {
            add_child(parent, child, type, out);
            return true;
        });
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
        case Do::children: return offspring(false, base, out);
        case Do::descendants: return offspring(true, base, out);
        case Do::count: return count(base, out);
        case Do::compare: return compare_number(step, base, out);
        case Do::compare_day: return compare_day(step, base, out);
        case Do::item_at: return item_at(step.index, base, out);
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
        case Do::distinct: return distinct(base, out);
        case Do::join: return join(argument, self, base, out);
        case Do::extension: return extensions(step.text, base, out);
        case Do::is_type: return is_type(step.text, base, out);
        case Do::of_type: return of_type(step.text, base, out);
        case Do::as_type: return (out.size() <= base + 1 || context_.lenient_as) && of_type(step.text, base, out);
        case Do::resolves_to: return resolves_to(step.text, base, out);
        default: return operate(step.what, *argument, self, base, out);
        }
    }

    static bool count(std::size_t base, Cells& out) {
        const auto found = number_cell(out.size() - base);
        out.resize(base);
        out.push_back(found);
        return true;
    }

    static bool compare_number(const Plain::Step& step, std::size_t base, Cells& out) {
        if (out.size() == base) return true;
        const auto number = out.size() == base + 1 ? number_in(out[base]) : std::nullopt;
        return number && answer(holds(step.text, *number, step.number), base, out);
    }

    static bool compare_day(const Plain::Step& step, std::size_t base, Cells& out) {
        if (out.size() == base) return true;
        if (out.size() > base + 1 || out[base].kind != CellKind::element || !out[base].element.has_value()) return false;
        const auto found = fhirpath::compare(item_of(out[base]), step.moment);
        if (!found.comparable) return false;
        return answer(found.order ? std::optional(is_in_order(step.text, *found.order)) : std::nullopt, base, out);
    }

    static bool item_at(std::size_t index, std::size_t base, Cells& out) {
        const bool is_there = index < out.size() - base;
        if (is_there) out[base] = out[base + index];
        out.resize(base + (is_there ? 1 : 0));
        return true;
    }

    bool extensions(std::string_view url, std::size_t base, Cells& out) {
        const Cells focus(out.begin() + static_cast<std::ptrdiff_t>(base), out.end());
        out.resize(base);
        for (const auto& cell : focus) {
            if (!children(cell, "extension", out)) return false;
        }
        auto kept = base;
        for (auto at = base; at < out.size(); ++at) {
            if (out[at].element.text("url") == url) out[kept++] = out[at];
        }
        out.resize(kept);
        return true;
    }

    /// Is there such a type? What an item of it has shown need not be looked up.
    bool is_known(std::string_view type, std::size_t base, const Cells& out) const {
        for (auto at = base; at < out.size(); ++at) {
            const auto* structure = out[at].type.structure;
            if (structure && !structure->is_profile && structure->type == type) return true;
        }
        return definitions_.find_type(type) != nullptr;
    }

    bool is_a(const Cell& cell, std::string_view type) const { return cell.own_type() == type || definitions_.is_a(cell.own_type(), type); }

    bool is_type(std::string_view type, std::size_t base, Cells& out) const {
        if (out.size() > base + 1 || !is_known(type, base, out)) return false;
        if (out.size() == base) return true;
        return out[base].kind == CellKind::element && answer(is_a(out[base], type), base, out);
    }

    bool of_type(std::string_view type, std::size_t base, Cells& out) const {
        if (!is_known(type, base, out)) return false;
        auto kept = base;
        for (auto at = base; at < out.size(); ++at) {
            if (out[at].kind != CellKind::element) return false;
            if (is_a(out[at], type)) out[kept++] = out[at];
        }
        out.resize(kept);
        return true;
    }

    /// As search parameters ask it; with resources to look at, the evaluator does.
    bool resolves_to(std::string_view type, std::size_t base, Cells& out) const {
        if (!context_.reference_by_type || out.size() > base + 1 || !definitions_.find_type(type)) return false;
        if (out.size() == base) return true;
        const auto& cell = out[base];
        const auto text = text_in(cell);
        if (!text && (cell.kind != CellKind::element || cell.element.has_value())) return false;
        const auto reference = text ? *text : cell.element.text("reference");
        if (reference.starts_with('#')) return false; // what is contained
        const auto declared = text ? std::string_view() : cell.element.text("type");
        const auto found = declared.empty() ? type_in_reference(reference) : declared;
        return answer(found.empty() ? std::nullopt : std::optional(found == type || definitions_.is_a(found, type)), base, out);
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

    /// Most branches of a search parameter's union are about other resources.
    bool unite(const Plain::Step& step, const Cell* self, Cells& out) {
        const auto base = out.size();
        for (const auto& branch : step.parts) {
            const auto begun = self && !branch.head.empty() ? begins(*self, branch.head) : std::nullopt;
            if (begun && !*begun) continue;
            if (!evaluate(branch, self, out)) return false;
        }
        return distinct(base, out);
    }

    /// Keeps the first of equal items from `base` on.
    bool distinct(std::size_t base, Cells& out) {
        const auto count = out.size() - base;
        if (count < 2) return true;
        if (count > kComparedMax) return false;
        auto kept = base;
        for (auto at = base; at < out.size(); ++at) {
            const Cell cell = out[at];
            const auto text = text_in(cell);
            if (!text && (cell.kind != CellKind::element || cell.element.has_value())) return false;
            const bool is_double =
                std::any_of(out.begin() + static_cast<std::ptrdiff_t>(base), out.begin() + static_cast<std::ptrdiff_t>(kept),
                            [&](const Cell& other) { return is_same(cell, text, other); });
            if (!is_double) out[kept++] = cell;
        }
        out.resize(kept);
        return (steps_ += count * count / 16) <= context_.steps_max;
    }

    /// As the evaluator's distinct(): a text is never what no text is.
    static bool is_same(const Cell& cell, std::optional<std::string_view> text, const Cell& other) {
        const auto other_text = text_in(other);
        if (text || other_text) return text == other_text;
        const auto same = equal(item_of(cell), item_of(other));
        return same && *same;
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
            if (values[side] && *values[side] == decides) return out.push_back(flag_cell(decides)), true;
        }
        if (values[0] && values[1]) out.push_back(flag_cell(!decides));
        return true;
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
        out.push_back(text_cell(keep(std::move(joined))));
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
        out.push_back(text_cell(keep(std::move(joined))));
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
    const fhir::Definitions& definitions_;
    std::forward_list<std::string> texts_;
    std::uint64_t steps_ = 0;
};

bool run_steps(const Plain::Step& root, const EvaluationContext& context, const Cell* self, Collection& out) {
    if (!context.definitions || context.touched) return false;
    Run run(context);
    if (!root.names.empty() && self && self->kind == CellKind::element) return run.path(root.names, *self, out);
    Cells cells;
    if (!run.evaluate(root, self, cells)) return false;
    out.reserve(cells.size());
    for (const auto& cell : cells) out.push_back(item_of(cell));
    return true;
}

} // namespace

bool Plain::run(const EvaluationContext& context, const Item* input, Collection& out) const {
    if (!input) return run_steps(*root_, context, nullptr, out);
    const auto self = cell_of(*input);
    return self && run_steps(*root_, context, &*self, out);
}

bool Plain::run(const EvaluationContext& context, fhir::Element input, Collection& out) const {
    if (!input || !context.definitions) return run_steps(*root_, context, nullptr, out);
    Cell self;
    self.kind = CellKind::element;
    self.element = input;
    // %resource is most often what is looked at, and its type is known then.
    const auto& resource = context.resource;
    const auto* structure = resource.type.structure;
    const bool is_typed = resource.is_element() && resource.element() == input && structure && structure->type == input.type();
    self.type = is_typed && !structure->is_profile ? resource.type : item_of(context.definitions, input).type;
    return run_steps(*root_, context, &self, out);
}

} // namespace huitong::fhirpath
