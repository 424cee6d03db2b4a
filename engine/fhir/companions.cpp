#include "fhir/companions.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

void move_children(Document& document, NodeIndex from, NodeIndex to) {
    auto& source = document.node(from);
    auto& target = document.node(to);
    if (source.first_child == kNoNode) return;
    for (auto at = source.first_child; at != kNoNode; at = document.node(at).next_sibling) document.node(at).parent = to;
    if (target.last_child == kNoNode) target.first_child = source.first_child;
    else document.node(target.last_child).next_sibling = source.first_child;
    target.last_child = source.last_child;
    source.first_child = source.last_child = kNoNode;
}

void chain(Document& document, NodeIndex object, const std::vector<NodeIndex>& children) {
    auto& node = document.node(object);
    node.first_child = node.last_child = kNoNode;
    for (const auto child : children) {
        if (node.last_child == kNoNode) node.first_child = child;
        else document.node(node.last_child).next_sibling = child;
        document.node(child).next_sibling = kNoNode;
        node.last_child = child;
    }
}

std::vector<NodeIndex> children_named(const Document& document, const std::vector<NodeIndex>& children, std::string_view name) {
    std::vector<NodeIndex> out;
    std::copy_if(children.begin(), children.end(), std::back_inserter(out),
                 [&](NodeIndex child) { return document.node(child).name == name; });
    return out;
}

/// The nodes of `name` after its companions are merged in, in order.
std::vector<NodeIndex> merged(Document& document, const std::vector<NodeIndex>& plain, const std::vector<NodeIndex>& companions,
                              std::string_view name) {
    std::vector<NodeIndex> out = plain;
    for (std::size_t i = 0; i < companions.size(); ++i) {
        if (i < plain.size()) {
            move_children(document, companions[i], plain[i]);
            if (document.node(plain[i]).kind == ValueKind::null && document.node(plain[i]).first_child != kNoNode) {
                document.set_value(plain[i], ValueKind::none, {});
                document.node(plain[i]).companion_only = true;
            }
        } else {
            document.node(companions[i]).name = name;
            document.node(companions[i]).companion_only = document.node(companions[i]).kind == ValueKind::none;
            out.push_back(companions[i]);
        }
    }
    return out;
}

} // namespace

std::string_view merge_companions(Document& document, NodeIndex object) {
    std::vector<NodeIndex> children;
    for (auto at = document.node(object).first_child; at != kNoNode; at = document.node(at).next_sibling) children.push_back(at);
    std::vector<std::string_view> done;
    std::vector<NodeIndex> ordered;
    std::string_view hollow;
    for (const auto child : children) {
        const auto written = document.node(child).name;
        const auto name = written.starts_with('_') ? document.intern(written.substr(1)) : written;
        if (std::find(done.begin(), done.end(), name) != done.end()) continue;
        done.push_back(name);
        const auto companions = children_named(document, children, "_" + std::string(name));
        for (const auto item : merged(document, children_named(document, children, name), companions, name)) {
            if (document.node(item).kind == ValueKind::null) hollow = name;
            else ordered.push_back(item);
        }
    }
    chain(document, object, ordered);
    return hollow;
}

} // namespace huitong::fhir
