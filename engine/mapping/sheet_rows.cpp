#include "mapping/sheet_rows.hpp"

#include "base/csv.hpp"
#include "mapping/linked.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

class SheetReader {
public:
    SheetReader(const std::string& file, const fhir::Definitions& definitions) : file_(file), definitions_(definitions) {}

    Parsed<Sheet> read(std::string_view text) {
        const auto table = read_csv_table(text);
        issues_ = table.issues;
        read_head(table.value.comments);
        for (const auto& row : table.value.rows) read_row(table.value, row);
        for (auto& resource : sheet_.resources) {
            resource.is_about = std::find(about_.begin(), about_.end(), resource.type) != about_.end();
            if (resource.number.source.empty()) complain("sheet-identifier", {resource.type}, 0);
        }
        for (const auto& type : about_) {
            if (!sheet_.find(type)) complain("sheet-head", {"about"}, 0);
        }
        return {std::move(sheet_), std::move(issues_)};
    }

private:
    void complain(std::string rule, std::vector<std::string> arguments, std::uint32_t line) {
        auto issue = error(IssueCode::invalid, "", std::move(rule), std::move(arguments));
        issue.position = TextPosition{file_, line, 1};
        issues_.add(std::move(issue));
    }

    void read_head(const std::vector<std::string>& comments) {
        for (const std::string_view comment : comments) {
            const auto colon = comment.find(':');
            if (colon == comment.npos) continue;
            const auto key = trimmed(comment.substr(0, colon));
            const auto value = trimmed(comment.substr(colon + 1));
            if (key == "url") sheet_.url = value;
            else if (key == "title") sheet_.title = value;
            else if (key == "source") sheet_.source = value;
            else if (key == "about") read_about(value);
        }
        if (sheet_.url.empty()) complain("sheet-head", {"url"}, 1);
        if (sheet_.source.empty()) complain("sheet-head", {"source"}, 1);
        if (about_.empty()) complain("sheet-head", {"about"}, 1);
        sheet_.name = sheet_.url.substr(sheet_.url.find_last_of('/') + 1);
        const auto* model = definitions_.find_structure(sheet_.source);
        if (!sheet_.source.empty() && !model) return complain("fml-unknown-structure", {sheet_.source}, 1);
        if (!model) return;
        for (const auto index : model->root().children) columns_.push_back(model->elements[index].name);
    }

    void read_about(std::string_view list) {
        while (!list.empty()) {
            const auto comma = std::min(list.find(','), list.size());
            if (const auto type = trimmed(list.substr(0, comma)); !type.empty()) about_.emplace_back(type);
            list.remove_prefix(std::min(comma + 1, list.size()));
        }
    }

    void read_row(const CsvTable& table, const CsvRow& cells) {
        const auto target = trimmed(table.cell(cells, "target"));
        if (target.empty()) return; // not mapped yet; `map coverage` tells
        SheetRow row;
        row.source = trimmed(table.cell(cells, "source"));
        row.condition = trimmed(table.cell(cells, "condition"));
        row.code_map = trimmed(table.cell(cells, "code_map"));
        row.line = cells.line;
        const bool is_column = !row.is_text() && !row.is_expression();
        if (is_column && !columns_.empty() && std::find(columns_.begin(), columns_.end(), row.source) == columns_.end())
            return complain("sheet-column", {row.source, nearest_name(row.source, columns_)}, row.line);
        const auto dot = target.find('.');
        if (dot == target.npos) return complain("sheet-target", {std::string(target)}, row.line);
        const auto type = target.substr(0, dot);
        if (target == "Bundle.timestamp") sheet_.time = std::move(row);
        else if (!definitions_.is_resource_type(type)) complain("fml-unknown-type", {std::string(type)}, row.line);
        else if (target.substr(dot + 1) == "identifier") resource(type).number = std::move(row);
        else place(resource(type), target.substr(dot + 1), std::move(row));
    }

    SheetResource& resource(std::string_view type) {
        for (auto& one : sheet_.resources) {
            if (one.type == type) return one;
        }
        auto& out = sheet_.resources.emplace_back();
        out.type = type;
        out.root.type = definitions_.type_root(type);
        return out;
    }

    void place(SheetResource& resource, std::string_view path, SheetRow row) {
        auto* node = &resource.root;
        while (!path.empty()) {
            auto step = path.substr(0, path.find('.'));
            path.remove_prefix(std::min(step.size() + 1, path.size()));
            const auto bracket = step.find('[');
            const auto name = step.substr(0, bracket);
            const auto label = bracket == step.npos ? std::string_view() : step.substr(bracket + 1, step.size() - bracket - 2);
            auto type = definitions_.child(node->type, name);
            // Of a choice, what is below means the quantity that it may be.
            const bool is_choice = node->type.declared && node->type.declared->is_choice;
            if (!type.declared && is_choice) type = definitions_.child(definitions_.type_root("Quantity"), name);
            if (!type.declared) return unknown_element(node->type, name, row.line);
            auto found = std::find_if(node->below.begin(), node->below.end(),
                                      [&](const auto& one) { return one.element == name && one.label == label; });
            if (found == node->below.end())
                found = node->below.insert(found, SheetNode{std::string(name), std::string(label), type, std::nullopt, {}});
            node = &*found;
        }
        if (node->type.type == "Reference") return complain("sheet-link", {node->element}, row.line);
        if (node->row) return complain("sheet-target", {node->element}, row.line);
        node->row = std::move(row);
    }

    void unknown_element(const fhir::TypedName& parent, std::string_view name, std::uint32_t line) {
        std::vector<std::string_view> names;
        const auto root = parent.element && !parent.element->children.empty() ? parent : definitions_.type_root(parent.type);
        if (root.element) {
            for (const auto index : root.element->children) names.push_back(root.structure->elements[index].name);
        }
        complain("fml-unknown-element", {std::string(name), std::string(parent.type), nearest_name(name, names)}, line);
    }

    const std::string& file_;
    const fhir::Definitions& definitions_;
    Sheet sheet_;
    Outcome issues_;
    std::vector<std::string> about_;
    std::vector<std::string_view> columns_; ///< of the source model
};

} // namespace

const SheetNode* SheetNode::find(std::string_view name) const {
    const auto found = std::find_if(below.begin(), below.end(), [&](const auto& one) { return one.element == name; });
    return found == below.end() ? nullptr : &*found;
}

const SheetResource* Sheet::find(std::string_view type) const {
    const auto found = std::find_if(resources.begin(), resources.end(), [&](const auto& one) { return one.type == type; });
    return found == resources.end() ? nullptr : &*found;
}

Parsed<Sheet> read_sheet(std::string_view text, const std::string& file, const fhir::Definitions& definitions) {
    return SheetReader(file, definitions).read(text);
}

} // namespace huitong::mapping
