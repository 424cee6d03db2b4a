#include "adapters/tabular/table_file.hpp"

#include "base/charset.hpp"
#include "base/csv.hpp"
#include "fhir/workbook.hpp"

#include <algorithm>

namespace huitong::adapters::tabular {
namespace {

constexpr std::string_view kMediaType = "text/csv;row", kOfWorkbook = ";workbook"; ///< a workbook has commas, whatever the feed says
constexpr std::string_view kTableMark = "#table ";

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> read_list(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto piece = trimmed(text.substr(0, comma));
        if (!piece.empty()) out.emplace_back(piece);
        text = comma == text.npos ? std::string_view() : text.substr(comma + 1);
    }
    return out;
}

/// The separator that the header line has most of; a comma when it has none.
char found_separator(std::string_view header) {
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char candidate : {',', '\t', ';', '|'}) {
        const auto count = std::count(header.begin(), header.end(), candidate);
        if (count > most) {
            most = count;
            best = candidate;
        }
    }
    return best;
}

/// First line that is neither blank nor a comment.
std::string_view header_line(std::string_view text) {
    while (!text.empty()) {
        const auto end = text.find_first_of("\r\n");
        const auto line = text.substr(0, end);
        if (!trimmed(line).empty() && !line.starts_with('#')) return line;
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return {};
}

Parsed<std::string> decode_file(std::string_view bytes, const std::string& setting) {
    const auto configured = setting.empty() || setting == "auto" ? std::nullopt : read_charset(setting);
    auto charset = configured.value_or(guess_charset(bytes));
    Outcome issues;
    if (configured == Charset::utf8 && !is_utf8(bytes) && to_utf8(bytes, Charset::gb18030).issues.empty()) {
        charset = Charset::gb18030;
        issues.add(warning(IssueCode::value, "", "table-charset-mismatch", {"UTF-8", "GB18030"}));
    }
    auto out = to_utf8(bytes, charset);
    if (out.value.starts_with("\xEF\xBB\xBF")) out.value.erase(0, 3);
    issues.add(std::move(out.issues));
    out.issues = std::move(issues);
    return out;
}

/// A table that is being cut into rows; shared by the calls of Contents::message.
struct TableFile {
    std::string text;
    std::string name;
    std::string header;
    CsvTable table;
    std::vector<std::size_t> key_columns, patient_columns;
    bool is_workbook = false;
};

std::vector<std::size_t> find_columns(const CsvTable& table, const std::vector<std::string>& names, Outcome& issues) {
    std::vector<std::size_t> out;
    for (const auto& name : names) {
        const auto index = table.column(name);
        if (index == std::string::npos) issues.add(error(IssueCode::required, "", "table-column-missing", {name}));
        out.push_back(index);
    }
    return out;
}

std::string_view cell_at(const CsvRow& row, std::size_t column) {
    return column < row.cells.size() ? trimmed(row.cells[column]) : std::string_view();
}

feeds::RawMessage row_message(const TableFile& file, const CsvRow& row, const TableRules& rules, Instant received_at) {
    feeds::RawMessage out;
    out.source = rules.source;
    out.media_type =
        std::string(kMediaType) + std::string(file.is_workbook ? kOfWorkbook : std::string_view()) + ";line=" + std::to_string(row.line);
    out.bytes.append(kTableMark).append(file.name).append("\n").append(file.header).append("\n");
    out.bytes.append(file.text, row.source.begin, row.source.end - row.source.begin).append("\n");
    out.received_at = received_at;
    out.charset = "UTF-8";
    out.sender = file.name;
    if (!file.key_columns.empty()) out.control_id = file.name; // a row that nothing names is known by its content
    for (std::size_t at = 0; at < file.key_columns.size(); ++at) {
        const auto value = cell_at(row, file.key_columns[at]);
        if (value.empty())
            out.front_check.add(error(IssueCode::required, rules.key_columns[at], "table-key-missing", {rules.key_columns[at]}));
        out.control_id.append(at == 0 ? ":" : "|").append(value);
    }
    for (const auto column : file.patient_columns) {
        const std::string value(cell_at(row, column));
        if (!value.empty() && std::find(out.order_keys.begin(), out.order_keys.end(), value) == out.order_keys.end())
            out.order_keys.push_back(value);
    }
    if (row.cells.size() > file.table.header.size()) {
        out.front_check.add(
            error(IssueCode::structure, "", "csv-columns", {std::to_string(row.cells.size()), std::to_string(file.table.header.size())}));
    }
    return out;
}

/// Byte ranges of the cells of one row, quotes included.
std::vector<Span> cell_spans(std::string_view text, Span row, char separator) {
    std::vector<Span> out;
    for (auto at = row.begin;;) {
        const auto begin = at;
        if (at < row.end && text[at] == '"') {
            for (++at; at < row.end && !(text[at] == '"' && (at + 1 >= row.end || text[at + 1] != '"')); ++at) {
                if (text[at] == '"') ++at;
            }
        }
        while (at < row.end && text[at] != separator) ++at;
        out.push_back({begin, at});
        if (at >= row.end) return out;
        ++at;
    }
}

void add_value(fhir::Document& document, std::string_view name, std::string_view value, Span source) {
    const auto node = document.add_child(0, name, false);
    document.set_value(node, fhir::ValueKind::text, value);
    document.node(node).source = source;
}

} // namespace

TableRules read_table_rules(const feeds::FeedSettings& settings) {
    TableRules out;
    out.source = settings.name;
    out.charset = settings.setting("charset", "auto");
    const auto separator = settings.setting("separator", "auto");
    if (separator == "tab" || separator == "\\t") out.separator = '\t';
    else if (separator.size() == 1) out.separator = separator.front();
    out.table = settings.setting("table");
    out.key_columns = read_list(settings.setting("key_columns"));
    out.patient_columns = read_list(settings.setting("patient_column"));
    return out;
}

drop::Contents split_table(drop::DropFile file, const TableRules& rules, Instant received_at) {
    drop::Contents out;
    const bool is_workbook = fhir::is_workbook(file.bytes);
    auto decoded = is_workbook ? fhir::read_workbook(file.bytes, file.name) : decode_file(file.bytes, rules.charset);
    out.issues = std::move(decoded.issues);
    auto parts = std::make_shared<TableFile>();
    parts->text = std::move(decoded.value);
    parts->is_workbook = is_workbook;
    parts->name = rules.table.empty() ? file.stem : rules.table;
    parts->header = header_line(parts->text);
    const char separator = is_workbook ? ',' : rules.separator == '\0' ? found_separator(parts->header) : rules.separator;
    auto table = read_csv_table(parts->text, separator);
    parts->table = std::move(table.value);
    for (auto& issue : table.issues.issues()) {
        if (issue.rule != "csv-columns") out.issues.add(std::move(issue)); // of one row: told in its front check
    }
    parts->key_columns = find_columns(parts->table, rules.key_columns, out.issues);
    parts->patient_columns = find_columns(parts->table, rules.patient_columns, out.issues);
    if (out.issues.has_errors()) return out;
    out.count = parts->table.rows.size();
    out.message = [parts, rules, received_at](std::size_t number) {
        return row_message(*parts, parts->table.rows[number], rules, received_at);
    };
    return out;
}

Parsed<fhir::DocumentPtr> read_row(const feeds::RawMessage& message, const TableRules& rules) {
    Parsed<fhir::DocumentPtr> out;
    out.value = std::make_shared<fhir::Document>();
    auto& document = *out.value;
    const auto text = document.keep(message.bytes);
    document.set_text(text);
    document.set_root("Row");
    const bool is_workbook = message.media_type.find(kOfWorkbook) != std::string::npos;
    const char separator = is_workbook ? ',' : rules.separator == '\0' ? found_separator(header_line(text)) : rules.separator;
    auto table = read_csv_table(text, separator);
    out.issues = std::move(table.issues);
    if (table.value.rows.empty()) {
        out.issues.add(error(IssueCode::structure, "", "table-row-missing"));
        return out;
    }
    if (text.starts_with(kTableMark)) {
        const auto name = text.substr(kTableMark.size(), text.find('\n') - kTableMark.size());
        add_value(document, "_table", name, {});
    }
    if (const auto line = message.media_type.find(";line="); line != std::string::npos) {
        add_value(document, "_line", document.copy(message.media_type.substr(line + 6)), {});
    }
    const auto& row = table.value.rows.front();
    document.node(0).source = row.source;
    const auto spans = cell_spans(text, row.source, separator);
    for (std::size_t at = 0; at < row.cells.size(); ++at) {
        const auto value = trimmed(row.cells[at]);
        if (value.empty()) continue;
        // A column whose name begins with an underscore has none: such names are the hub's own ("_signed").
        const bool named = at < table.value.header.size() && !table.value.header[at].empty() && table.value.header[at].front() != '_';
        const auto name = named ? table.value.header[at] : "_column" + std::to_string(at + 1);
        add_value(document, document.intern(name), document.copy(value), at < spans.size() ? spans[at] : Span());
    }
    return out;
}

} // namespace huitong::adapters::tabular
