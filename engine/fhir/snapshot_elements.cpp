#include "fhir/snapshot_elements.hpp"

#include <algorithm>

namespace huitong::fhir {

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
                  Item{node, std::move(id), std::move(path), origin ? origin : from, false});
    set_text(at, "id", items_[at].id);
    set_text(at, "path", items_[at].path);
    return at;
}

void SnapshotElements::insert(Index at, const std::vector<Element>& from, std::string_view old_root, std::string_view new_id,
                              std::string_view new_path) {
    const std::string id_root(new_id);
    const std::string path_root(new_path);
    const std::string old(old_root);
    const auto old_path_size = [&](std::string_view path) { // the old root may be an id with slices; its path has none
        std::size_t steps = 1 + static_cast<std::size_t>(std::count(old.begin(), old.end(), '.'));
        std::size_t end = 0;
        for (; end < path.size() && (path[end] != '.' || --steps > 0); ++end) {}
        return end;
    };
    for (const auto& one : from) {
        const auto id = id_of_element(one);
        const auto path = std::string(one.text("path"));
        insert_copy(at++, one, id_root + id.substr(std::min(old.size(), id.size())), path_root + path.substr(old_path_size(path)));
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

std::vector<Element> SnapshotElements::origins_below(Index at) const {
    std::vector<Element> out;
    for (auto index = at + 1; index < end_of(at, false); ++index) {
        if (!items_[index].is_made) out.push_back(items_[index].origin);
    }
    return out;
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

} // namespace huitong::fhir
