/// How an element of a differential changes the one it is about. Source: FHIR R4, ElementDefinition, "Interpretation in different
/// contexts".
#include "fhir/snapshot_elements.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A text that begins with "..." goes on where the base's ends.
void take_text(SnapshotElements& elements, SnapshotElements::Index at, Element said) {
    const auto text = said.value();
    const auto before = std::string(elements.element(at).text(said.name()));
    if (text.starts_with("...") && !before.empty()) elements.set_text(at, said.name(), before + "\r\n" + std::string(text.substr(3)));
    else elements.set_text(at, said.name(), text);
}

/// Lists that only grow: an item of the same key takes the place of the old one.
void take_keyed(SnapshotElements& elements, SnapshotElements::Index at, Element said, std::string_view key) {
    const auto value = key.empty() ? said.value() : said.text(key);
    for (auto old : elements.element(at).children(said.name())) {
        const auto same = key.empty() ? old.value() == value : old.text(key) == value;
        if (!same || (key == "identity" && old.text("map") != said.text("map"))) continue;
        elements.document().remove_child(elements.element(at).index(), old.index());
        break;
    }
    elements.append(at, said);
}

void take_binding(SnapshotElements& elements, SnapshotElements::Index at, Element said) {
    const auto old_set = std::string(elements.element(at).text("binding.valueSet"));
    elements.take(at, "binding", said.parent());
    const auto made = elements.element(at).child("binding");
    if (made.child("valueSet") || old_set.empty()) return;
    auto& document = elements.document();
    const auto node = document.add_child(made.index(), "valueSet", false);
    document.set_value(node, ValueKind::text, document.copy(old_set));
}

void take_slicing(SnapshotElements& elements, SnapshotElements::Index at, Element said) {
    const auto old = elements.element(at).child("slicing");
    auto& document = elements.document();
    if (!old) {
        elements.append(at, said);
    } else {
        for (auto child : said.children()) {
            const bool keyed = child.name() == "discriminator";
            bool known = false;
            for (auto one : old.children(child.name())) {
                known = keyed ? one.text("type") == child.text("type") && one.text("path") == child.text("path") : true;
                if (known && !keyed) document.set_value(one.index(), child.kind(), document.copy(child.value()));
                if (known) break;
            }
            if (!known) document.graft(old.index(), child.name(), child.node().in_array, child);
        }
    }
    const auto made = elements.element(at).child("slicing");
    if (made.child("rules")) return;
    const auto rules = document.add_child(made.index(), "rules", false);
    document.set_value(rules, ValueKind::text, "open");
}

bool is_value(std::string_view name, std::string_view stem) {
    return name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' && name[stem.size()] <= 'Z';
}

} // namespace

void merge_element(SnapshotElements& elements, SnapshotElements::Index at, Element change) {
    static constexpr std::string_view kStems[] = {"fixed", "pattern", "defaultValue", "minValue", "maxValue"};
    bool types_taken = false;
    for (auto said : change.children()) {
        const auto name = said.name();
        if (is_one_of(name, {"id", "path", "sliceName", "base"})) continue;
        if (is_one_of(name, {"definition", "comment", "requirements"})) take_text(elements, at, said);
        else if (name == "constraint") take_keyed(elements, at, said, "key");
        else if (name == "mapping") take_keyed(elements, at, said, "identity");
        else if (is_one_of(name, {"alias", "condition"})) take_keyed(elements, at, said, {});
        else if (name == "example") take_keyed(elements, at, said, "label");
        else if (name == "extension") take_keyed(elements, at, said, "url");
        else if (name == "binding") take_binding(elements, at, said);
        else if (name == "slicing") take_slicing(elements, at, said);
        else if (name == "type") {
            if (!types_taken) elements.take(at, name, change);
            types_taken = true;
        } else {
            for (const auto stem : kStems) {
                if (!is_value(name, stem)) continue;
                std::vector<std::string> old;
                for (auto child : elements.element(at).children()) {
                    const bool other_form =
                        (stem == "fixed" && is_value(child.name(), "pattern")) || (stem == "pattern" && is_value(child.name(), "fixed"));
                    if (is_value(child.name(), stem) || other_form) old.emplace_back(child.name());
                }
                for (const auto& one : old) elements.remove(at, one);
            }
            elements.remove(at, name);
            for (auto child : change.children(name)) elements.append(at, child);
        }
    }
}

} // namespace huitong::fhir
