#include "fhir/tree.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <forward_list>
#include <utility>

namespace huitong::fhir {

/// Kept texts and short copies; nothing is freed before the document dies, so views stay valid.
struct Document::Arena {
    static constexpr std::size_t kBlockBytes = 16 * 1024;
    static constexpr std::size_t kFirstBlockBytes = 512; ///< many documents hold one small value

    std::forward_list<std::string> texts;
    std::vector<std::unique_ptr<char[]>> blocks;
    std::size_t left = 0;
    char* next = nullptr;
    std::vector<std::string_view> names; ///< open addressing, a power of two of places, at most half full; "" is free
    std::size_t name_count = 0;

    /// Where the name is, or belongs.
    std::string_view& name_place(std::string_view name) {
        auto at = std::hash<std::string_view>{}(name) & (names.size() - 1);
        while (!names[at].empty() && names[at] != name) at = (at + 1) & (names.size() - 1);
        return names[at];
    }

    std::string_view intern(std::string_view name) {
        if (name.empty()) return {};
        if (2 * (name_count + 1) > names.size()) {
            const auto old = std::exchange(names, std::vector<std::string_view>(names.empty() ? 16 : 2 * names.size()));
            for (const auto known : old) {
                if (!known.empty()) name_place(known) = known;
            }
        }
        auto& found = name_place(name);
        if (found.empty()) {
            found = copy(name);
            ++name_count;
        }
        return found;
    }

    std::string_view copy(std::string_view piece) {
        if (piece.empty()) return {};
        if (piece.size() > kBlockBytes / 4) {
            return texts.emplace_front(piece);
        }
        while (piece.size() > left) {
            left = blocks.empty() ? kFirstBlockBytes : std::min(kBlockBytes, kFirstBlockBytes << (2 * blocks.size()));
            blocks.push_back(std::make_unique_for_overwrite<char[]>(left));
            next = blocks.back().get();
        }
        std::copy(piece.begin(), piece.end(), next);
        const std::string_view kept(next, piece.size());
        next += piece.size();
        left -= piece.size();
        return kept;
    }
};

Document::Document() : arena_(std::make_unique<Arena>()) {}
Document::~Document() = default;

std::string_view Document::keep(std::string text) { return arena_->texts.emplace_front(std::move(text)); }

std::string_view Document::copy(std::string_view piece) { return arena_->copy(piece); }

std::string_view Document::intern(std::string_view name) { return arena_->intern(name); }

NodeIndex Document::set_root(std::string_view type) {
    HT_ASSERT(nodes_.empty());
    nodes_.reserve(16);
    Node root;
    root.name = type;
    root.type = type;
    nodes_.push_back(root);
    return 0;
}

NodeIndex Document::add_child(NodeIndex parent, std::string_view name, bool in_array) {
    const auto index = static_cast<NodeIndex>(nodes_.size());
    Node node;
    node.name = name;
    node.parent = parent;
    node.in_array = in_array;
    nodes_.push_back(node);
    auto& above = nodes_[parent];
    if (above.last_child == kNoNode) above.first_child = index;
    else nodes_[above.last_child].next_sibling = index;
    above.last_child = index;
    return index;
}

void Document::set_type(NodeIndex node, std::string_view type) { nodes_[node].type = type; }

void Document::set_value(NodeIndex node, ValueKind kind, std::string_view value) {
    nodes_[node].kind = kind;
    nodes_[node].value = value;
}

NodeIndex Document::graft(NodeIndex parent, std::string_view name, bool in_array, Element from) {
    const auto source = from.node(); // a copy: it may stand in this document, which grows
    const auto target = add_child(parent, intern(name), in_array);
    nodes_[target].type = source.type.empty() ? std::string_view() : intern(source.type);
    nodes_[target].kind = source.kind;
    nodes_[target].value = copy(source.value);
    nodes_[target].source = source.source;
    nodes_[target].lineage = source.lineage;
    nodes_[target].companion_only = source.companion_only; // `_birthDate` alone stays a companion in the copy
    // Depth is bounded by the readers' limits and by the map runner's.
    for (auto child : from.children()) graft(target, child.name(), child.node().in_array, child);
    return target;
}

NodeIndex Document::borrow(NodeIndex parent, Element from) {
    const auto target = add_child(parent, from.name(), from.node().in_array);
    const auto& source = from.node();
    auto& node = nodes_[target];
    node.type = source.type;
    node.kind = source.kind;
    node.value = source.value;
    node.source = source.source;
    node.lineage = source.lineage;
    node.companion_only = source.companion_only;
    for (auto child : from.children()) borrow(target, child);
    return target;
}

void Document::remove_child(NodeIndex parent, NodeIndex child) {
    auto& above = nodes_[parent];
    NodeIndex previous = kNoNode;
    for (auto at = above.first_child; at != kNoNode; previous = at, at = nodes_[at].next_sibling) {
        if (at != child) continue;
        const auto next = nodes_[at].next_sibling;
        if (previous == kNoNode) above.first_child = next;
        else nodes_[previous].next_sibling = next;
        if (above.last_child == child) above.last_child = previous;
        return;
    }
}

Element Element::child(std::string_view name) const {
    if (!*this) return {};
    for (auto at = first_child(); at; at = at.next_sibling()) {
        if (at.name() == name) return at;
    }
    return {};
}

Element Element::operator[](std::string_view path) const {
    auto at = *this;
    while (at && !path.empty()) {
        const auto dot = path.find('.');
        at = at.child(path.substr(0, dot));
        path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
    }
    return at;
}

std::string Element::path() const {
    std::string out;
    for (auto at = *this; at; at = at.parent()) {
        std::string step(at.name());
        if (const auto above = at.parent()) {
            std::size_t before = 0;
            std::size_t all = 0;
            for (auto sibling : above.children(at.name())) {
                if (sibling == at) before = all;
                ++all;
            }
            if (all > 1 || at.node().in_array) step += "[" + std::to_string(before) + "]";
        }
        out = out.empty() ? step : step + "." + out;
    }
    return out;
}

std::vector<std::string> texts_of(Element element, std::string_view name) {
    std::vector<std::string> out;
    for (const auto child : element.children(name)) out.emplace_back(child.value());
    return out;
}

} // namespace huitong::fhir
