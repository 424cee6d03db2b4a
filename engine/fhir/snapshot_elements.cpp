#include "fhir/snapshot_elements.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

/// True when a step before the last names a slice.
bool lies_below_slice(std::string_view below_root) { return below_root.substr(0, below_root.rfind('.')).find(':') != below_root.npos; }

} // namespace

SnapshotElements::SnapshotElements() : work_(std::make_shared<Document>()) { work_->set_root("snapshot"); }

std::string id_of_element(Element element) {
    const auto id = element.text("id");
    if (!id.empty()) return std::string(id);
    auto out = std::string(element.text("path"));
    if (const auto slice = element.text("sliceName"); !slice.empty()) out += ":" + std::string(slice);
    return out;
}

SnapshotElements::Index SnapshotElements::insert_copy(Index at, Element from, std::string id, std::string path, Element origin) {
    const auto node = work_->graft(0, "element", true, from);
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(at),
                  Item{node, std::move(id), std::move(path), origin ? origin : from, ++batches_, false});
    set_text(at, "id", items_[at].id);
    set_text(at, "path", items_[at].path);
    return at;
}

SnapshotElements::Index SnapshotElements::insert(Index at, const std::vector<Element>& from, std::string_view old_root,
                                                 std::string_view new_id, std::string_view new_path) {
    const std::string id_root(new_id);
    const std::string path_root(new_path);
    const std::string old(old_root);
    const auto old_path_size = [&](std::string_view path) { // the old root may be an id with slices; its path has none
        std::size_t steps = 1 + static_cast<std::size_t>(std::count(old.begin(), old.end(), '.'));
        std::size_t end = 0;
        for (; end < path.size() && (path[end] != '.' || --steps > 0); ++end) {}
        return end;
    };
    const auto batch = items_.empty() ? 0 : ++batches_;
    for (const auto& one : from) {
        const auto rest = id_of_element(one).substr(std::min(old.size(), id_of_element(one).size()));
        const auto path = std::string(one.text("path"));
        insert_copy(at, one, id_root + rest, path_root + path.substr(old_path_size(path)));
        items_[at].batch = batch;
        items_[at++].below_slice = lies_below_slice(rest);
    }
    return at;
}

bool SnapshotElements::copy_below(Index from, Index to) {
    struct Piece {
        Element origin;
        std::string rest_of_id, rest_of_path;
    };
    std::vector<Piece> pieces;
    for (auto index = from + 1; index < end_of(from, false); ++index) {
        const auto& item = items_[index];
        if (item.batch != items_[from].batch) continue;
        pieces.push_back({item.origin, item.id.substr(items_[from].id.size()), item.path.substr(items_[from].path.size())});
    }
    const auto batch = ++batches_;
    auto at = to + 1;
    for (const auto& piece : pieces) {
        insert_copy(at, piece.origin, items_[to].id + piece.rest_of_id, items_[to].path + piece.rest_of_path);
        items_[at].batch = batch;
        items_[at++].below_slice = true;
    }
    return !pieces.empty();
}

void SnapshotElements::rename(Index at, const std::string& id) {
    const auto old_size = items_[at].id.size();
    for (auto end = end_of(at, false); end > at; --end) {
        auto& item = items_[end - 1];
        item.id.replace(0, old_size, id);
        set_text(end - 1, "id", item.id);
    }
}

void SnapshotElements::replace(Index at, Element from) {
    items_[at].node = work_->graft(0, "element", true, from);
    set_text(at, "id", items_[at].id);
    set_text(at, "path", items_[at].path);
}

std::optional<SnapshotElements::Index> SnapshotElements::find(std::string_view id) const {
    for (Index at = 0; at < items_.size(); ++at) {
        if (items_[at].id == id) return at;
    }
    return std::nullopt;
}

SnapshotElements::Index SnapshotElements::end_of(Index at, bool with_slices) const {
    const auto& id = items_[at].id;
    auto end = at + 1;
    const auto belongs = [&](std::string_view other) {
        return other.size() > id.size() && other.starts_with(id) &&
               (other[id.size()] == '.' || (with_slices && (other[id.size()] == ':' || other[id.size()] == '/')));
    };
    while (end < items_.size() && belongs(items_[end].id)) ++end;
    return end;
}

void SnapshotElements::set_text(Index at, std::string_view name, std::string_view text, ValueKind kind) {
    const auto node = items_[at].node;
    const auto found = work_->element(node).child(name);
    const auto target = found ? found.index() : work_->add_child(node, work_->intern(name), false);
    work_->set_value(target, kind, work_->copy(text));
}

void SnapshotElements::remove(Index at, std::string_view name) {
    const auto node = items_[at].node;
    while (const auto child = work_->element(node).child(name)) work_->remove_child(node, child.index());
}

void SnapshotElements::take(Index at, std::string_view name, Element change) {
    remove(at, name);
    for (auto child : change.children(name)) append(at, child);
}

void SnapshotElements::append(Index at, Element child) { work_->graft(items_[at].node, child.name(), child.node().in_array, child); }

void SnapshotElements::keep_types(Index at, const std::vector<std::string>& codes) {
    std::vector<NodeIndex> others;
    for (auto type : element(at).children("type")) {
        if (std::find(codes.begin(), codes.end(), type.text("code")) == codes.end()) others.push_back(type.index());
    }
    for (const auto other : others) work_->remove_child(items_[at].node, other);
}

} // namespace huitong::fhir
