#include "mapping/table_model.hpp"

#include "base/csv.hpp"
#include "base/decimal.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <set>

namespace huitong::mapping {
namespace {

/// A column with no more different cells than this, each said several times on the average, holds codes.
constexpr std::size_t kCodesMax = 30;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// 2026-11-17, 2026/11/17 08:01, 20261117, 20261117080130, 2026年11月17日.
bool looks_like_date(std::string_view cell) {
    const auto digits = std::count_if(cell.begin(), cell.end(), is_digit);
    if (digits < 5 || cell.size() < 8) return false;
    if (!cell.starts_with("19") && !cell.starts_with("20")) return false;
    const bool is_compact = digits == static_cast<std::ptrdiff_t>(cell.size()) && (digits == 8 || digits == 12 || digits == 14);
    return is_compact || cell.substr(4, 1) == "-" || cell.substr(4, 1) == "/" || cell.substr(4, 3) == "年";
}

std::string form_of(const std::vector<std::string_view>& cells) {
    if (cells.empty()) return {};
    const auto all = [&](auto&& is_it) { return std::all_of(cells.begin(), cells.end(), is_it); };
    if (all(looks_like_date)) return "date";
    // Numbers with a leading zero, or of many digits, are names of things.
    const auto is_number = [](std::string_view cell) {
        return cell.size() < 10 && Decimal::read(cell) && !(cell.size() > 1 && cell[0] == '0' && cell[1] != '.');
    };
    const std::set<std::string_view> different(cells.begin(), cells.end());
    if (different.size() <= kCodesMax && different.size() * 2 <= cells.size()) return "code (" + std::to_string(different.size()) + ")";
    return all(is_number) ? "number" : "text";
}

/// Words, quoted names, texts and signs of SQL; comments left out.
struct SqlToken {
    std::string text;
    bool is_text = false; ///< '…'
    std::string upper() const {
        std::string out = text;
        for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        return out;
    }
};

std::vector<SqlToken> sql_tokens(std::string_view script) {
    std::vector<SqlToken> out;
    const auto is_sign = [](char c) { return std::string_view("(),;.").find(c) != std::string_view::npos; };
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    for (std::size_t at = 0; at < script.size();) {
        const char c = script[at];
        if (is_space(c)) {
            ++at;
        } else if (script.substr(at, 2) == "--") {
            at = std::min(script.find('\n', at), script.size());
        } else if (script.substr(at, 2) == "/*") {
            const auto end = script.find("*/", at + 2);
            at = end == script.npos ? script.size() : end + 2;
        } else if (c == '\'' || c == '"' || c == '`' || c == '[') {
            const char close = c == '[' ? ']' : c;
            const auto end = std::min(script.find(close, at + 1), script.size());
            out.push_back({std::string(script.substr(at + 1, end - at - 1)), c == '\''});
            at = end + 1;
        } else if (is_sign(c)) {
            out.push_back({std::string(1, c), false});
            ++at;
        } else {
            const auto begin = at;
            while (at < script.size() && !is_space(script[at]) && !is_sign(script[at]) && script[at] != '\'') ++at;
            out.push_back({std::string(script.substr(begin, at - begin)), false});
        }
    }
    return out;
}

std::string form_of_sql_type(const std::string& type) {
    const auto has = [&](std::string_view piece) { return type.find(piece) != type.npos; };
    if (has("DATE") || has("TIME")) return "date";
    if (has("INT") || has("DEC") || has("NUM") || has("FLOAT") || has("DOUBLE") || has("REAL")) return "number";
    return "text";
}

/// One definition between the commas of CREATE TABLE; constraints of the table are no columns.
void add_column(const std::vector<SqlToken>& tokens, std::size_t begin, std::size_t end, TableModel& out) {
    static const std::set<std::string> kNoColumns = {"PRIMARY", "CONSTRAINT", "UNIQUE", "FOREIGN", "CHECK", "KEY", "INDEX"};
    if (end - begin < 2 || kNoColumns.contains(tokens[begin].upper())) return;
    TableColumn column;
    column.name = tokens[begin].text;
    column.form = form_of_sql_type(tokens[begin + 1].upper());
    for (auto at = begin + 2; at + 1 < end; ++at) {
        const auto word = tokens[at].upper();
        const auto next = tokens[at + 1].upper();
        if ((word == "NOT" && next == "NULL") || (word == "PRIMARY" && next == "KEY")) column.is_required = true;
        if (word == "COMMENT" && tokens[at + 1].is_text) column.words = tokens[at + 1].text;
    }
    out.columns.push_back(std::move(column));
}

/// COMMENT ON COLUMN table.column IS '…'
void add_comments(const std::vector<SqlToken>& tokens, TableModel& out) {
    for (std::size_t at = 0; at + 5 < tokens.size(); ++at) {
        if (tokens[at].upper() != "COMMENT" || tokens[at + 2].upper() != "COLUMN") continue;
        auto name = at + 3;
        while (name + 2 < tokens.size() && tokens[name + 1].text == ".") name += 2;
        if (name + 2 >= tokens.size() || !tokens[name + 2].is_text) continue;
        for (auto& column : out.columns) {
            if (column.name == tokens[name].text) column.words = tokens[name + 2].text;
        }
    }
}

void write_element(JsonWriter& json, const std::string& path, std::string_view minimum, std::string_view maximum, std::string_view words) {
    json.object().member("id", path).member("path", path).member_if("short", words);
    json.key("min").raw(minimum).member("max", maximum);
    json.object("base").member("path", path).key("min").raw(minimum).member("max", maximum).end_object();
    if (path.find('.') != path.npos) json.array("type").object().member("code", "string").end_object().end_array();
    json.end_object();
}

} // namespace

Parsed<TableModel> model_of_table(std::string_view text, char separator) {
    Parsed<TableModel> out;
    auto table = read_csv_table(text, separator);
    out.issues = std::move(table.issues);
    std::set<std::string_view> seen;
    for (std::size_t index = 0; index < table.value.header.size(); ++index) {
        TableColumn column;
        column.name = table.value.header[index];
        if (column.name.empty()) continue;
        if (!seen.insert(table.value.header[index]).second)
            out.issues.add(error(IssueCode::duplicate, "", "table-column-twice", {column.name}));
        std::vector<std::string_view> cells;
        for (const auto& row : table.value.rows) {
            if (index < row.cells.size() && !row.cells[index].empty()) cells.push_back(row.cells[index]);
        }
        column.form = form_of(cells);
        out.value.columns.push_back(std::move(column));
    }
    return out;
}

Parsed<TableModel> model_of_ddl(std::string_view script) {
    Parsed<TableModel> out;
    const auto tokens = sql_tokens(script);
    std::size_t at = 0;
    while (at + 1 < tokens.size() && !(tokens[at].upper() == "CREATE" && tokens[at + 1].upper() == "TABLE")) ++at;
    while (at < tokens.size() && tokens[at].text != "(") {
        if (tokens[at].text != ".") out.value.title = tokens[at].text;
        ++at;
    }
    if (at >= tokens.size()) {
        out.issues.add(error(IssueCode::invalid, "", "table-no-ddl"));
        return out;
    }
    int depth = 1;
    auto begin = ++at;
    for (; at < tokens.size() && depth > 0; ++at) {
        const auto& sign = tokens[at].text;
        if (!tokens[at].is_text && sign == "(") ++depth;
        if (!tokens[at].is_text && sign == ")") --depth;
        if (depth > 1 || (depth == 1 && (tokens[at].is_text || sign != ","))) continue;
        add_column(tokens, begin, at, out.value);
        begin = at + 1;
    }
    add_comments(tokens, out.value);
    return out;
}

std::string write_table_model(const TableModel& model, std::string_view base) {
    const auto url = std::string(base) + "/StructureDefinition/" + model.name;
    JsonWriter json;
    json.object().member("resourceType", "StructureDefinition").member("id", model.name).member("url", url);
    json.member("version", "0.1.0").member("name", model.name).member_if("title", model.title).member("status", "draft");
    json.member("fhirVersion", "4.0.1").member("kind", "logical").flag("abstract", false).member("type", url);
    json.member("baseDefinition", "http://hl7.org/fhir/StructureDefinition/Element").member("derivation", "specialization");
    json.object("snapshot").array("element");
    write_element(json, model.name, "0", "*", model.title);
    write_element(json, model.name + "._table", "0", "1", "the table's name");
    write_element(json, model.name + "._line", "0", "1", "line in the file");
    for (const auto& column : model.columns)
        write_element(json, model.name + "." + column.name, column.is_required ? "1" : "0", "1", column.words);
    json.end_array().end_object().end_object();
    return json.take() + "\n";
}

std::string write_skeleton_sheet(const TableModel& model, std::string_view base) {
    const auto name = model.name + "Map";
    std::string out = "# url: " + std::string(base) + "/StructureMap/" + name + "\n# title: " + model.title +
                      "\n# source: " + std::string(base) + "/StructureDefinition/" + model.name +
                      "\n# about: \nsource,target,condition,code_map,note\n";
    for (const auto& column : model.columns) {
        auto note = column.form;
        if (!column.words.empty()) note += (note.empty() ? "" : "; ") + column.words;
        out += csv_cell(column.name) + ",,,," + csv_cell(note) + "\n";
    }
    return out;
}

} // namespace huitong::mapping
