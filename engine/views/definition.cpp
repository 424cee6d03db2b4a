#include "views/selection.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::views {
namespace {

constexpr int kDepthMax = 32; ///< nested selects

/// Reads the members of a view; the first fault ends the reading.
class Reader {
public:
    explicit Reader(std::map<std::string, fhirpath::Collection, std::less<>>& constants) : constants_(constants) {}

    Outcome issues;

    void constants(fhir::Element view) {
        for (auto constant : view.children("constant")) {
            const auto name = constant.text("name");
            const auto value = std::find_if(constant.children().begin(), constant.children().end(),
                                            [](fhir::Element child) { return child.name().starts_with("value"); });
            if (name.empty() || value == fhir::ElementIterator()) {
                fail(constant, "view-constant", {std::string(name)});
                return;
            }
            auto type = std::string((*value).name().substr(5));
            if (!type.empty()) type.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(type.front())));
            constants_[std::string(name)] = {typed(*value, type)};
        }
    }

    std::optional<fhirpath::Expression> expression(fhir::Element member) {
        if (!member.has_value() || member.kind() != fhir::ValueKind::text || member.value().empty()) {
            fail(member, "view-member", {std::string(member.name())});
            return std::nullopt;
        }
        auto parsed = fhirpath::Expression::parse(member.value());
        if (!parsed) {
            fail(member, "view-expression", {std::string(member.value())});
            return std::nullopt;
        }
        for (const auto& name : parsed->variables()) {
            if (!is_known(name)) fail(member, "view-variable-unknown", {name});
        }
        return std::move(*parsed);
    }

    Selection selection(fhir::Element select) {
        Selection out;
        if (++depth_ > kDepthMax) {
            fail(select, "view-member", {"select"});
            return out;
        }
        for (auto member : select.children()) {
            const auto name = member.name();
            if (name == "forEach" || name == "forEachOrNull") {
                if (out.for_each) fail(member, "view-member", {std::string(name)});
                out.for_each = expression(member);
                out.keeps_empty = name == "forEachOrNull";
            } else if (name == "repeat") {
                if (auto path = expression(member)) out.repeat.push_back(std::move(*path));
            } else if (name == "column") {
                column(member, out);
            }
            if (issues.has_errors()) return out;
        }
        if (out.for_each && !out.repeat.empty()) fail(select, "view-member", {"repeat"});
        for (auto nested : select.children("select")) out.selects.push_back(selection(nested));
        for (auto nested : select.children("unionAll")) out.unions.push_back(selection(nested));
        --depth_;
        finish(select, out);
        return out;
    }

    void fail(fhir::Element where, std::string rule, std::vector<std::string> arguments) {
        if (!issues.has_errors()) issues.add(error(IssueCode::invalid, where.path(), std::move(rule), std::move(arguments)));
    }

private:
    static fhirpath::Item typed(fhir::Element value, const std::string& type) {
        fhirpath::Item out;
        out.value = value;
        out.type.type = kept_type(type);
        return out;
    }
    /// Type names of constants as literals, for they outlive the reading.
    static std::string_view kept_type(const std::string& type) {
        static constexpr std::string_view kTypes[] = {"base64Binary", "boolean", "canonical", "code",        "date", "dateTime",
                                                      "decimal",      "id",      "instant",   "integer",     "oid",  "string",
                                                      "positiveInt",  "time",    "uri",       "unsignedInt", "url",  "uuid"};
        const auto found = std::find(std::begin(kTypes), std::end(kTypes), type);
        return found == std::end(kTypes) ? std::string_view() : *found;
    }

    bool is_known(const std::string& name) const {
        static constexpr std::string_view kGiven[] = {"context", "resource", "rootResource", "ucum", "sct", "loinc", "rowIndex"};
        return constants_.contains(name) || name.starts_with("vs-") || name.starts_with("ext-") ||
               std::find(std::begin(kGiven), std::end(kGiven), name) != std::end(kGiven);
    }

    static bool is_column_name(std::string_view name) {
        const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
        return !name.empty() && std::isalpha(static_cast<unsigned char>(name.front())) && std::all_of(name.begin(), name.end(), word);
    }

    void column(fhir::Element member, Selection& out) {
        const auto name = member.text("name");
        if (!is_column_name(name)) return fail(member, "view-column-name", {std::string(name)});
        if (!member.child("path")) return fail(member, "view-member", {"path"});
        auto path = expression(member.child("path"));
        if (!path) return;
        out.columns.push_back(
            {{std::string(name), std::string(member.text("type")), member.text("collection") == "true"}, std::move(*path)});
    }

    static void names(const Selection& selection, std::vector<std::string_view>& out) {
        for (const auto& column : selection.columns) out.push_back(column.column.name);
        for (const auto& nested : selection.selects) names(nested, out);
        if (!selection.unions.empty()) names(selection.unions.front(), out);
    }

    void finish(fhir::Element select, Selection& out) {
        out.width = out.columns.size();
        for (const auto& nested : out.selects) out.width += nested.width;
        if (out.unions.empty()) return;
        out.width += out.unions.front().width;
        std::vector<std::string_view> first;
        names(out.unions.front(), first);
        for (const auto& branch : out.unions) {
            std::vector<std::string_view> other;
            names(branch, other);
            if (other != first) fail(select, "view-union-columns", {});
        }
    }

    std::map<std::string, fhirpath::Collection, std::less<>>& constants_;
    int depth_ = 0;
};

void collect_columns(const Selection& selection, std::vector<Column>& out) {
    for (const auto& column : selection.columns) out.push_back(column.column);
    for (const auto& nested : selection.selects) collect_columns(nested, out);
    if (!selection.unions.empty()) collect_columns(selection.unions.front(), out);
}

} // namespace

View::View(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
View::View(View&&) noexcept = default;
View& View::operator=(View&&) noexcept = default;
View::~View() = default;

const std::string& View::resource_type() const { return compiled_->resource_type; }
const std::vector<Column>& View::columns() const { return compiled_->columns; }

Result<View> View::read(std::shared_ptr<const fhir::Definitions> definitions, fhir::Element definition) {
    auto compiled = std::make_unique<Compiled>();
    compiled->definitions = std::move(definitions);
    compiled->resource_type = definition.text("resource");
    // Constants stand in the definition's text: the view keeps a copy of it.
    auto kept = std::make_shared<fhir::Document>();
    kept->set_root(kept->intern("ViewDefinition"));
    for (auto child : definition.children()) kept->graft(0, child.name(), child.node().in_array, child);
    const auto view = kept->root();
    Reader reader(compiled->constants);
    if (!compiled->definitions->is_resource_type(compiled->resource_type)) reader.fail(view, "view-member", {"resource"});
    if (view.children("select").empty()) reader.fail(view, "view-member", {"select"});
    reader.constants(view);
    for (auto& [name, value] : compiled->constants) value.front().keep = kept;
    for (auto where : view.children("where")) {
        if (!where.child("path")) reader.fail(where, "view-member", {"path"});
        else if (auto path = reader.expression(where.child("path"))) compiled->where.push_back(std::move(*path));
    }
    for (auto select : view.children("select")) compiled->root.selects.push_back(reader.selection(select));
    if (reader.issues.has_errors()) return std::move(reader.issues);
    collect_columns(compiled->root, compiled->columns);
    compiled->root.width = compiled->columns.size();
    std::vector<std::string_view> names;
    for (const auto& column : compiled->columns) {
        if (std::find(names.begin(), names.end(), column.name) != names.end())
            return Outcome{error(IssueCode::duplicate, "select", "view-column-twice", {column.name})};
        names.push_back(column.name);
    }
    return View(std::move(compiled));
}

} // namespace huitong::views
