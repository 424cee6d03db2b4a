/// A map as FML text, in one layout: what Map::parse reads back to the same map.
#include "mapping/ast.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

constexpr std::size_t kLineMax = 120; ///< a rule that is longer gets a line a target

std::string in_quotes(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote || c == '\\') (out += '\\') += c;
        else if (c == '\n') out += "\\n";
        else if (c == '\r') out += "\\r";
        else if (c == '\t') out += "\\t";
        else out += c;
    }
    return out += quote;
}

bool is_word(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}
std::string name(std::string_view text) { return written_name(text); }

std::string path(const std::string& context, const std::string& element) {
    auto out = name(context);
    for (std::string_view rest = element; !rest.empty();) {
        const auto dot = rest.find('.');
        out += '.' + name(rest.substr(0, dot));
        rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
    }
    return out;
}

std::string type(const std::string& text) {
    const bool is_plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || is_word(std::string(1, c)) || (c >= '0' && c <= '9'); });
    return is_plain ? text : in_quotes(text, '"');
}

std::string parameter(const Parameter& one) {
    switch (one.kind) {
    case Parameter::Kind::text: return in_quotes(one.value, '\'');
    case Parameter::Kind::variable: return name(one.value);
    case Parameter::Kind::expression: return "(" + one.value + ")";
    case Parameter::Kind::date: return "@" + one.value;
    default: return one.value;
    }
}

std::string list(const std::vector<Parameter>& parameters) {
    std::string out;
    for (const auto& one : parameters) out += (out.empty() ? "" : ", ") + parameter(one);
    return "(" + out + ")";
}

std::string source(const Source& one) {
    auto out = path(one.context, one.element);
    if (!one.type.empty()) out += " : " + type(one.type);
    if (!one.min.empty()) out += " " + one.min + ".." + one.max;
    if (one.default_value) out += " default " + parameter(*one.default_value);
    if (!one.list_mode.empty()) out += " " + one.list_mode;
    if (!one.variable.empty()) out += " as " + name(one.variable);
    if (!one.where.empty()) out += " where " + one.where.text;
    if (!one.check.empty()) out += " check " + one.check.text;
    if (!one.log.empty()) out += " log " + one.log.text;
    return out;
}

std::string transform(const Target& one) {
    const auto& parameters = one.parameters;
    if (one.transform == "evaluate" && parameters.size() == 1) return "(" + parameters.front().value + ")";
    if (one.transform == "evaluate") return "evaluate(" + parameter(parameters.front()) + ", " + parameters.back().value + ")";
    if (one.transform == "copy" && parameters.size() == 1 && !one.context.empty()) return parameter(parameters.front());
    return one.transform + list(parameters);
}

std::string target(const Target& one) {
    auto out = one.context.empty() ? std::string() : path(one.context, one.element);
    if (!one.transform.empty()) out += (out.empty() ? "" : " = ") + transform(one);
    if (!one.variable.empty()) out += " as " + name(one.variable);
    for (const auto& mode : one.list_modes) out += " " + mode + (mode == "share" ? " " + name(one.list_rule) : "");
    return out;
}

class FmlWriter {
public:
    std::string write(const Map::Ast& ast) {
        head(ast);
        for (const auto& map : ast.concept_maps) concept_map(map);
        for (const auto& uses : ast.uses)
            out_ +=
                "uses " + in_quotes(uses.url, '"') + (uses.alias.empty() ? "" : " alias " + name(uses.alias)) + " as " + uses.mode + "\n";
        if (!ast.uses.empty()) out_ += "\n";
        for (const auto& import : ast.imports) out_ += "imports " + in_quotes(import, '"') + "\n";
        if (!ast.imports.empty()) out_ += "\n";
        for (const auto& constant : ast.constants) out_ += "let " + name(constant.name) + " = " + constant.expression.text + ";\n";
        if (!ast.constants.empty()) out_ += "\n";
        for (const auto& one : ast.groups) group(one);
        out_.pop_back(); // one empty line too many
        return std::move(out_);
    }

private:
    void head(const Map::Ast& ast) {
        auto metadata = ast.metadata;
        if (metadata.empty()) {
            for (const auto& [key, value] : {std::pair<const char*, const std::string&>{"url", ast.url},
                                             {"name", ast.name},
                                             {"title", ast.title},
                                             {"status", ast.status},
                                             {"version", ast.version},
                                             {"description", ast.description}}) {
                if (!value.empty()) metadata.emplace_back(key, value);
            }
        }
        for (const auto& [key, value] : metadata) out_ += "/// " + key + " = " + in_quotes(value, '\'') + "\n";
        out_ += "\n";
    }

    void concept_map(const EmbeddedConceptMap& map) {
        std::vector<std::string> systems;
        const auto prefix = [&](const std::string& system) {
            const auto found = std::find(systems.begin(), systems.end(), system);
            if (found == systems.end()) systems.push_back(system);
            return "p" + std::to_string(std::find(systems.begin(), systems.end(), system) - systems.begin());
        };
        std::string rows;
        for (const auto& row : map.rows) {
            static constexpr std::pair<std::string_view, std::string_view> kRelations[] = {
                {"equivalent", "-"}, {"equal", "=="},    {"disjoint", "!="},    {"narrower", "<="},
                {"wider", ">="},     {"subsumes", "<-"}, {"specializes", ">-"}, {"inexact", "~"}};
            std::string_view relation = "-";
            for (const auto& [word, symbol] : kRelations) {
                if (word == row.equivalence) relation = symbol;
            }
            rows += "  " + prefix(row.source_system) + ":" + code(row.source_code) + " " + std::string(relation) + " " +
                    prefix(row.target_system) + ":" + code(row.target_code) + "\n";
        }
        out_ += "conceptmap " + in_quotes(map.id, '"') + " {\n";
        for (std::size_t at = 0; at < systems.size(); ++at)
            out_ += "  prefix p" + std::to_string(at) + " = " + in_quotes(systems[at], '"') + "\n";
        out_ += rows + "}\n\n";
    }
    static std::string code(const std::string& text) { return is_word(text) ? text : in_quotes(text, '"'); }

    void group(const Group& one) {
        for (const auto& comment : one.comments) out_ += "//" + comment + "\n";
        out_ += "group " + name(one.name) + "(";
        for (const auto& input : one.inputs) {
            if (&input != &one.inputs.front()) out_ += ", ";
            out_ += input.mode + " " + name(input.name) + (input.type.empty() ? "" : " : " + type(input.type));
        }
        out_ += ")";
        if (!one.extends.empty()) out_ += " extends " + name(one.extends);
        if (!one.type_mode.empty()) out_ += one.type_mode == "types" ? " <<types>>" : " <<type+>>";
        out_ += " {\n";
        for (const auto& rule : one.rules) write_rule(rule, 1);
        out_ += "}\n\n";
    }

    void write_rule(const Rule& rule, std::size_t depth) {
        const std::string indent(depth * 2, ' ');
        for (const auto& comment : rule.comments) out_ += indent + "//" + comment + "\n";
        std::string sources, targets, broken;
        for (const auto& one : rule.sources) sources += (sources.empty() ? "" : ", ") + source(one);
        for (const auto& one : rule.targets) {
            targets += (targets.empty() ? "" : ", ") + target(one);
            broken += (broken.empty() ? "\n" : ",\n") + indent + "    " + target(one);
        }
        out_ += indent + sources;
        const bool fits = indent.size() + sources.size() + targets.size() < kLineMax;
        if (!rule.targets.empty()) out_ += " ->" + (fits ? " " + targets : broken);
        if (!rule.dependents.empty() || !rule.rules.empty()) out_ += " then";
        for (const auto& one : rule.dependents)
            out_ += (&one == &rule.dependents.front() ? " " : ", ") + name(one.group) + list(one.arguments);
        if (!rule.rules.empty()) {
            out_ += " {\n";
            for (const auto& one : rule.rules) write_rule(one, depth + 1);
            out_ += indent + "}";
        }
        if (!rule.name.empty()) out_ += " " + in_quotes(rule.name, '"');
        out_ += ";\n";
    }

    std::string out_;
};

} // namespace

std::string written_name(std::string_view text) { return is_word(text) ? std::string(text) : in_quotes(text, '`'); }

std::string Map::text() const { return FmlWriter().write(*ast_); }

} // namespace huitong::mapping
