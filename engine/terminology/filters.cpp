#include "terminology/filters.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace huitong::terminology {
namespace {

Answer answer_of(bool holds) { return holds ? Answer::yes : Answer::no; }

/// Values of a property of the concept; nullopt: the system does not have that property.
std::optional<std::vector<std::string>> values_of(const CodeSystem& system, const Concept& one, const std::string& property) {
    if (property == "code" || property == "concept") return std::vector<std::string>{one.code};
    if (property == "display") return std::vector<std::string>{one.display};
    if (property == "definition") return std::vector<std::string>{one.definition};
    if (property == "parent" && !one.parents.empty()) return one.parents;
    if (property == "inactive") return std::vector<std::string>{one.inactive ? "true" : "false"};
    if (property == "notSelectable") return std::vector<std::string>{one.abstract ? "true" : "false"};
    if (property != "parent" && !system.properties.contains(property)) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& [name, value] : one.properties) {
        if (name == property) out.push_back(value);
    }
    return out;
}

bool lists(std::string_view list, std::string_view code) {
    for (std::size_t begin = 0; begin <= list.size();) {
        const auto end = std::min(list.find(',', begin), list.size());
        auto item = list.substr(begin, end - begin);
        while (item.starts_with(' ')) item.remove_prefix(1);
        while (item.ends_with(' ')) item.remove_suffix(1);
        if (item == code) return true;
        begin = end + 1;
    }
    return false;
}

} // namespace

FilterSet::FilterSet(const CodeSystem& system, const std::vector<Filter>& filters) : system_(system), filters_(filters) {
    for (const auto& filter : filters) {
        RE2::Options options;
        options.set_log_errors(false);
        expressions_.push_back(filter.op == "regex" ? std::make_unique<RE2>(filter.value, options) : nullptr);
    }
}

FilterSet::~FilterSet() = default;

Answer FilterSet::passes(const Concept& one) const {
    auto out = Answer::yes;
    for (std::size_t at = 0; at < filters_.size(); ++at) out = std::min(out, passes(one, filters_[at], expressions_[at].get()));
    return out;
}

Answer FilterSet::passes(const Concept& one, const Filter& filter, const re2::RE2* expression) const {
    if (filter.op == "is-a" || filter.op == "descendent-of" || filter.op == "is-not-a" || filter.op == "generalizes") {
        // A fragment may lack the concept or links between: what it does not show cannot be told.
        if (!system_.find(filter.value)) return system_.complete ? answer_of(filter.op == "is-not-a") : Answer::unknown;
        if (filter.op == "generalizes")
            return system_.is_a(filter.value, one.code) ? Answer::yes : system_.complete ? Answer::no : Answer::unknown;
        const bool below = system_.is_a(one.code, filter.value);
        if (!below && !system_.complete) return Answer::unknown;
        if (filter.op == "is-not-a") return answer_of(!below);
        return answer_of(below && (filter.op == "is-a" || system_.key(one.code) != system_.key(filter.value)));
    }
    const auto values = values_of(system_, one, filter.property);
    if (!values) return Answer::unknown;
    const auto any = [&](auto holds) { return std::any_of(values->begin(), values->end(), holds); };
    if (filter.op == "=") return answer_of(any([&](const std::string& value) { return value == filter.value; }));
    if (filter.op == "in") return answer_of(any([&](const std::string& value) { return lists(filter.value, value); }));
    if (filter.op == "not-in") return answer_of(!any([&](const std::string& value) { return lists(filter.value, value); }));
    if (filter.op == "exists") return answer_of(any([](const std::string& value) { return !value.empty(); }) == (filter.value == "true"));
    if (expression)
        return expression->ok() ? answer_of(any([&](const std::string& value) { return RE2::FullMatch(value, *expression); }))
                                : Answer::unknown;
    return Answer::unknown;
}

} // namespace huitong::terminology
