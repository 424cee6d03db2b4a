#include "base/charset.hpp"
#include "fhir/xml.hpp"
#include "fhir/xml_scan.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <string>

namespace huitong::fhir {
namespace {

constexpr std::string_view kNamespace = "http://hl7.org/fhir";

std::string_view local_name(std::string_view name) { return name.substr(name.find(':') == name.npos ? 0 : name.find(':') + 1); }

std::string_view namespace_of(pugi::xml_node node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    const auto attribute = colon == name.npos ? std::string("xmlns") : "xmlns:" + std::string(name.substr(0, colon));
    for (auto at = node; at; at = at.parent()) {
        if (const auto found = at.attribute(attribute.c_str())) return found.value();
    }
    return {};
}

ValueKind kind_of(std::string_view type) {
    if (type == "boolean") return ValueKind::boolean;
    if (type == "decimal" || type == "integer" || type == "positiveInt" || type == "unsignedInt") return ValueKind::number;
    return ValueKind::text;
}

class XmlTree {
public:
    XmlTree(Document& document, const Definitions& definitions) : document_(document), definitions_(definitions) {}

    void root(pugi::xml_node node) {
        const auto type = document_.intern(local_name(node.name()));
        document_.set_root(type);
        document_.node(0).source.begin = offset_of(node);
        children(node, 0, definitions_.type_root(type));
    }

    Outcome issues;

private:
    std::uint32_t offset_of(pugi::xml_node node) const {
        return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(1, node.offset_debug()) - 1);
    }

    void complain(pugi::xml_node node, IssueCode code, std::string rule, std::vector<std::string> arguments) {
        auto issue = error(code, "", std::move(rule), std::move(arguments));
        const auto before = document_.text().substr(0, offset_of(node));
        const auto row = before.rfind('\n');
        issue.position = TextPosition{"", 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')),
                                      static_cast<std::uint32_t>(before.size() - (row == before.npos ? 0 : row + 1)) + 1};
        issues.add(std::move(issue));
    }

    void children(pugi::xml_node from, NodeIndex parent, const TypedName& type) {
        for (const auto attribute : from.attributes()) {
            const std::string_view name = attribute.name();
            if (name == "value" || name.starts_with("xmlns") || name.find(':') != name.npos) continue;
            const auto child = document_.add_child(parent, document_.intern(name), false);
            document_.set_value(child, ValueKind::text, document_.copy(attribute.value()));
        }
        for (const auto node : from.children()) {
            if (node.type() == pugi::node_element) {
                element(node, parent, type);
            } else if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
                const std::string_view text = node.value();
                if (text.find_first_not_of(" \t\r\n") != text.npos)
                    complain(from, IssueCode::structure, "xml-text-content", {std::string(local_name(from.name()))});
            }
        }
    }

    void element(pugi::xml_node node, NodeIndex parent, const TypedName& parent_type) {
        const auto name = document_.intern(local_name(node.name()));
        if (name != "div" && is_foreign(node)) return complain(node, IssueCode::structure, "xml-element-namespace", {std::string(name)});
        auto type = definitions_.child(parent_type, name);
        const bool resource = type.type == "Resource" || (!type.declared && parent_type.type == "Resource");
        const auto index = document_.add_child(parent, name, type.is_array);
        document_.node(index).source.begin = offset_of(node);
        if (name == "div" && (type.type == "xhtml" || !type.declared)) return narrative(node, index);
        if (resource) {
            const auto inner = node.find_child([](pugi::xml_node child) { return child.type() == pugi::node_element; });
            if (!inner || is_foreign(inner)) return complain(node, IssueCode::structure, "xml-resource-type", {std::string(name)});
            const auto inner_type = document_.intern(local_name(inner.name()));
            document_.set_type(index, inner_type);
            return children(inner, index, definitions_.type_root(inner_type));
        }
        if (const auto value = node.attribute("value")) {
            document_.set_value(index, kind_of(type.type), document_.copy(value.value()));
        }
        children(node, index, type);
        auto& made = document_.node(index);
        made.companion_only = made.kind == ValueKind::none && made.first_child != kNoNode && is_primitive(type.type);
    }

    /// Only a prefix or a declaration of its own can take an element out of its parent's namespace.
    static bool is_foreign(pugi::xml_node node) {
        const bool may_be = std::string_view(node.name()).find(':') != std::string_view::npos || node.attribute("xmlns");
        return may_be && namespace_of(node) != kNamespace;
    }

    bool is_primitive(std::string_view type) const {
        const auto* definition = definitions_.find_type(type);
        return definition && definition->kind == StructureKind::primitive;
    }

    /// XHTML is kept byte for byte.
    void narrative(pugi::xml_node node, NodeIndex index) {
        const auto begin = offset_of(node);
        const auto end = end_of_element(document_.text(), begin);
        if (!end) return complain(node, IssueCode::structure, "xml-syntax", {"div"});
        document_.set_value(index, ValueKind::text, document_.text().substr(begin, *end - begin));
    }

    Document& document_;
    const Definitions& definitions_;
};

/// An attribute twice in one tag: each reader would take another one. Source: XML 1.0 §3.1.
bool has_twin_attributes(pugi::xml_node node) {
    std::vector<std::string_view> names;
    for (const auto one : node.attributes()) names.emplace_back(one.name());
    std::sort(names.begin(), names.end()); // a tag may have millions of them
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) return true;
    const auto children = node.children();
    return std::any_of(children.begin(), children.end(), has_twin_attributes);
}

/// What pugixml lets pass although it is no document: nullptr, or what it is.
const char* ill_formed(const pugi::xml_document& document) {
    std::size_t roots = 0;
    for (const auto child : document.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) return "Text beside the root element";
        if (child.type() == pugi::node_element && ++roots > 1) return "A second root element";
    }
    return has_twin_attributes(document.root()) ? "An attribute stands twice in a tag" : nullptr;
}

} // namespace

Parsed<DocumentPtr> read_fhir_xml(std::string text, const Definitions& definitions, const XmlOptions& options) {
    static const Limits defaults;
    const auto& limits = options.limits ? *options.limits : defaults;
    Parsed<DocumentPtr> out;
    out.value = std::make_shared<Document>();
    auto& document = *out.value;
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    document.set_text(document.keep(std::move(text)));
    const auto scan = scan_xml(document.text());
    if (!is_utf8(document.text())) out.issues.add(error(IssueCode::invalid, "", "xml-utf8"));
    if (scan.has_doctype) out.issues.add(error(IssueCode::structure, "", "xml-doctype"));
    if (!scan.entity.empty()) out.issues.add(error(IssueCode::structure, "", "xml-entity", {std::string(scan.entity)}));
    if (scan.depth > limits.xml_depth_max)
        out.issues.add(error(IssueCode::structure, "", "xml-depth-max", {std::to_string(limits.xml_depth_max)}));
    if (!out.issues.empty()) return out;
    pugi::xml_document parsed;
    const auto result =
        parsed.load_buffer(document.text().data(), document.text().size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
    const auto root = parsed.document_element();
    if (!result || !root) {
        auto issue = error(IssueCode::structure, "", "xml-syntax", {result ? "There is no element" : result.description()});
        const auto before = document.text().substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, result.offset)));
        issue.position = TextPosition{"", 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')), 1};
        out.issues.add(std::move(issue));
        return out;
    }
    if (const auto* what = ill_formed(parsed)) {
        out.issues.add(error(IssueCode::structure, "", "xml-syntax", {what}));
        return out;
    }
    if (namespace_of(root) != kNamespace) {
        out.issues.add(error(IssueCode::structure, "", "xml-namespace"));
        return out;
    }
    XmlTree tree(document, definitions);
    tree.root(root);
    out.issues = std::move(tree.issues);
    return out;
}

} // namespace huitong::fhir
