#include "patch/diff.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace huitong::patch {
namespace {

using fhir::Element;
using fhir::NodeIndex;
using fhir::TypedName;

/// Words of the language itself, which a path must quote. Source: FHIRPath 2.0, "Keywords".
constexpr std::array<std::string_view, 11> kKeywords = {"and", "as", "contains", "div", "implies", "in", "is", "mod", "or", "xor", "day"};

std::string step(std::string_view name) {
    const bool quoted = std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end();
    return quoted ? '`' + std::string(name) + '`' : std::string(name);
}

/// Name of an element in a path: that of a choice without its type.
std::string_view stem_of(const TypedName& type, std::string_view name) {
    if (!type.declared || !type.declared->is_choice) return name;
    return type.declared->name.substr(0, type.declared->name.size() - 3);
}

bool is_same(Element a, Element b);

/// Children of one name in order; the order among names says nothing.
bool has_same_children(Element a, Element b) {
    const auto count = [](Element of) { return std::distance(of.children().begin(), of.children().end()); };
    if (count(a) != count(b)) return false;
    for (const auto child : a.children()) {
        if (a.child(child.name()) != child) continue; // the first one of its name speaks for all
        auto left = a.children(child.name()).begin(), right = b.children(child.name()).begin();
        for (; left != fhir::ElementIterator() && right != fhir::ElementIterator(); ++left, ++right) {
            if (!is_same(*left, *right)) return false;
        }
        if (left != right) return false;
    }
    return true;
}

bool is_same(Element a, Element b) {
    return a.name() == b.name() && a.type() == b.type() && a.has_value() == b.has_value() && a.value() == b.value() &&
           has_same_children(a, b);
}

/// Writes operations into a Parameters resource.
class Operations {
public:
    explicit Operations(const fhir::Definitions& definitions) : definitions_(definitions), document_(std::make_shared<fhir::Document>()) {
        document_->set_root("Parameters");
        const auto parameter = definitions_.child(definitions_.type_root("Parameters"), "parameter");
        value_ = definitions_.child(parameter, "value").declared;
    }

    void replace(const std::string& path, Element value, const TypedName& type) {
        const auto operation = open("replace", path);
        add_value(operation, "value", value, type);
    }
    void add(const std::string& parent, std::string_view name, Element value, const TypedName& type) {
        const auto operation = open("add", parent);
        add_text(operation, "name", "valueString", name);
        add_value(operation, "value", value, type);
    }
    void insert(const std::string& list, std::size_t index, Element value, const TypedName& type) {
        const auto operation = open("insert", list);
        add_value(operation, "value", value, type);
        const auto part = add_part(operation, "index");
        const auto number = document_->add_child(part, "valueInteger", false);
        document_->set_value(number, fhir::ValueKind::number, document_->copy(std::to_string(index)));
    }
    void remove(const std::string& path) { open("delete", path); }

    fhir::DocumentPtr finish() { return std::move(document_); }

private:
    NodeIndex open(std::string_view type, const std::string& path) {
        const auto operation = document_->add_child(0, "parameter", true);
        document_->set_value(document_->add_child(operation, "name", false), fhir::ValueKind::text, "operation");
        add_text(operation, "type", "valueCode", type);
        add_text(operation, "path", "valueString", path);
        return operation;
    }
    NodeIndex add_part(NodeIndex parent, std::string_view name) {
        const auto part = document_->add_child(parent, "part", true);
        document_->set_value(document_->add_child(part, "name", false), fhir::ValueKind::text, document_->copy(name));
        return part;
    }
    void add_text(NodeIndex operation, std::string_view name, std::string_view kind, std::string_view text) {
        const auto part = add_part(operation, name);
        document_->set_value(document_->add_child(part, kind, false), fhir::ValueKind::text, document_->copy(text));
    }

    /// "valueHumanName"; "" when Parameters have no value of that type.
    std::string value_name(std::string_view type) const {
        if (type == "xhtml" || type == "System.String") type = "string";
        const bool fits =
            value_ && std::any_of(value_->types.begin(), value_->types.end(), [&](const auto& one) { return one.code == type; });
        if (!fits) return {};
        std::string out = "value" + std::string(type);
        out[5] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[5])));
        return out;
    }

    /// A part with the value in it, or with the value's own children as parts.
    void add_value(NodeIndex parent, std::string_view name, Element value, const TypedName& type) {
        const auto part = add_part(parent, name);
        if (value.is_resource()) {
            document_->graft(part, "resource", false, value);
            return;
        }
        if (const auto written = value_name(type.type); !written.empty()) {
            document_->graft(part, written, false, value);
            return;
        }
        for (const auto child : value.children()) {
            const auto of_child = definitions_.child(type, child.name());
            add_value(part, stem_of(of_child, child.name()), child, of_child);
        }
    }

    const fhir::Definitions& definitions_;
    fhir::DocumentPtr document_;
    const fhir::ElementDefinition* value_ = nullptr; ///< Parameters.parameter.value[x]
};

class Comparer {
public:
    explicit Comparer(const fhir::Definitions& definitions) : definitions_(definitions), operations_(definitions) {}

    void compare_children(Element from, Element to, const TypedName& type, const std::string& path) {
        // What is new comes before what goes: an element that is left without children would go too.
        std::vector<std::string> gone;
        for (const auto& name : names_of(from, to, type)) compare_list(from, to, type, name, path, gone);
        for (const auto& one : gone) operations_.remove(one);
    }
    fhir::DocumentPtr finish() { return operations_.finish(); }

private:
    std::vector<std::string> names_of(Element from, Element to, const TypedName& type) const {
        std::vector<std::string> out;
        for (const auto element : {from, to}) {
            for (const auto child : element.children()) {
                std::string name(stem_of(definitions_.child(type, child.name()), child.name()));
                if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
            }
        }
        return out;
    }
    std::vector<Element> list_of(Element parent, const TypedName& type, const std::string& name) const {
        std::vector<Element> out;
        for (const auto child : parent.children()) {
            const bool is_server_own = parent.name() == "meta" && (name == "versionId" || name == "lastUpdated");
            if (!is_server_own && stem_of(definitions_.child(type, child.name()), child.name()) == name) out.push_back(child);
        }
        return out;
    }

    void compare_list(Element from, Element to, const TypedName& type, const std::string& name, const std::string& path,
                      std::vector<std::string>& gone) {
        const auto before = list_of(from, type, name), after = list_of(to, type, name);
        if (before.empty() && after.empty()) return;
        const auto list = path + '.' + step(name);
        const bool is_array = definitions_.child(type, (before.empty() ? after : before).front().name()).is_array;
        std::size_t front = 0, back = 0;
        const auto common = std::min(before.size(), after.size());
        while (front < common && is_same(before[front], after[front])) ++front;
        while (back < common - front && is_same(before[before.size() - 1 - back], after[after.size() - 1 - back])) ++back;
        const auto changed = common - front - back;
        auto item = [&](std::size_t index) { return is_array ? list + '[' + std::to_string(index) + ']' : list; };
        for (auto index = front; index < front + changed; ++index) compare_item(before[index], after[index], type, item(index));
        for (auto index = front + changed; index + back < after.size(); ++index) {
            const auto of_child = definitions_.child(type, after[index].name());
            if (before.empty()) operations_.add(path, name, after[index], of_child);
            else operations_.insert(list, index, after[index], of_child);
        }
        for (auto index = before.size() - back; index > front + changed; --index) gone.push_back(item(index - 1));
    }

    void compare_item(Element from, Element to, const TypedName& parent, const std::string& path) {
        if (is_same(from, to)) return;
        const auto type = definitions_.child(parent, to.name());
        const bool is_primitive = from.has_value() || to.has_value() || from.node().companion_only || to.node().companion_only;
        if (from.name() != to.name() || is_primitive || from.is_resource() || to.is_resource() || !type.element)
            return operations_.replace(path, to, type);
        compare_children(from, to, type, path);
    }

    const fhir::Definitions& definitions_;
    Operations operations_;
};

} // namespace

fhir::DocumentPtr diff(const fhir::Definitions& definitions, Element from, Element to) {
    Comparer comparer(definitions);
    comparer.compare_children(from, to, definitions.type_root(to.type()), std::string(to.type()));
    return comparer.finish();
}

} // namespace huitong::patch
