#include "mapping/linked.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

using Names = std::vector<std::string_view>;

std::vector<const Map::Ast*> visible_from(const Map::Ast& from, const std::vector<const Map::Ast*>& maps) {
    std::vector<const Map::Ast*> out{&from};
    for (std::size_t at = 0; at < out.size(); ++at) {
        for (const auto& import : out[at]->imports) {
            for (const auto* map : maps) {
                if (fits_import(map->url, import) && std::find(out.begin(), out.end(), map) == out.end()) out.push_back(map);
            }
        }
    }
    return out;
}

/// Variables that FHIRPath itself defines.
bool is_built_in(std::string_view name) {
    return name == "resource" || name == "rootResource" || name == "context" || name == "ucum" || name == "sct" || name == "loinc" ||
           name.starts_with("vs-") || name.starts_with("ext-");
}

CompiledFormula compile(const std::string& text, const Names& names) {
    CompiledFormula out;
    std::string marked;
    std::size_t copied = 0;
    for (const auto& token : variables_of(text, names)) {
        out.variables.push_back(token.text);
        if (token.place.offset > 0 && text[token.place.offset - 1] == '%') continue;
        marked += text.substr(copied, token.place.offset - copied) + '%';
        copied = token.place.offset;
        if (token.place.line == 1) out.marks.push_back(token.place.column + static_cast<std::uint32_t>(out.marks.size()));
    }
    marked += text.substr(copied);
    if (auto parsed = fhirpath::Expression::parse(marked)) out.expression = std::move(*parsed);
    std::sort(out.variables.begin(), out.variables.end());
    out.variables.erase(std::unique(out.variables.begin(), out.variables.end()), out.variables.end());
    return out;
}

/// Compiles every formula of a map with the names that are in scope where it stands.
class FormulaWalk {
public:
    explicit FormulaWalk(std::unordered_map<const void*, CompiledFormula>& out) : out_(out) {}

    void map(const Map::Ast& map) {
        Names constants(std::begin(kSettings), std::end(kSettings));
        for (const auto& constant : map.constants) {
            out_[&constant.expression] = compile(constant.expression.text, constants);
            constants.push_back(constant.name);
        }
        for (const auto& group : map.groups) {
            names_ = constants;
            for (const auto& input : group.inputs) names_.push_back(input.name);
            rules(group.rules);
        }
    }

private:
    void rules(const std::vector<Rule>& all) {
        for (const auto& one : all) {
            const auto outer = names_.size();
            rule(one);
            names_.resize(outer);
        }
    }

    void rule(const Rule& rule) {
        for (const auto& source : rule.sources) {
            if (source.default_value) parameter(*source.default_value);
            add_name(source.variable);
            for (const auto* formula : {&source.where, &source.check}) {
                if (!formula->empty()) out_[formula] = compile(formula->text, names_);
            }
        }
        for (const auto& target : rule.targets) {
            for (const auto& one : target.parameters) parameter(one);
            add_name(target.variable);
        }
        rules(rule.rules);
        for (const auto& dependent : rule.dependents) {
            for (const auto& argument : dependent.arguments) parameter(argument);
        }
    }

    void parameter(const Parameter& parameter) {
        if (parameter.kind == Parameter::Kind::expression) out_[&parameter] = compile(parameter.value, names_);
    }
    void add_name(std::string_view name) {
        if (!name.empty()) names_.push_back(name);
    }

    std::unordered_map<const void*, CompiledFormula>& out_;
    Names names_;
};

} // namespace

bool fits_import(std::string_view url, std::string_view pattern) {
    const auto star = pattern.find('*');
    if (star == pattern.npos) return url == pattern;
    return url.size() + 1 >= pattern.size() && url.starts_with(pattern.substr(0, star)) && url.ends_with(pattern.substr(star + 1));
}

std::vector<Token> variables_of(std::string_view formula, const std::vector<std::string_view>& names) {
    std::vector<Token> out;
    const auto tokens = tokenize(formula);
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
        const auto& token = tokens[at];
        const bool is_name = token.kind == Token::Kind::identifier || token.kind == Token::Kind::quoted_identifier;
        const bool is_marked = at > 0 && tokens[at - 1].is("%");
        if (is_marked && !token.text.empty() && !is_built_in(token.text)) out.push_back(token);
        if (!is_name || is_marked || (at > 0 && tokens[at - 1].is(".")) || tokens[at + 1].is("(")) continue;
        if (std::find(names.begin(), names.end(), token.text) != names.end()) out.push_back(token);
    }
    return out;
}

std::string_view type_named(const fhir::Definitions& definitions, const Map::Ast& map, std::string_view name) {
    for (const auto& uses : map.uses) {
        if (uses.alias != name && uses.url != name) continue;
        if (const auto* structure = definitions.find_structure(uses.url)) return structure->type;
        return std::string_view(uses.url).substr(uses.url.find_last_of('/') + 1);
    }
    return name;
}

Linked::Linked(const fhir::Definitions& definitions, const std::vector<const Map::Ast*>& maps) {
    FormulaWalk walk(formulas_);
    for (const auto* map : maps) {
        walk.map(*map);
        index(definitions, *map, maps);
    }
}

void Linked::index(const fhir::Definitions& definitions, const Map::Ast& map, const std::vector<const Map::Ast*>& maps) {
    auto& visible = visible_[&map];
    visible.maps = visible_from(map, maps);
    for (const auto* one : visible.maps) {
        for (const auto& group : one->groups) {
            visible.groups.try_emplace(group.name, Found{one, &group});
            if (group.type_mode.empty() || group.inputs.size() != 2) continue;
            const auto source = type_named(definitions, *one, group.inputs[0].type);
            const auto target = type_named(definitions, *one, group.inputs[1].type);
            visible.defaults.try_emplace({source, target}, Found{one, &group});
            if (group.type_mode == "type-and-types") visible.defaults.try_emplace({source, ""}, Found{one, &group});
        }
    }
}

Linked::Found Linked::find_group(const Map::Ast& from, std::string_view name) const {
    const auto& groups = visible_.at(&from).groups;
    const auto found = groups.find(name);
    return found == groups.end() ? Found() : found->second;
}

Linked::Found Linked::find_default(const Map::Ast& from, std::string_view source_type, std::string_view target_type) const {
    const auto& defaults = visible_.at(&from).defaults;
    if (defaults.empty()) return {};
    const auto found = defaults.find({source_type, target_type});
    return found == defaults.end() ? Found() : found->second;
}

bool Linked::has_import(std::string_view pattern) const {
    return std::any_of(visible_.begin(), visible_.end(), [&](const auto& one) { return fits_import(one.first->url, pattern); });
}

std::vector<std::string_view> Linked::group_names(const Map::Ast& from) const {
    std::vector<std::string_view> out;
    for (const auto& [name, found] : visible_.at(&from).groups) out.push_back(name);
    std::sort(out.begin(), out.end());
    return out;
}

std::string nearest_name(std::string_view name, const std::vector<std::string_view>& candidates) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const auto candidate : candidates) {
        std::vector<std::size_t> row(candidate.size() + 1);
        for (std::size_t at = 0; at < row.size(); ++at) row[at] = at;
        for (std::size_t i = 1; i <= name.size(); ++i) {
            auto diagonal = std::exchange(row[0], i);
            for (std::size_t j = 1; j < row.size(); ++j) {
                const auto above = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (name[i - 1] == candidate[j - 1] ? 0 : 1)});
                diagonal = above;
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = candidate;
        }
    }
    return std::string(best);
}

} // namespace huitong::mapping
