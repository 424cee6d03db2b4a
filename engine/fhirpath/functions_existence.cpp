#include "fhirpath/functions.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

constexpr std::size_t kItemsMax = 200'000; ///< of repeat() and combinations; a bomb ends here

Collection filtered(Evaluator& e, const Node& call, const Collection& focus, std::size_t argument) {
    Collection out;
    for (std::size_t i = 0; i < focus.size(); ++i) {
        const auto keep = e.boolean(e.argument_for(call, argument, focus[i], i));
        if (keep && *keep) out.push_back(focus[i]);
    }
    return out;
}

Collection empty(Evaluator&, const Node&, const Collection& focus) { return {item(focus.empty())}; }

Collection exists(Evaluator& e, const Node& call, const Collection& focus) {
    if (e.argument_count(call) == 0) return {item(!focus.empty())};
    return {item(!filtered(e, call, focus, 0).empty())};
}

Collection all(Evaluator& e, const Node& call, const Collection& focus) {
    for (std::size_t i = 0; i < focus.size(); ++i) {
        const auto holds = e.boolean(e.argument_for(call, 0, focus[i], i));
        if (!holds || !*holds) return {item(false)};
    }
    return {item(true)};
}

/// allTrue, anyTrue, allFalse, anyFalse.
Collection flags(Evaluator& e, const Collection& focus, bool wanted, bool any) {
    for (const auto& value : focus) {
        const auto flag = e.boolean({value});
        if (any && flag && *flag == wanted) return {item(true)};
        if (!any && (!flag || *flag != wanted)) return {item(false)};
    }
    return {item(!any)};
}
Collection all_true(Evaluator& e, const Node&, const Collection& focus) { return flags(e, focus, true, false); }
Collection any_true(Evaluator& e, const Node&, const Collection& focus) { return flags(e, focus, true, true); }
Collection all_false(Evaluator& e, const Node&, const Collection& focus) { return flags(e, focus, false, false); }
Collection any_false(Evaluator& e, const Node&, const Collection& focus) { return flags(e, focus, false, true); }

Collection subset_of(Evaluator& e, const Node& call, const Collection& focus) {
    const auto other = e.argument(call, 0);
    return {item(std::all_of(focus.begin(), focus.end(), [&](const Item& value) { return contains_item(e, other, value); }))};
}
Collection superset_of(Evaluator& e, const Node& call, const Collection& focus) {
    const auto other = e.argument(call, 0);
    return {item(std::all_of(other.begin(), other.end(), [&](const Item& value) { return contains_item(e, focus, value); }))};
}
Collection count(Evaluator&, const Node&, const Collection& focus) { return {item(static_cast<std::int64_t>(focus.size()))}; }
Collection distinct(Evaluator& e, const Node&, const Collection& focus) { return distinct_items(e, focus); }
Collection is_distinct(Evaluator& e, const Node&, const Collection& focus) {
    return {item(distinct_items(e, focus).size() == focus.size())};
}
Collection where(Evaluator& e, const Node& call, const Collection& focus) { return filtered(e, call, focus, 0); }

Collection select(Evaluator& e, const Node& call, const Collection& focus) {
    Collection out;
    for (std::size_t i = 0; i < focus.size(); ++i) {
        auto part = e.argument_for(call, 0, focus[i], i);
        out.insert(out.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
        if (out.size() > kItemsMax) e.fail(IssueCode::too_costly, "fhirpath-items-max", {std::to_string(kItemsMax)});
    }
    return out;
}

Collection repeated(Evaluator& e, const Node& call, const Collection& focus, bool unique) {
    Collection out;
    Collection wave = focus;
    while (!wave.empty()) {
        Collection next;
        for (std::size_t i = 0; i < wave.size(); ++i) {
            for (auto& value : e.argument_for(call, 0, wave[i], i)) {
                if (unique && contains_item(e, out, value)) continue;
                out.push_back(value);
                next.push_back(std::move(value));
                if (out.size() > kItemsMax) e.fail(IssueCode::too_costly, "fhirpath-items-max", {std::to_string(kItemsMax)});
            }
        }
        wave = std::move(next);
    }
    return out;
}
Collection repeat(Evaluator& e, const Node& call, const Collection& focus) { return repeated(e, call, focus, true); }
Collection repeat_all(Evaluator& e, const Node& call, const Collection& focus) { return repeated(e, call, focus, false); }

Collection single(Evaluator& e, const Node&, const Collection& focus) {
    const auto value = e.single(focus);
    return value ? Collection{*value} : Collection();
}
Collection first(Evaluator&, const Node&, const Collection& focus) { return focus.empty() ? Collection() : Collection{focus.front()}; }
Collection last(Evaluator&, const Node&, const Collection& focus) { return focus.empty() ? Collection() : Collection{focus.back()}; }
Collection tail(Evaluator&, const Node&, const Collection& focus) {
    return focus.size() < 2 ? Collection() : Collection(focus.begin() + 1, focus.end());
}

Collection part(const Collection& focus, std::int64_t from, std::int64_t to) {
    const auto size = static_cast<std::int64_t>(focus.size());
    from = std::clamp<std::int64_t>(from, 0, size);
    to = std::clamp<std::int64_t>(to, from, size);
    return Collection(focus.begin() + from, focus.begin() + to);
}
Collection skip(Evaluator& e, const Node& call, const Collection& focus) {
    return part(focus, e.integer_argument(call, 0).value_or(0), static_cast<std::int64_t>(focus.size()));
}
Collection take(Evaluator& e, const Node& call, const Collection& focus) { return part(focus, 0, e.integer_argument(call, 0).value_or(0)); }

Collection intersect(Evaluator& e, const Node& call, const Collection& focus) {
    const auto other = e.argument(call, 0);
    auto out = distinct_items(e, focus);
    std::erase_if(out, [&](const Item& value) { return !contains_item(e, other, value); });
    return out;
}
Collection exclude(Evaluator& e, const Node& call, const Collection& focus) {
    const auto other = e.argument(call, 0);
    auto out = focus;
    std::erase_if(out, [&](const Item& value) { return contains_item(e, other, value); });
    return out;
}
Collection union_with(Evaluator& e, const Node& call, const Collection& focus) { return operate(e, "|", focus, e.argument(call, 0)); }
Collection combine(Evaluator& e, const Node& call, const Collection& focus) {
    auto out = focus;
    const auto other = e.argument(call, 0);
    out.insert(out.end(), other.begin(), other.end());
    if (out.size() > kItemsMax) e.fail(IssueCode::too_costly, "fhirpath-items-max", {std::to_string(kItemsMax)});
    return out;
}

Collection aggregate(Evaluator& e, const Node& call, const Collection& focus) {
    Collection total = e.argument_count(call) > 1 ? e.argument(call, 1) : Collection();
    for (std::size_t i = 0; i < focus.size(); ++i) {
        const auto outer = e.frame().total;
        e.frame().total = &total;
        auto next = e.argument_for(call, 0, focus[i], i);
        e.frame().total = outer;
        total = std::move(next);
    }
    return total;
}

Collection sort(Evaluator& e, const Node& call, const Collection& focus) {
    auto out = focus;
    std::stable_sort(out.begin(), out.end(), [&](const Item& a, const Item& b) {
        const auto keys = std::max<std::size_t>(1, e.argument_count(call));
        for (std::size_t k = 0; k < keys; ++k) {
            const bool has_key = e.argument_count(call) > 0;
            const bool descending = has_key && e.argument_node(call, k).kind == NodeKind::negate && e.argument_node(call, k).text == "-";
            const auto& key = has_key ? (descending ? *e.argument_node(call, k).children[0] : e.argument_node(call, k)) : call;
            const auto of = [&](const Item& value) -> Collection {
                if (!has_key) return {value};
                const Collection self{value};
                const auto outer = e.frame();
                e.frame().self = &self;
                auto made = e.evaluate(key, self);
                e.frame() = outer;
                return made;
            };
            const auto x = of(a);
            const auto y = of(b);
            if (x.empty() || y.empty()) {
                if (x.empty() == y.empty()) continue;
                return x.empty(); // what has no key comes first, whichever way
            }
            const auto order = compare(x.front(), y.front());
            if (!order.order || *order.order == 0) continue;
            return descending ? *order.order > 0 : *order.order < 0;
        }
        return false;
    });
    return out;
}

Collection coalesce(Evaluator& e, const Node& call, const Collection&) {
    for (std::size_t i = 0; i < e.argument_count(call); ++i) {
        if (auto value = e.argument(call, i); !value.empty()) return value;
    }
    return {};
}

constexpr Function kFunctions[] = {
    {"empty", 0, 0, empty},
    {"exists", 0, 1, exists},
    {"all", 1, 1, all},
    {"allTrue", 0, 0, all_true},
    {"anyTrue", 0, 0, any_true},
    {"allFalse", 0, 0, all_false},
    {"anyFalse", 0, 0, any_false},
    {"subsetOf", 1, 1, subset_of},
    {"supersetOf", 1, 1, superset_of},
    {"count", 0, 0, count},
    {"distinct", 0, 0, distinct},
    {"isDistinct", 0, 0, is_distinct},
    {"where", 1, 1, where},
    {"select", 1, 1, select},
    {"repeat", 1, 1, repeat},
    {"repeatAll", 1, 1, repeat_all},
    {"single", 0, 0, single},
    {"first", 0, 0, first},
    {"last", 0, 0, last},
    {"tail", 0, 0, tail},
    {"skip", 1, 1, skip},
    {"take", 1, 1, take},
    {"intersect", 1, 1, intersect},
    {"exclude", 1, 1, exclude},
    {"union", 1, 1, union_with},
    {"combine", 1, 1, combine},
    {"aggregate", 1, 2, aggregate},
    {"sort", 0, -1, sort},
    {"coalesce", 1, -1, coalesce},
};

} // namespace

std::span<const Function> existence_functions() { return kFunctions; }

} // namespace huitong::fhirpath
