/// FHIRPath Patch. Source: FHIR R4, FHIRPath Patch.
#include "fhirpath/fhirpath.hpp"
#include "patch/patch.hpp"
#include "patch/tree_edit.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace huitong::patch {
namespace {

using fhir::kNoNode;
using fhir::NodeIndex;

struct Operation {
    std::string type, path, name, where;
    std::optional<std::size_t> index, source, destination;
    fhir::Element value; ///< the part named "value"
};

std::string_view value_text(fhir::Element part) {
    for (const auto child : part.children()) {
        if (child.name().starts_with("value")) return child.value();
    }
    return {};
}

std::optional<std::size_t> number_of(std::string_view text) {
    std::size_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return out;
}

Operation read_operation(fhir::Element parameter, std::size_t place) {
    Operation out;
    out.where = "Parameters.parameter[" + std::to_string(place) + "]";
    for (const auto part : parameter.children("part")) {
        const auto name = part.text("name");
        const auto text = value_text(part);
        if (name == "type") out.type = text;
        else if (name == "path") out.path = text;
        else if (name == "name") out.name = text;
        else if (name == "index") out.index = number_of(text);
        else if (name == "source") out.source = number_of(text);
        else if (name == "destination") out.destination = number_of(text);
        else if (name == "value") out.value = part;
    }
    return out;
}

class Patcher {
public:
    Patcher(const Tree& tree, const Limits& limits) : tree_(tree), document_(tree.document), limits_(limits) {}

    Outcome run(const Operation& operation) {
        if (operation.path.empty()) return bad_form(operation, "path");
        if (operation.type == "add") return add(operation);
        if (operation.type == "insert") return insert(operation);
        if (operation.type == "delete") return remove(operation);
        if (operation.type == "replace") return replace(operation);
        if (operation.type == "move") return move(operation);
        return bad_form(operation, "type");
    }

private:
    static Outcome bad_form(const Operation& operation, std::string part) {
        return error(IssueCode::invalid, operation.where, "patch-form", {std::move(part)});
    }
    static Outcome no_place(const Operation& operation) { return error(IssueCode::processing, operation.where, "patch-path"); }

    /// Steps from the root to an element, as JSON nests them.
    std::size_t depth_of(NodeIndex node) const {
        std::size_t out = 1;
        for (auto at = node; at != 0 && at != kNoNode; at = document_.node(at).parent) out += document_.node(at).in_array ? 2 : 1;
        return out;
    }
    /// Of what is below an element; values come from a reader that bounds it.
    std::size_t height_of(fhir::Element element) const {
        std::size_t out = 0;
        for (const auto child : element.children())
            out = std::max(out, height_of(child) + (document_.node(child.index()).in_array ? 2 : 1));
        return out;
    }
    /// Each operation may build below what the one before made.
    Outcome check_depth(const Operation& operation, NodeIndex made) const {
        if (depth_of(made) + height_of(document_.element(made)) <= limits_.json_depth_max) return {};
        return error(IssueCode::too_costly, operation.where, "patch-size-max");
    }

    /// Elements of the document that the path selects.
    Result<std::vector<NodeIndex>> select(const Operation& operation, std::string_view path) const {
        const auto expression = fhirpath::Expression::parse(path);
        if (!expression) return expression.error();
        fhirpath::EvaluationContext context;
        context.definitions = &tree_.definitions;
        const auto found = expression->evaluate(context, document_.root());
        if (!found) return found.error();
        std::vector<NodeIndex> out;
        for (const auto& item : *found) {
            if (!item.is_element() || &item.element().document() != &document_) return no_place(operation);
            out.push_back(item.element().index());
        }
        return out;
    }

    /// The one element that the path selects; kNoNode: none, where that is allowed.
    Result<NodeIndex> select_one(const Operation& operation, bool may_be_none = false) const {
        auto found = select(operation, operation.path);
        if (!found) return found.error();
        if (found->size() > 1 || (found->empty() && !may_be_none)) return no_place(operation);
        return found->empty() ? kNoNode : found->front();
    }

    Outcome add(const Operation& operation) {
        if (operation.name.empty()) return bad_form(operation, "name");
        if (!operation.value) return bad_form(operation, "value");
        const auto parent = select_one(operation);
        if (!parent) return parent.error();
        const auto name = child_name(tree_, *parent, operation.name, operation.value);
        if (name.empty()) return error(IssueCode::structure, operation.where, "patch-element", {operation.name});
        const auto type = tree_.definitions.child(tree_.type_of(*parent), name);
        const auto last = last_of(document_, *parent, name);
        if (last != kNoNode && !type.is_array) return error(IssueCode::duplicate, operation.where, "patch-exists", {operation.name});
        auto made = make_child(tree_, *parent, operation.name, operation.value, operation.where);
        if (!made) return made.error();
        if (last != kNoNode) place_behind(document_, *made, last);
        return check_depth(operation, *made);
    }

    Outcome insert(const Operation& operation) {
        if (!operation.index) return bad_form(operation, "index");
        if (!operation.value) return bad_form(operation, "value");
        auto list = select(operation, operation.path);
        if (!list) return list.error();
        if (list->empty()) return insert_first(operation);
        if (*operation.index > list->size() || !is_list(*list)) return no_place(operation);
        const auto& first = document_.node(list->front());
        auto made = make_child(tree_, first.parent, std::string(first.name), operation.value, operation.where);
        if (!made) return made.error();
        place_behind(document_, *made, *operation.index == 0 ? before(list->front()) : (*list)[*operation.index - 1]);
        return check_depth(operation, *made);
    }

    /// An insert into a list that has no item yet: the list's parent is what stands before the last step of the path.
    Outcome insert_first(const Operation& operation) {
        const auto dot = operation.path.rfind('.');
        if (*operation.index != 0 || dot == operation.path.npos) return no_place(operation);
        Operation outer = operation;
        outer.path = operation.path.substr(0, dot);
        outer.name = operation.path.substr(dot + 1);
        return add(outer);
    }

    Outcome remove(const Operation& operation) {
        const auto found = select_one(operation, true);
        if (!found) return found.error();
        if (*found == 0) return no_place(operation);
        if (*found != kNoNode) remove_element(document_, *found);
        return {};
    }

    Outcome replace(const Operation& operation) {
        if (!operation.value) return bad_form(operation, "value");
        const auto found = select_one(operation);
        if (!found) return found.error();
        if (*found == 0) return no_place(operation);
        const auto parent = document_.node(*found).parent;
        const auto* declared = tree_.definitions.child(tree_.type_of(parent), document_.node(*found).name).declared;
        std::string name(document_.node(*found).name);
        if (declared && declared->is_choice) name = declared->name.substr(0, declared->name.size() - 3);
        auto made = make_child(tree_, parent, name, operation.value, operation.where);
        if (!made) return made.error();
        document_.node(*made).in_array = document_.node(*found).in_array;
        place_behind(document_, *made, *found);
        document_.remove_child(parent, *found);
        return check_depth(operation, *made);
    }

    Outcome move(const Operation& operation) {
        if (!operation.source) return bad_form(operation, "source");
        if (!operation.destination) return bad_form(operation, "destination");
        const auto found = select(operation, operation.path);
        if (!found) return found.error();
        auto list = *found;
        const auto source = *operation.source;
        const auto destination = *operation.destination;
        if (source >= list.size() || destination >= list.size() || !is_list(list)) return no_place(operation);
        const auto anchor = before(list.front());
        const auto moved = list[source];
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(source));
        // The item that stood first may be the one that leaves: its place is then behind what stood before the list.
        place_behind(document_, moved, destination == 0 ? anchor : list[destination - 1]);
        return {};
    }

    /// All of one name below one parent.
    bool is_list(const std::vector<NodeIndex>& nodes) const {
        const auto& first = document_.node(nodes.front());
        for (const auto index : nodes) {
            const auto& node = document_.node(index);
            if (index == 0 || node.parent != first.parent || node.name != first.name) return false;
        }
        return true;
    }

    /// The sibling before a node; kNoNode: it is the first.
    NodeIndex before(NodeIndex node) const {
        auto out = kNoNode;
        for (const auto child : document_.element(document_.node(node).parent).children()) {
            if (child.index() == node) break;
            out = child.index();
        }
        return out;
    }

    const Tree& tree_;
    fhir::Document& document_;
    const Limits& limits_;
};

} // namespace

Outcome patch_tree(fhir::Document& document, const fhir::Definitions& definitions, fhir::Element parameters, const Limits& limits) {
    if (parameters.type() != "Parameters" || parameters.children("parameter").empty())
        return error(IssueCode::invalid, "Parameters", "patch-form", {"parameter"});
    const Tree tree{document, definitions};
    Patcher patcher(tree, limits);
    // Each operation has a budget of its own; all together have the time of a search.
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.search_ms_max);
    std::size_t place = 0;
    for (const auto parameter : parameters.children("parameter")) {
        if (place == kOperationsMax) return error(IssueCode::too_costly, "Parameters", "patch-size-max");
        const auto operation = read_operation(parameter, place++);
        if (std::chrono::steady_clock::now() > end)
            return error(IssueCode::too_costly, operation.where, "patch-time-max", {std::to_string(limits.search_ms_max)});
        if (parameter.text("name") != "operation") return error(IssueCode::invalid, operation.where, "patch-form", {"name"});
        if (auto issues = patcher.run(operation); issues.has_errors()) return issues;
    }
    return {};
}

} // namespace huitong::patch
