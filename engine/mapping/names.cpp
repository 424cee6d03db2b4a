#include "mapping/names.hpp"

#include "mapping/linked.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

class NameWalk {
public:
    explicit NameWalk(const Map::Ast& map) : map_(map) {}

    std::vector<Name> run() {
        for (const auto& group : map_.groups) declare(Name::Kind::group, group.name, group.name_place);
        for (const auto name : kSettings) declare(Name::Kind::constant, name, {});
        for (const auto& constant : map_.constants) {
            formula(constant.expression.text, constant.expression.place);
            declare(Name::Kind::constant, constant.name, constant.place);
        }
        for (const auto& group : map_.groups) {
            const auto outer = visible_.size();
            if (!group.extends.empty()) use_group(group.extends, group.extends_place.offset);
            for (const auto& input : group.inputs) declare(Name::Kind::input, input.name, input.place);
            rules(group.rules);
            visible_.resize(outer);
        }
        std::erase_if(names_, [](const Name& one) { return one.declared == Span() && one.uses.empty(); });
        return std::move(names_);
    }

private:
    Span word_at(std::uint32_t offset) const { return {offset, token_at(map_.source_text, offset).end}; }

    void declare(Name::Kind kind, std::string_view text, const Place& place) {
        if (text.empty()) return;
        const bool is_written = place.line > 0;
        if (kind != Name::Kind::group) visible_.push_back(names_.size());
        names_.push_back({kind, std::string(text), is_written ? word_at(place.offset) : Span(), {}});
    }

    void use(std::string_view text, std::uint32_t offset) {
        const auto found = std::find_if(visible_.rbegin(), visible_.rend(), [&](const auto index) { return names_[index].text == text; });
        if (found != visible_.rend()) names_[*found].uses.push_back(word_at(offset));
    }

    void use_group(const std::string& text, std::uint32_t offset) {
        auto found =
            std::find_if(names_.begin(), names_.end(), [&](const Name& one) { return one.kind == Name::Kind::group && one.text == text; });
        if (found == names_.end()) found = names_.insert(names_.end(), Name{Name::Kind::group, text, {}, {}});
        found->uses.push_back(word_at(offset));
    }

    void rules(const std::vector<Rule>& all) {
        for (const auto& one : all) {
            const auto outer = visible_.size();
            rule(one);
            visible_.resize(outer);
        }
    }

    void rule(const Rule& rule) {
        for (const auto& source : rule.sources) {
            use(source.context, source.place.offset);
            if (source.default_value) parameter(*source.default_value);
            declare(Name::Kind::variable, source.variable, source.variable_place);
            for (const auto* one : {&source.where, &source.check}) formula(one->text, one->place);
        }
        for (const auto& target : rule.targets) {
            if (!target.context.empty()) use(target.context, target.place.offset);
            for (const auto& one : target.parameters) parameter(one);
            declare(Name::Kind::variable, target.variable, target.variable_place);
        }
        rules(rule.rules);
        for (const auto& dependent : rule.dependents) {
            use_group(dependent.group, dependent.place.offset);
            for (const auto& one : dependent.arguments) parameter(one);
        }
    }

    void parameter(const Parameter& one) {
        const bool is_marked = map_.source_text.compare(one.place.offset, 1, "%") == 0;
        if (one.kind == Parameter::Kind::variable) use(one.value, one.place.offset + (is_marked ? 1 : 0));
        else if (one.kind == Parameter::Kind::expression) formula(one.value, one.place);
    }

    void formula(const std::string& text, const Place& place) {
        if (text.empty()) return;
        // One that is written as a text begins behind its quote; with escapes in it, its places are not those of the map.
        auto start = place.offset;
        if (map_.source_text.compare(start, text.size(), text) != 0) ++start;
        if (map_.source_text.compare(start, text.size(), text) != 0) return;
        std::vector<std::string_view> known;
        for (const auto index : visible_) known.push_back(names_[index].text);
        for (const auto& token : variables_of(text, known)) use(token.text, start + token.place.offset);
    }

    const Map::Ast& map_;
    std::vector<Name> names_;
    std::vector<std::size_t> visible_; ///< indexes of variables and constants, the innermost last
};

} // namespace

std::vector<Name> names_of(const Map::Ast& map) { return NameWalk(map).run(); }

const Name* name_at(const std::vector<Name>& names, std::uint32_t offset) {
    const auto holds = [&](const Span& span) { return span.end > span.begin && span.begin <= offset && offset <= span.end; };
    for (const auto& name : names) {
        if (holds(name.declared) || std::any_of(name.uses.begin(), name.uses.end(), holds)) return &name;
    }
    return nullptr;
}

} // namespace huitong::mapping
