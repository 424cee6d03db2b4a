/// XML Patch. Source: RFC 5261.
#include "base/charset.hpp"
#include "fhir/xml_scan.hpp"
#include "patch/patch.hpp"
#include "patch/xml_selector.hpp"

#include <algorithm>
#include <sstream>

namespace huitong::patch {
namespace {

constexpr unsigned kParse = pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_comments | pugi::parse_pi;

Outcome load(std::string_view text, const std::string& where, const Limits& limits, pugi::xml_document& out) {
    const auto scan = fhir::scan_xml(text);
    if (!is_utf8(text)) return error(IssueCode::invalid, where, "xml-utf8");
    if (scan.has_doctype) return error(IssueCode::structure, where, "xml-doctype");
    if (scan.depth > limits.xml_depth_max)
        return error(IssueCode::structure, where, "xml-depth-max", {std::to_string(limits.xml_depth_max)});
    const auto result = out.load_buffer(text.data(), text.size(), kParse, pugi::encoding_utf8);
    if (!result || !out.document_element()) return error(IssueCode::structure, where, "xml-syntax", {result.description()});
    return {};
}

bool is_blank(pugi::xml_node node) {
    return node.type() == pugi::node_pcdata && std::string_view(node.value()).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// Gives a copied element the declarations that its names had where they were written, as far as they mean something else here.
void bind_names(pugi::xml_node copy, pugi::xml_node original) {
    const std::string prefix(prefix_of(copy.name()));
    const std::string wanted(namespace_at(original, prefix));
    if (wanted != namespace_at(copy, prefix))
        copy.append_attribute(prefix.empty() ? "xmlns" : ("xmlns:" + prefix).c_str()) = wanted.c_str();
    auto from = original.first_child();
    for (auto child = copy.first_child(); child && from; child = child.next_sibling(), from = from.next_sibling()) {
        if (child.type() == pugi::node_element) bind_names(child, from);
    }
}

std::size_t depth_of(pugi::xml_node node) {
    std::size_t out = 0;
    for (; node.parent(); node = node.parent()) ++out;
    return out;
}

/// Of elements, of a document whose reader bounds it.
std::size_t height_of(pugi::xml_node node) {
    if (node.type() != pugi::node_element) return 0;
    std::size_t out = 0;
    for (const auto child : node.children()) out = std::max(out, height_of(child));
    return out + 1;
}

class Patcher {
public:
    Patcher(pugi::xml_document& document, const Limits& limits) : document_(document), limits_(limits) {}

    Outcome run(pugi::xml_node operation, std::size_t place) {
        where_ = "patch[" + std::to_string(place) + "]";
        const auto kind = local_name(operation.name());
        if (kind != "add" && kind != "replace" && kind != "remove") return bad_form(std::string(kind));
        auto found = select_xml(document_.root(), operation.attribute("sel").value(), operation, where_);
        if (!found) return found.error();
        if (found->size() != 1) return error(IssueCode::processing, where_, "patch-path");
        if (kind == "add") return add(found->front(), operation);
        return kind == "replace" ? replace(found->front(), operation) : remove(found->front(), operation);
    }

private:
    Outcome bad_form(std::string part) const { return error(IssueCode::invalid, where_, "patch-form", {std::move(part)}); }

    Outcome too_much() const { return error(IssueCode::too_costly, where_, "patch-size-max"); }

    Outcome add(Selected target, pugi::xml_node operation) {
        const std::string_view type = operation.attribute("type").value();
        const std::string_view position = operation.attribute("pos").value();
        if (target.attribute) return bad_form("sel");
        if (!type.empty()) return add_attribute(target.node, type, operation);
        const bool beside = position == "before" || position == "after";
        if (!beside && !position.empty() && position != "prepend") return bad_form("pos");
        if (!beside && target.node.type() != pugi::node_element) return bad_form("sel");
        const bool beside_root = beside && !target.node.parent().parent();
        pugi::xml_node last; // of what was put before the target or to the front, so that the order stays
        for (const auto child : operation.children()) {
            if (depth_of(target.node) + height_of(child) > limits_.xml_depth_max) return too_much();
            if (beside_root && child.type() != pugi::node_comment && child.type() != pugi::node_pi) continue;
            pugi::xml_node made;
            if (position.empty()) made = target.node.append_copy(child);
            else if (position == "before") made = target.node.parent().insert_copy_before(child, target.node);
            else if (position == "after") made = target.node.parent().insert_copy_after(child, last ? last : target.node);
            else made = last ? target.node.insert_copy_after(child, last) : target.node.prepend_copy(child);
            if (made.type() == pugi::node_element) bind_names(made, child);
            last = made;
        }
        return {};
    }

    Outcome add_attribute(pugi::xml_node node, std::string_view type, pugi::xml_node operation) {
        std::string name;
        if (type.starts_with("@")) name = type.substr(1);
        else if (type.starts_with("attribute::")) name = type.substr(11);
        else if (type.starts_with("namespace::")) name = "xmlns:" + std::string(type.substr(11));
        if (name.empty() || name == "xmlns:" || node.type() != pugi::node_element) return bad_form("type");
        if (node.attribute(name.c_str())) return error(IssueCode::duplicate, where_, "patch-exists", {name});
        node.append_attribute(name.c_str()) = operation.text().get();
        return {};
    }

    Outcome replace(const Selected& target, pugi::xml_node operation) {
        if (auto attribute = target.attribute) {
            attribute.set_value(operation.text().get());
            return {};
        }
        auto node = target.node;
        pugi::xml_node content;
        std::size_t count = 0;
        for (const auto child : operation.children()) {
            if (is_blank(child)) continue;
            content = child;
            ++count;
        }
        if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
            node.set_value(operation.text().get());
            return {};
        }
        // The new node is of the old one's kind: an element for an element, a comment for a comment.
        if (count != 1 || content.type() != node.type()) return bad_form("content");
        if (depth_of(node) + height_of(content) > limits_.xml_depth_max) return too_much();
        auto made = node.parent().insert_copy_after(content, node);
        if (made.type() == pugi::node_element) bind_names(made, content);
        node.parent().remove_child(node);
        return {};
    }

    Outcome remove(const Selected& target, pugi::xml_node operation) {
        auto node = target.node;
        if (target.attribute) {
            node.remove_attribute(target.attribute);
            return {};
        }
        auto parent = node.parent();
        if (!parent.parent() && node.type() == pugi::node_element) return error(IssueCode::processing, where_, "patch-path");
        const std::string_view space = operation.attribute("ws").value();
        const bool before = space == "before" || space == "both";
        const bool after = space == "after" || space == "both";
        if (!space.empty() && !before && !after) return bad_form("ws");
        if ((before && !is_blank(node.previous_sibling())) || (after && !is_blank(node.next_sibling()))) return bad_form("ws");
        if (before) parent.remove_child(node.previous_sibling());
        if (after) parent.remove_child(node.next_sibling());
        parent.remove_child(node);
        return {};
    }

    pugi::xml_document& document_;
    const Limits& limits_;
    std::string where_;
};

} // namespace

Result<std::string> patch_xml(std::string_view document, std::string_view patch, const Limits& limits) {
    pugi::xml_document target;
    if (auto issues = load(document, "", limits, target); issues.has_errors()) return issues;
    pugi::xml_document operations;
    if (auto issues = load(patch, "patch", limits, operations); issues.has_errors()) return issues;
    Patcher patcher(target, limits);
    std::size_t place = 0;
    for (const auto operation : operations.document_element().children()) {
        if (operation.type() != pugi::node_element) continue;
        if (place == kOperationsMax) return Outcome(error(IssueCode::too_costly, "patch", "patch-size-max"));
        if (auto issues = patcher.run(operation, place++); issues.has_errors()) return issues;
    }
    if (place == 0) return Outcome(error(IssueCode::invalid, "patch", "patch-form", {"add"}));
    std::ostringstream out;
    target.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return std::move(out).str();
}

} // namespace huitong::patch
