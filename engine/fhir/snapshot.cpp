#include "fhir/snapshot.hpp"

#include "fhir/json.hpp"
#include "fhir/snapshot_elements.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace huitong::fhir {
namespace {

constexpr std::string_view kBase = "http://hl7.org/fhir/StructureDefinition/Base";
constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::size_t kElementsMax = 20'000; ///< a differential that unfolds more than this is refused

std::string_view last_step(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }
bool is_choice(std::string_view path) { return path.ends_with("[x]"); }
std::uint32_t count_of(std::string_view text, std::uint32_t fallback) {
    if (text == "*") return kUnbounded;
    std::from_chars(text.data(), text.data() + text.size(), fallback);
    return fallback;
}

/// "Quantity", "String" as they stand behind "value".
bool is_suffix(std::string_view suffix, std::string_view type) {
    return !type.empty() && suffix.size() == type.size() && suffix.substr(1) == type.substr(1) &&
           std::toupper(static_cast<unsigned char>(suffix[0])) == std::toupper(static_cast<unsigned char>(type[0]));
}

class SnapshotBuilder {
public:
    using Index = SnapshotElements::Index;

    SnapshotBuilder(const Definitions& definitions, Element structure) : definitions_(definitions), structure_(structure) {}

    Outcome build();
    void write(Document& out, NodeIndex snapshot) const;

private:
    /// A StructureDefinition as a tree, read once and kept here.
    Element tree(std::string_view canonical);
    std::vector<Element> elements_of(Element structure) const;
    Outcome start(Element differential);
    std::string id_of(Element change);
    std::optional<Index> locate(std::string_view id);
    std::optional<Index> child(Index parent, std::string_view step);
    Index slice(Index sliced, std::string_view name, std::string_view type);
    void make_slicing(Index at);
    bool unfold(Index at);
    bool unfold_type(Index at);
    Outcome apply(Index at, Element change);
    bool adopt_profile(Index at, Element change);
    Outcome check(Index at, Element change);
    Index declare(Index parent, Element change, const std::string& id);
    void note_base(Index at);
    bool is_path_of(Index at, std::string_view written) const;
    void close_choices();
    void pin(Document& document, std::string_view version);

    const Definitions& definitions_;
    Element structure_;
    bool is_profile_ = false;
    SnapshotElements elements_;
    std::map<std::string, DocumentPtr, std::less<>> read_;     ///< trees by URL
    std::set<std::string> shorthand_;                          ///< ids of choices that were sliced by a name such as "valueQuantity"
    std::map<std::string, std::string, std::less<>> last_ids_; ///< path → id of the element that was last met there
};

Element SnapshotBuilder::tree(std::string_view canonical) {
    const auto url = canonical.substr(0, canonical.find('|'));
    auto& read = read_[std::string(url)];
    if (!read) {
        const auto text = definitions_.resource_json("StructureDefinition", url);
        if (text.empty()) return {};
        read = read_json(std::string(text)).value;
        if (url.starts_with(kCore)) pin(*read, read->root().text("version"));
    }
    return read->root();
}

/// What a core definition refers to is of its own version, and is written so.
void SnapshotBuilder::pin(Document& document, std::string_view version) {
    const auto snapshot = document.root().child("snapshot");
    if (!snapshot || version.empty()) return;
    for (auto element : snapshot.children("element")) {
        for (auto type : element.children("type")) {
            for (auto canonical : type.children()) {
                const auto url = canonical.value();
                const bool refers = canonical.name() == "profile" || canonical.name() == "targetProfile";
                if (!refers || !url.starts_with(kCore) || url.find('|') != url.npos) continue;
                document.set_value(canonical.index(), ValueKind::text, document.copy(std::string(url) + "|" + std::string(version)));
            }
        }
    }
}

std::vector<Element> SnapshotBuilder::elements_of(Element structure) const {
    std::vector<Element> out;
    if (!structure || !structure.child("snapshot")) return out;
    for (auto element : structure.child("snapshot").children("element")) out.push_back(element);
    return out;
}

/// Fills the list with the base's elements under the structure's own root.
Outcome SnapshotBuilder::start(Element differential) {
    const auto base = structure_.text("baseDefinition");
    const auto first = differential.child("element").text("path");
    const auto own_root = first.substr(0, first.find('.'));
    const auto inherited = elements_of(tree(base));
    if (inherited.empty() && (base.empty() || base == kBase)) { // Base has no elements and is not in R4
        elements_.insert_copy(0, differential.child("element"), std::string(own_root), std::string(own_root));
        return {};
    }
    if (inherited.empty())
        return error(IssueCode::not_found, "StructureDefinition.baseDefinition", "structure-base-unknown", {std::string(base)});
    const auto old_root = inherited.front().text("path");
    const auto root = is_profile_ ? old_root : own_root;
    elements_.insert(0, inherited, old_root, root, root);
    for (Index at = 0; at < elements_.size(); ++at) note_base(at);
    return {};
}

/// Each element says what it is in the type that first had it.
void SnapshotBuilder::note_base(Index at) {
    const auto element = elements_.element(at);
    if (element.child("base")) return;
    auto& document = elements_.document();
    const auto base = document.add_child(element.index(), "base", false);
    const auto add = [&](const char* name, std::string_view text, ValueKind kind) {
        document.set_value(document.add_child(base, name, false), kind, document.copy(text));
    };
    const std::string min(element.text("min"));
    const std::string max(element.text("max"));
    add("path", elements_.path(at), ValueKind::text);
    add("min", min.empty() ? "0" : min, ValueKind::number);
    add("max", max.empty() ? "*" : max, ValueKind::text);
}

Outcome SnapshotBuilder::build() {
    const auto differential = structure_.child("differential");
    is_profile_ = structure_.text("derivation") == "constraint";
    if (auto issues = start(differential); issues.has_errors()) return issues;
    for (auto change : differential.children("element")) {
        const auto id = id_of(change);
        auto at = locate(id);
        if (!at && !is_profile_) {
            const auto dot = id.rfind('.');
            const auto parent = dot == id.npos ? std::nullopt : locate(std::string_view(id).substr(0, dot));
            if (parent) at = declare(*parent, change, id);
        }
        if (at && is_profile_ && !is_path_of(*at, change.text("path"))) at.reset();
        if (!at || elements_.size() > kElementsMax) return error(IssueCode::invalid, change.path(), "structure-differential", {id});
        last_ids_[std::string(change.text("path"))] = elements_.id(*at);
        if (auto issues = apply(*at, change); issues.has_errors()) return issues;
    }
    close_choices();
    return {};
}

/// "Observation.value[x]" or, with a type that is offered, "Observation.valueQuantity".
bool SnapshotBuilder::is_path_of(Index at, std::string_view written) const {
    const auto own = last_step(elements_.path(at));
    const auto step = last_step(written);
    if (own == step || !is_choice(own)) return own == step;
    const auto stem = own.substr(0, own.size() - 3);
    if (!step.starts_with(stem)) return false;
    const auto types = elements_.origin(at).children("type");
    return std::any_of(types.begin(), types.end(), [&](Element type) { return is_suffix(step.substr(stem.size()), type.text("code")); });
}

/// A choice whose slices by shorthand are all the types that it still permits is closed.
void SnapshotBuilder::close_choices() {
    for (Index at = 0; at < elements_.size(); ++at) {
        if (!shorthand_.contains(elements_.id(at))) continue;
        std::set<std::string, std::less<>> permitted;
        for (auto type : elements_.element(at).children("type")) permitted.emplace(type.text("code"));
        for (auto slice = at + 1; slice < elements_.end_of(at, true); ++slice) {
            if (elements_.path(slice) != elements_.path(at)) continue;
            for (auto type : elements_.element(slice).children("type")) permitted.erase(std::string(type.text("code")));
        }
        const auto slicing = elements_.element(at).child("slicing");
        if (!permitted.empty() || !slicing || !slicing.child("rules")) continue;
        elements_.document().set_value(slicing.child("rules").index(), ValueKind::text, "closed");
    }
}

/// The given id when it fits the path, else one made of the path, the slice name and the slices met before.
std::string SnapshotBuilder::id_of(Element change) {
    const auto path = change.text("path");
    const auto id = change.text("id");
    const auto slice_name = std::string(change.text("sliceName"));
    const auto slice_fits = slice_name.empty() ? last_step(id).find(':') == id.npos : last_step(id).ends_with(":" + slice_name);
    const bool as_deep = std::count(id.begin(), id.end(), '.') == std::count(path.begin(), path.end(), '.');
    const auto dot = path.rfind('.');
    const auto above = last_ids_.find(path.substr(0, std::min(dot, path.size())));
    // An id may speak of a slice that nobody has named: then the path decides.
    const auto parent = id.substr(0, std::min(id.rfind('.'), id.size()));
    const bool known_slices = parent.find(':') == parent.npos || parent.find("[x]:") != parent.npos || elements_.find(parent) ||
                              above == last_ids_.end() || above->second == parent;
    if (slice_fits && as_deep && known_slices && id.substr(0, id.find('.')) == path.substr(0, path.find('.'))) return std::string(id);
    if (dot == path.npos) return std::string(path);
    auto out = above == last_ids_.end() ? std::string(path.substr(0, dot)) : above->second;
    out += path.substr(dot);
    return slice_name.empty() ? out : out + ":" + slice_name;
}

std::optional<SnapshotBuilder::Index> SnapshotBuilder::locate(std::string_view id) {
    Index at = 0;
    const auto first = id.find('.');
    if (id.substr(0, first) != elements_.path(0)) return std::nullopt;
    for (auto begin = first; begin != id.npos;) {
        const auto end = id.find('.', begin + 1);
        const auto next = child(at, id.substr(begin + 1, end == id.npos ? end : end - begin - 1));
        if (!next) return std::nullopt;
        at = *next;
        begin = end;
    }
    return at;
}

/// The child of that step ("identifier", "identifier:mrn", "value[x]:valueQuantity", "valueQuantity"); unfolds and slices on the way.
std::optional<SnapshotBuilder::Index> SnapshotBuilder::child(Index parent, std::string_view step) {
    const auto prefix = elements_.id(parent) + ".";
    if (const auto found = elements_.find(prefix + std::string(step))) return found;
    const bool has_children = parent + 1 < elements_.size() && elements_.id(parent + 1).starts_with(prefix);
    if (!has_children && !unfold(parent)) return std::nullopt;
    if (const auto found = elements_.find(prefix + std::string(step))) return found;
    if (const auto colon = step.find(':'); colon != step.npos) {
        const auto sliced = child(parent, step.substr(0, colon));
        if (!sliced) return std::nullopt;
        const auto name = step.substr(colon + 1);
        const auto stem = std::string(step.substr(0, step.find('[')));
        const bool names_type = is_choice(elements_.path(*sliced)) && name.starts_with(stem);
        return slice(*sliced, name, names_type ? name.substr(stem.size()) : std::string_view());
    }
    // "valueQuantity" is short for the slice valueQuantity of value[x].
    for (Index at = parent + 1; at < elements_.end_of(parent, false); ++at) {
        const auto& path = elements_.path(at);
        const auto own = last_step(path);
        if (!is_choice(path) || elements_.id(at) != prefix + std::string(own)) continue;
        const auto stem = own.substr(0, own.size() - 3);
        if (!step.starts_with(stem) || step.size() == stem.size()) continue;
        const auto name = std::string(own) + ":" + std::string(step);
        if (const auto found = elements_.find(prefix + name)) return found;
        const std::string type(step.substr(stem.size()));
        const bool offered = [&] {
            const auto types = elements_.origin(at).children("type");
            return std::any_of(types.begin(), types.end(), [&](Element one) { return is_suffix(type, one.text("code")); });
        }();
        if (!offered) continue;
        shorthand_.insert(elements_.id(at));
        return slice(at, step, type);
    }
    return std::nullopt;
}

void SnapshotBuilder::make_slicing(Index at) {
    const auto element = elements_.element(at);
    if (element.child("slicing")) return;
    auto& document = elements_.document();
    const auto slicing = document.add_child(element.index(), "slicing", false);
    const auto discriminate = [&](const char* type, const char* path) {
        const auto node = document.add_child(slicing, "discriminator", true);
        document.set_value(document.add_child(node, "type", false), ValueKind::text, type);
        document.set_value(document.add_child(node, "path", false), ValueKind::text, path);
    };
    const auto name = last_step(elements_.path(at));
    if (is_choice(name)) discriminate("type", "$this");
    else if (name == "extension" || name == "modifierExtension") discriminate("value", "url");
    document.set_value(document.add_child(slicing, "ordered", false), ValueKind::boolean, "false");
    document.set_value(document.add_child(slicing, "rules", false), ValueKind::text, "open");
}

SnapshotBuilder::Index SnapshotBuilder::slice(Index sliced, std::string_view name, std::string_view type) {
    make_slicing(sliced);
    // "a/b" is a slice of slice "a": it stands on that one.
    auto from = sliced;
    if (const auto slash = name.rfind('/'); slash != name.npos) {
        if (const auto outer = elements_.find(elements_.id(sliced) + ":" + std::string(name.substr(0, slash)))) from = *outer;
    }
    const auto id = elements_.id(sliced) + ":" + std::string(name);
    const auto path = elements_.path(sliced);
    const auto origin = elements_.origin(from);
    const auto at = elements_.insert_copy(elements_.end_of(sliced, true), origin, id, path, origin);
    elements_.mark_made(at);
    note_base(at);
    elements_.remove(at, "slicing");
    elements_.set_text(at, "sliceName", name);
    elements_.set_text(at, "min", "0", ValueKind::number);
    if (type.empty()) return at;
    auto& document = elements_.document();
    std::vector<NodeIndex> others;
    std::size_t kept = 0;
    for (auto one : elements_.element(at).children("type")) {
        if (is_suffix(type, one.text("code"))) ++kept;
        else others.push_back(one.index());
    }
    for (const auto other : others) {
        if (kept > 0) document.remove_child(elements_.element(at).index(), other);
    }
    return at;
}

/// Gives an element the children of what it refers to, of the element it slices, or of its type.
bool SnapshotBuilder::unfold(Index at) {
    const auto copy_subtree = [&](Index from) {
        const auto subtree = elements_.origins_below(from);
        if (subtree.empty()) return false;
        const auto old = id_of_element(elements_.origin(from));
        elements_.insert(at + 1, subtree, old, elements_.id(at), elements_.path(at));
        return true;
    };
    if (auto reference = elements_.element(at).text("contentReference"); !reference.empty()) {
        const auto from = elements_.find(reference.substr(reference.find('#') + 1));
        elements_.remove(at, "contentReference");
        if (!from) return false;
        if (elements_.element(*from).child("type")) elements_.take(at, "type", elements_.element(*from));
        return copy_subtree(*from);
    }
    const std::string id = elements_.id(at);
    if (last_step(id).find(':') != std::string::npos) {
        const auto sliced = elements_.find(id.substr(0, id.rfind(':')));
        const bool narrowed = sliced && is_choice(elements_.path(*sliced));
        if (sliced && !narrowed && copy_subtree(*sliced)) return true;
    }
    return unfold_type(at);
}

bool SnapshotBuilder::unfold_type(Index at) {
    std::vector<Element> types;
    for (auto type : elements_.element(at).children("type")) types.push_back(type);
    if (types.empty()) return false;
    const auto code = types.front().text("code");
    for (const auto& type : types) {
        if (type.text("code") != code) return false;
    }
    std::vector<Element> below;
    const auto profile = types.front().text("profile");
    if (types.size() == 1 && !profile.empty()) below = elements_of(tree(profile));
    if (below.empty()) below = elements_of(tree(code.find(':') == code.npos ? std::string(kCore) + std::string(code) : std::string(code)));
    if (below.size() < 2) return false;
    const std::string root(below.front().text("path"));
    below.erase(below.begin());
    elements_.insert(at + 1, below, root, elements_.id(at), elements_.path(at));
    return true;
}

/// A new element of a logical model or of a type that is defined anew.
SnapshotBuilder::Index SnapshotBuilder::declare(Index parent, Element change, const std::string& id) {
    const auto path = elements_.path(parent) + "." + std::string(last_step(change.text("path")));
    const auto at = elements_.insert_copy(elements_.end_of(parent, false), change, id, path);
    note_base(at);
    return at;
}

/// An element that is an extension with a definition of its own is what the root of that definition is, in its place.
bool SnapshotBuilder::adopt_profile(Index at, Element change) {
    std::vector<Element> types;
    for (auto type : change.children("type")) types.push_back(type);
    if (types.size() != 1 || at == 0) return false;
    const auto code = std::string(types.front().text("code"));
    const auto profile = types.front().text("profile");
    if (profile.empty() || code != "Extension") return false;
    const auto elements = elements_of(tree(profile));
    if (elements.empty() || elements.front().text("path") != code) return false;
    const auto old = elements_.element(at);
    const auto keep_text = [&](const char* name) { return std::string(old.text(name)); };
    const auto slice_name = keep_text("sliceName");
    elements_.replace(at, elements.front());
    for (const auto* name : {"base", "slicing", "type"}) elements_.take(at, name, old);
    elements_.remove(at, "sliceName");
    if (!slice_name.empty()) elements_.set_text(at, "sliceName", slice_name);
    return true;
}

/// What the differential may not do: permit a type or more items than the base does.
Outcome SnapshotBuilder::check(Index at, Element change) {
    const auto base = elements_.element(at);
    const auto max = count_of(base.text("max"), kUnbounded);
    if (change.child("max") && count_of(change.text("max"), 0) > max)
        return error(IssueCode::invalid, change.path(), "structure-cardinality", {elements_.id(at)});
    for (auto said : change.children()) {
        const auto fixed = said.name().starts_with("fixed") ? base.child(said.name()) : Element();
        if (fixed && fixed.has_value() && fixed.value() != said.value())
            return error(IssueCode::invalid, change.path(), "structure-fixed", {elements_.id(at)});
    }
    const auto types = base.children("type");
    if (types.empty()) return {};
    for (auto type : change.children("type")) {
        const auto code = type.text("code");
        const bool fits = std::any_of(types.begin(), types.end(), [&](Element permitted) {
            const auto offered = permitted.text("code");
            return code == offered || offered == "Element" || offered == "*" || offered == "Resource" || offered == "DomainResource" ||
                   (!code.empty() && definitions_.is_a(code, offered)) || offered.find(':') != offered.npos || code.find(':') != code.npos;
        });
        if (!fits) return error(IssueCode::invalid, change.path(), "structure-type", {elements_.id(at), std::string(code)});
    }
    return {};
}

Outcome SnapshotBuilder::apply(Index at, Element change) {
    if (is_profile_) {
        if (auto issues = check(at, change); issues.has_errors()) return issues;
    }
    adopt_profile(at, change);
    merge_element(elements_, at, change);
    return {};
}

/// Members in the order of ElementDefinition, which XML needs.
void SnapshotBuilder::write(Document& out, NodeIndex snapshot) const {
    const auto* type = definitions_.find_type("ElementDefinition");
    std::vector<std::string_view> order;
    for (const auto index : type ? type->root().children : std::vector<std::uint32_t>()) {
        auto name = type->elements[index].name;
        if (is_choice(name)) name.remove_suffix(3);
        order.push_back(name);
    }
    const auto rank = [&](std::string_view name) {
        const auto exact = std::find(order.begin(), order.end(), name);
        if (exact != order.end()) return exact - order.begin();
        return std::find_if(order.begin(), order.end(),
                            [&](std::string_view stem) {
                                return name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' &&
                                       name[stem.size()] <= 'Z';
                            }) -
               order.begin();
    };
    for (Index at = 0; at < elements_.size(); ++at) {
        const auto node = out.add_child(snapshot, "element", true);
        std::vector<Element> children;
        for (auto child : elements_.element(at).children()) children.push_back(child);
        std::stable_sort(children.begin(), children.end(), [&](Element a, Element b) { return rank(a.name()) < rank(b.name()); });
        for (const auto& child : children) out.graft(node, child.name(), child.node().in_array, child);
    }
}

} // namespace

Parsed<DocumentPtr> make_snapshot(const Definitions& definitions, Element structure) {
    Parsed<DocumentPtr> out;
    out.value = std::make_shared<Document>();
    auto& document = *out.value;
    document.set_root(document.intern("StructureDefinition"));
    if (!structure.child("differential") || !structure.child("differential").child("element")) {
        out.issues.add(error(IssueCode::required, "StructureDefinition", "structure-no-snapshot", {std::string(structure.text("url"))}));
        return out;
    }
    SnapshotBuilder builder(definitions, structure);
    out.issues = builder.build();
    if (out.issues.has_errors()) return out;
    for (auto child : structure.children()) {
        if (child.name() == "snapshot") continue;
        if (child.name() == "differential") builder.write(document, document.add_child(0, "snapshot", false));
        document.graft(0, child.name(), child.node().in_array, child);
    }
    return out;
}

} // namespace huitong::fhir
