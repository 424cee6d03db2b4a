/// The one data model: a tree of elements over a text, used for FHIR resources and for every source message (v2, CDA, rows, DICOM).
///
/// It is the *element* model of FHIR (like its XML form): a JSON array is repeated children of one name, `_birthDate` is merged into
/// `birthDate` as its `id` and `extension` children, and a primitive's text is kept exactly as written (digits, offsets).
/// Nodes live in their Document and are addressed by index, so an Element is a cheap handle that is valid while its Document lives
/// (growing the document keeps handles valid; moving a Document does too when it is held by DocumentPtr).
/// Thread: a Document may be read from any thread once it is built; building is for one thread.
#pragma once

#include "base/outcome.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace huitong::fhir {

/// What stood in the JSON text. XML and source messages use `text` for every primitive.
enum class ValueKind : std::uint8_t { none, text, number, boolean, null };

using NodeIndex = std::uint32_t;
constexpr NodeIndex kNoNode = 0xFFFFFFFF;

struct Node {
    std::string_view name; ///< element name without type suffix handling ("valueQuantity" stays so); root: resource or model type
    std::string_view
        type; ///< resource type ("Patient") or model type when this node is a resource (root, contained, entry.resource …); else ""
    std::string_view value; ///< text of a primitive, unescaped; valid when kind != none
    NodeIndex parent = kNoNode;
    NodeIndex first_child = kNoNode;
    NodeIndex last_child = kNoNode;
    NodeIndex next_sibling = kNoNode;
    Span source;               ///< bytes in Document::text(); for built trees: of the source message (lineage), see `lineage`
    std::uint32_t lineage = 0; ///< for trees that a map wrote: 1-based index of the rule record that wrote this node; else 0
    ValueKind kind = ValueKind::none;
    bool companion_only = false; ///< a primitive without value, only id or extension (JSON: `_x` alone)
    bool in_array = false;       ///< the JSON form is (to be) an array, even with one item
};

class Document;
class ElementRange;

/// Handle of a node. Default constructed: no element (`!element`).
class Element {
public:
    Element() = default;
    Element(const Document* document, NodeIndex index) : document_(document), index_(index) {}

    explicit operator bool() const { return document_ != nullptr && index_ != kNoNode; }
    bool operator==(const Element&) const = default;

    const Document& document() const { return *document_; }
    NodeIndex index() const { return index_; }
    const Node& node() const;

    std::string_view name() const { return node().name; }
    /// Resource type of a resource node, "" of every other.
    std::string_view type() const { return node().type; }
    bool is_resource() const { return !node().type.empty(); }
    bool has_value() const { return node().kind != ValueKind::none && node().kind != ValueKind::null; }
    /// Text of the primitive, "" when there is none.
    std::string_view value() const { return has_value() ? node().value : std::string_view(); }
    ValueKind kind() const { return node().kind; }
    Span source() const { return node().source; }
    bool has_children() const { return node().first_child != kNoNode; }

    Element parent() const;
    Element first_child() const;
    Element next_sibling() const;
    /// First child of that name, or no element. Safe on no element (gives no element).
    Element child(std::string_view name) const;
    /// `child(a).child(b)…` over a dotted path: element["code.coding.system"].
    Element operator[](std::string_view path) const;
    /// Value of the first child of that dotted path, "" when absent.
    std::string_view text(std::string_view path) const {
        const auto found = (*this)[path];
        return found ? found.value() : std::string_view();
    }

    /// Children in order; only those of `name` when it is given (`name` must outlive the range).
    ElementRange children(std::string_view name = {}) const;

    /// Path from the root as FHIRPath writes it with indexes where a name repeats or is an array: "Patient.name[0].given[1]".
    std::string path() const;

private:
    const Document* document_ = nullptr;
    NodeIndex index_ = kNoNode;
};

/// Walks siblings, all or those of one name.
class ElementIterator {
public:
    using value_type = Element;
    using difference_type = std::ptrdiff_t;
    ElementIterator() = default;
    ElementIterator(Element at, std::string_view name) : at_(at), name_(name) { skip(); }
    Element operator*() const { return at_; }
    ElementIterator& operator++() {
        at_ = at_.next_sibling();
        skip();
        return *this;
    }
    ElementIterator operator++(int) {
        auto copy = *this;
        ++*this;
        return copy;
    }
    bool operator==(const ElementIterator& other) const { return (!at_ && !other.at_) || at_ == other.at_; }

private:
    void skip() {
        while (at_ && !name_.empty() && at_.name() != name_) at_ = at_.next_sibling();
    }
    Element at_;
    std::string_view name_; ///< empty: every child
};

class ElementRange {
public:
    explicit ElementRange(ElementIterator first) : first_(first) {}
    ElementIterator begin() const { return first_; }
    ElementIterator end() const { return {}; }
    bool empty() const { return first_ == ElementIterator(); }

private:
    ElementIterator first_;
};

/// Owns nodes, names and texts. Not copyable; share it as DocumentPtr.
class Document {
public:
    Document();
    ~Document();
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;

    /// Keeps `text` alive with the document and returns a view of it; spans of parsed trees count in the first text kept.
    std::string_view keep(std::string text);
    /// Copies a short piece into the arena.
    std::string_view copy(std::string_view piece);
    /// Copies a name once per document.
    std::string_view intern(std::string_view name);
    /// Source text whose bytes the spans count; "" for built trees.
    std::string_view text() const { return text_; }
    void set_text(std::string_view text) { text_ = text; }

    Element root() const { return nodes_.empty() ? Element() : Element(this, 0); }
    std::size_t size() const { return nodes_.size(); }
    const Node& node(NodeIndex index) const { return nodes_[index]; }
    Node& node(NodeIndex index) { return nodes_[index]; }

    /// Makes the root; its name and type are the resource type ("Patient") or the model type. Names and values are NOT copied here:
    /// pass literals, `intern`ed names, or pieces of kept texts.
    NodeIndex set_root(std::string_view type);
    /// Appends a child at the end of `parent`.
    NodeIndex add_child(NodeIndex parent, std::string_view name, bool in_array);
    /// Marks a node as a resource of that type (contained, Bundle.entry.resource).
    void set_type(NodeIndex node, std::string_view type);
    void set_value(NodeIndex node, ValueKind kind, std::string_view value);
    /// Copies a whole subtree of another document below `parent` under `name` (names and values are copied into this document).
    NodeIndex graft(NodeIndex parent, std::string_view name, bool in_array, Element from);
    /// The same without copies: names and values stay in the other document, which must outlive this one.
    NodeIndex borrow(NodeIndex parent, Element from);
    /// Unlinks a child (its storage stays until the document dies).
    void remove_child(NodeIndex parent, NodeIndex child);

    Element element(NodeIndex index) const { return Element(this, index); }

private:
    struct Arena;
    std::vector<Node> nodes_;
    std::unique_ptr<Arena> arena_;
    std::string_view text_;
};

using DocumentPtr = std::shared_ptr<Document>;

inline const Node& Element::node() const { return document_->node(index_); }
inline Element Element::parent() const { return Element(document_, node().parent); }
inline Element Element::first_child() const { return *this ? Element(document_, node().first_child) : Element(); }
inline Element Element::next_sibling() const { return Element(document_, node().next_sibling); }
inline ElementRange Element::children(std::string_view name) const { return ElementRange(ElementIterator(first_child(), name)); }

/// The values of a list of texts, in order.
std::vector<std::string> texts_of(Element element, std::string_view name);

} // namespace huitong::fhir
