#include "fhirpath/plain_steps.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

using Step = Plain::Step;

struct CallStep {
    std::string_view name;
    std::size_t arguments_min, arguments_max;
    Do what;
};
constexpr CallStep kCalls[] = {{"first", 0, 0, Do::first},         {"exists", 0, 1, Do::exists},     {"empty", 0, 0, Do::empty},
                               {"not", 0, 0, Do::negate},          {"where", 1, 1, Do::where},       {"combine", 1, 1, Do::combine},
                               {"join", 0, 1, Do::join},           {"iif", 2, 3, Do::iif},           {"distinct", 0, 0, Do::distinct},
                               {"is", 1, 1, Do::is_type},          {"ofType", 1, 1, Do::of_type},    {"as", 1, 1, Do::as_type},
                               {"extension", 1, 1, Do::extension}, {"children", 0, 0, Do::children}, {"descendants", 0, 0, Do::descendants},
                               {"count", 0, 0, Do::count}};
constexpr std::pair<std::string_view, Do> kOperators[] = {{"=", Do::equal},      {"!=", Do::unequal}, {"+", Do::plus},
                                                          {"&", Do::join_texts}, {"and", Do::both},   {"or", Do::either}};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::optional<Step> compile_step(const Node& node);

bool compile_part(const Node& node, Step& out) {
    auto part = compile_step(node);
    if (part) out.parts.push_back(std::move(*part));
    return part.has_value();
}

bool compile_focus(const Node& node, Step& out) {
    out.has_focus = !node.children.empty() && node.children[0] != nullptr;
    return !out.has_focus || compile_part(*node.children[0], out);
}

bool compile_parts(const Node& node, Step& out) {
    if (!compile_focus(node, out)) return false;
    for (std::size_t at = 1; at < node.children.size(); ++at) {
        if (!compile_part(*node.children[at], out)) return false;
    }
    return true;
}

bool compile_literal(const Node& node, Step& out) {
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

bool compile_member(const Node& node, Step& out) {
    out.what = Do::member;
    out.text = node.text;
    if (node.text.empty() || node.text == "resourceType" || !compile_focus(node, out)) return false;
    out.starts_with_capital = !out.has_focus && is_upper(node.text.front());
    return true;
}

/// "Patient", "FHIR.Patient" or a text; "" for what only the evaluator tells ("System.String").
std::string type_named(const Node& argument) {
    if (const auto* text = std::get_if<std::string>(&argument.value.value); argument.kind == NodeKind::literal && text) return *text;
    if (argument.kind != NodeKind::member) return {};
    const auto* space = argument.children.empty() ? nullptr : argument.children[0].get();
    if (space && (space->kind != NodeKind::member || space->text != "FHIR" || (!space->children.empty() && space->children[0]))) return {};
    return argument.text;
}

bool compile_typed(const Node& node, Do what, std::string type, Step& out) {
    if (type.starts_with("FHIR.")) type.erase(0, 5);
    if (type.empty() || type.find('.') != type.npos) return false;
    out.what = what;
    out.text = std::move(type);
    const auto* focus = node.children[0].get();
    if (what != Do::is_type || !focus || focus->kind != NodeKind::call || focus->text != "resolve") return compile_focus(node, out);
    out.what = Do::resolves_to;
    return compile_focus(*focus, out);
}

bool compile_call(const Node& node, Step& out) {
    const auto arguments = node.children.size() - 1;
    for (const auto& call : kCalls) {
        if (call.name != node.function->name) continue;
        if (arguments < call.arguments_min || arguments > call.arguments_max) return false;
        out.what = call.what;
        if (call.what == Do::is_type || call.what == Do::of_type || call.what == Do::as_type)
            return compile_typed(node, call.what, type_named(*node.children[1]), out);
        if (call.what != Do::extension) return compile_parts(node, out);
        const auto* url = std::get_if<std::string>(&node.children[1]->value.value);
        if (node.children[1]->kind != NodeKind::literal || !url) return false;
        out.text = *url;
        return compile_focus(node, out);
    }
    return false;
}

bool compile_item_at(const Node& node, Step& out) {
    const auto* index = std::get_if<std::int64_t>(&node.children[1]->value.value);
    if (node.children[1]->kind != NodeKind::literal || !index || *index < 0) return false;
    out.what = Do::item_at;
    out.index = static_cast<std::size_t>(*index);
    return compile_focus(node, out);
}

/// The type that a path begins with, when without it the path gives nothing and cannot fail either.
std::string head_of(const Step& step) {
    if (step.what == Do::member && !step.has_focus) return step.starts_with_capital ? step.text : std::string();
    const bool passes_nothing_on = step.what == Do::member || step.what == Do::where || step.what == Do::first || step.what == Do::item_at;
    return passes_nothing_on && step.has_focus ? head_of(step.parts[0]) : std::string();
}

/// a | b | c is one step over three branches: each item once is the same, in whatever order the doubles go.
bool compile_union(const Node& node, Step& out) {
    out.what = Do::unite;
    for (const auto& side : node.children) {
        if (side->kind == NodeKind::binary && side->text == "|") {
            if (!compile_union(*side, out)) return false;
            continue;
        }
        if (!compile_part(*side, out)) return false;
        out.parts.back().head = head_of(out.parts.back());
    }
    return true;
}

std::optional<Decimal> literal_number(const Node& node) {
    if (node.kind != NodeKind::literal) return std::nullopt;
    if (const auto* whole = std::get_if<std::int64_t>(&node.value.value)) return Decimal(*whole);
    const auto* number = std::get_if<Decimal>(&node.value.value);
    return number ? std::optional(*number) : std::nullopt;
}

/// Something laid beside a number that is written in the expression.
bool compile_comparison(const Node& node, const Decimal& number, Step& out) {
    out.what = Do::compare;
    out.text = node.text;
    out.number = number;
    return compile_focus(node, out);
}

bool is_moment(const Node& node) {
    const auto& value = node.value.value;
    return node.kind == NodeKind::literal && (std::holds_alternative<DateValue>(value) || std::holds_alternative<DateTimeValue>(value));
}

/// Something that comes before or after a date that is written in the expression.
bool compile_day_comparison(const Node& node, const Item& moment, Step& out) {
    out.what = Do::compare_day;
    out.text = node.text;
    out.moment = moment;
    return compile_focus(node, out);
}

/// The names of "code.coding.code", first to last; none when it is more than names.
std::vector<std::string> names_of(const Step& step) {
    if (step.what != Do::member) return {};
    std::vector<std::string> out;
    if (step.has_focus) {
        out = names_of(step.parts[0]);
        if (out.empty()) return out;
    }
    out.push_back(step.text);
    return out;
}

bool compile_binary(const Node& node, Step& out) {
    if (node.text == "|") return compile_union(node, out);
    static constexpr std::string_view kComparisons[] = {"=", "!=", "<", ">", "<=", ">="};
    const bool compares = std::find(std::begin(kComparisons), std::end(kComparisons), node.text) != std::end(kComparisons);
    const auto number = compares ? literal_number(*node.children[1]) : std::nullopt;
    if (number) return compile_comparison(node, *number, out);
    const bool orders = compares && node.text != "=" && node.text != "!=";
    if (orders && is_moment(*node.children[1])) return compile_day_comparison(node, node.children[1]->value, out);
    for (const auto& [symbol, what] : kOperators) {
        if (symbol != node.text) continue;
        out.what = what;
        return compile_parts(node, out);
    }
    return false;
}

std::optional<Step> compile_step(const Node& node) {
    Step out;
    bool is_plain = true;
    switch (node.kind) {
    case NodeKind::literal: is_plain = compile_literal(node, out); break;
    case NodeKind::empty: break;
    case NodeKind::self: out.what = Do::self; break;
    case NodeKind::variable:
        out.what = Do::variable;
        out.text = node.text;
        break;
    case NodeKind::member: is_plain = compile_member(node, out); break;
    case NodeKind::call: is_plain = compile_call(node, out); break;
    case NodeKind::item_at: is_plain = compile_item_at(node, out); break;
    case NodeKind::binary: is_plain = compile_binary(node, out); break;
    case NodeKind::type_is: is_plain = compile_typed(node, Do::is_type, node.text, out); break;
    case NodeKind::type_as: is_plain = compile_typed(node, Do::as_type, node.text, out); break;
    default: is_plain = false;
    }
    return is_plain ? std::optional(std::move(out)) : std::nullopt;
}

} // namespace

std::optional<Plain> Plain::compile(const Node& root) {
    auto step = compile_step(root);
    if (!step) return std::nullopt;
    step->names = names_of(*step);
    return Plain(std::make_shared<const Step>(std::move(*step)));
}

} // namespace huitong::fhirpath
