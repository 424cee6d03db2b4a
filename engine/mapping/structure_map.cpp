/// A map as a StructureMap resource. Source: FHIR R4, StructureMap. What R4 has no place for goes into extensions: `let` into that of R5,
/// the kind of an argument that its value[x] does not show into our own.
#include "mapping/ast.hpp"

namespace huitong::mapping {
namespace {

using fhir::NodeIndex;

/// Writes one StructureMap into a document.
class Writer {
public:
    explicit Writer(fhir::Document& document) : document_(document) {}

    void write(const Map::Ast& ast) {
        const auto root = document_.set_root("StructureMap");
        text(root, "url", ast.url);
        text(root, "version", ast.version);
        text(root, "name", ast.name.empty() ? last_step(ast.url) : ast.name);
        text(root, "title", ast.title);
        text(root, "status", ast.status.empty() ? "draft" : ast.status);
        text(root, "description", ast.description);
        for (const auto& constant : ast.constants) write_constant(root, constant);
        for (const auto& map : ast.concept_maps) write_concept_map(root, map);
        for (const auto& uses : ast.uses) {
            const auto node = child(root, "structure", true);
            text(node, "url", uses.url);
            text(node, "mode", uses.mode);
            text(node, "alias", uses.alias);
        }
        for (const auto& import : ast.imports) text(root, "import", import, true);
        for (const auto& group : ast.groups) write_group(root, group);
    }

private:
    static std::string last_step(const std::string& url) { return url.substr(url.find_last_of('/') + 1); }
    NodeIndex child(NodeIndex parent, std::string_view name, bool in_array = false) { return document_.add_child(parent, name, in_array); }
    void text(NodeIndex parent, std::string_view name, const std::string& value, bool in_array = false) {
        if (!value.empty()) document_.set_value(child(parent, name, in_array), fhir::ValueKind::text, document_.copy(value));
    }
    void number(NodeIndex parent, std::string_view name, const std::string& value) {
        if (!value.empty()) document_.set_value(child(parent, name), fhir::ValueKind::number, document_.copy(value));
    }

    /// A primitive with its kind beside it when the name does not tell it; an empty text has only the kind.
    void argument(NodeIndex parent, std::string_view name, const Parameter& one, Parameter::Kind usual, bool in_array = false) {
        const auto node = child(parent, name, in_array);
        const bool is_number = one.kind == Parameter::Kind::integer || one.kind == Parameter::Kind::decimal;
        const bool by_name = name.ends_with("Integer") || name.ends_with("Decimal") || name.ends_with("Boolean");
        if (!one.value.empty()) {
            const auto kind = by_name && is_number ? fhir::ValueKind::number : by_name ? fhir::ValueKind::boolean : fhir::ValueKind::text;
            document_.set_value(node, kind, document_.copy(one.value));
        }
        if (one.kind == usual && !one.value.empty()) return;
        const auto extension = child(node, "extension", true);
        text(extension, "url", std::string(kArgumentKind));
        text(extension, "valueCode", std::string(kind_text(one.kind)));
        document_.node(node).companion_only = one.value.empty();
    }

    /// Arguments of targets and defaults, named by their kind.
    void typed_argument(NodeIndex parent, const std::string& stem, const Parameter& one, Parameter::Kind usual_of_string) {
        switch (one.kind) {
        case Parameter::Kind::variable: return argument(parent, document_.intern(stem + "Id"), one, one.kind);
        case Parameter::Kind::integer: return argument(parent, document_.intern(stem + "Integer"), one, one.kind);
        case Parameter::Kind::decimal: return argument(parent, document_.intern(stem + "Decimal"), one, one.kind);
        case Parameter::Kind::boolean: return argument(parent, document_.intern(stem + "Boolean"), one, one.kind);
        default: return argument(parent, document_.intern(stem + "String"), one, usual_of_string);
        }
    }

    void write_constant(NodeIndex root, const Constant& constant) {
        const auto extension = child(root, "extension", true);
        text(extension, "url", "http://hl7.org/fhir/5.0/StructureDefinition/extension-StructureMap.const");
        const auto name = child(extension, "extension", true);
        text(name, "url", "name");
        text(name, "valueId", constant.name);
        const auto value = child(extension, "extension", true);
        text(value, "url", "value");
        text(value, "valueString", constant.expression.text);
    }

    void write_concept_map(NodeIndex root, const EmbeddedConceptMap& map) {
        const auto contained = child(root, "contained", true);
        document_.set_type(contained, "ConceptMap");
        text(contained, "id", map.id);
        text(contained, "status", "draft");
        std::string source, target;
        NodeIndex group = fhir::kNoNode;
        for (const auto& row : map.rows) {
            if (group == fhir::kNoNode || source != row.source_system || target != row.target_system) {
                group = child(contained, "group", true);
                text(group, "source", row.source_system);
                text(group, "target", row.target_system);
                source = row.source_system;
                target = row.target_system;
            }
            const auto element = child(group, "element", true);
            text(element, "code", row.source_code);
            const auto to = child(element, "target", true);
            text(to, "code", row.target_code);
            text(to, "equivalence", row.equivalence);
        }
    }

    static std::string documentation(const std::vector<std::string>& comments) {
        std::string out;
        for (const auto& comment : comments) out += (out.empty() ? "" : "\n") + comment;
        return out;
    }

    void write_group(NodeIndex root, const Group& group) {
        const auto node = child(root, "group", true);
        text(node, "name", group.name);
        text(node, "extends", group.extends);
        text(node, "typeMode", group.type_mode.empty() ? "none" : group.type_mode);
        text(node, "documentation", documentation(group.comments));
        for (const auto& input : group.inputs) {
            const auto in = child(node, "input", true);
            text(in, "name", input.name);
            text(in, "type", input.type);
            text(in, "mode", input.mode);
        }
        int counter = 0;
        for (const auto& rule : group.rules) write_rule(node, rule, ++counter);
    }

    void write_rule(NodeIndex parent, const Rule& rule, int counter) {
        const auto node = child(parent, "rule", true);
        text(node, "name", rule.name.empty() ? "rule" + std::to_string(counter) : rule.name);
        for (const auto& source : rule.sources) write_source(node, source);
        for (const auto& target : rule.targets) write_target(node, target);
        int inner = 0;
        for (const auto& nested : rule.rules) write_rule(node, nested, ++inner);
        for (const auto& dependent : rule.dependents) {
            const auto to = child(node, "dependent", true);
            text(to, "name", dependent.group);
            for (const auto& one : dependent.arguments) argument(to, "variable", one, Parameter::Kind::variable, true);
        }
        text(node, "documentation", documentation(rule.comments));
    }

    void write_source(NodeIndex rule, const Source& source) {
        const auto node = child(rule, "source", true);
        text(node, "context", source.context);
        number(node, "min", source.min);
        text(node, "max", source.max);
        text(node, "type", source.type);
        if (source.default_value) typed_argument(node, "defaultValue", *source.default_value, Parameter::Kind::text);
        text(node, "element", source.element);
        text(node, "listMode", source.list_mode);
        text(node, "variable", source.variable);
        text(node, "condition", source.where.text);
        text(node, "check", source.check.text);
        text(node, "logMessage", source.log.text);
    }

    void write_target(NodeIndex rule, const Target& target) {
        const auto node = child(rule, "target", true);
        text(node, "context", target.context);
        if (!target.context.empty()) text(node, "contextType", "variable");
        text(node, "element", target.element);
        text(node, "variable", target.variable);
        for (const auto& mode : target.list_modes) text(node, "listMode", mode, true);
        text(node, "listRuleId", target.list_rule);
        text(node, "transform", target.transform);
        for (const auto& one : target.parameters) {
            const bool is_formula = target.transform == "evaluate" && &one == &target.parameters.back();
            typed_argument(child(node, "parameter", true), "value", one, is_formula ? Parameter::Kind::expression : Parameter::Kind::text);
        }
    }

    fhir::Document& document_;
};

} // namespace

fhir::DocumentPtr Map::structure_map() const {
    auto document = std::make_shared<fhir::Document>();
    Writer(*document).write(*ast_);
    return document;
}

} // namespace huitong::mapping
