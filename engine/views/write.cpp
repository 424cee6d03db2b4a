#include "fhir/json.hpp"
#include "views/views.hpp"

#include <algorithm>

namespace huitong::views {
namespace {

bool is_bare(std::string_view type) {
    static constexpr std::string_view kTypes[] = {"boolean", "integer", "decimal", "positiveInt", "unsignedInt"};
    return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

void write_value(const fhirpath::Item& item, std::string& out) {
    const bool complex = item.is_element() && !item.element().has_value();
    const auto text = fhirpath::value_text(item);
    if (complex || is_bare(fhirpath::type_text(item))) out += text;
    else fhir::write_json_string(text, out);
}

void write_list(const fhirpath::Collection& cell, std::string& out) {
    out += '[';
    for (std::size_t i = 0; i < cell.size(); ++i) {
        if (i > 0) out += ',';
        write_value(cell[i], out);
    }
    out += ']';
}

void write_field(std::string_view text, std::string& out) {
    if (text.find_first_of(",\"\r\n") == text.npos) {
        out += text;
        return;
    }
    out += '"';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

} // namespace

void write_json(const View& view, const Row& row, std::string& out) {
    out += '{';
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += ',';
        fhir::write_json_string(view.columns()[i].name, out);
        out += ':';
        if (view.columns()[i].collection) write_list(row[i], out);
        else if (row[i].empty()) out += "null";
        else write_value(row[i].front(), out);
    }
    out += '}';
}

void write_csv(const View& view, const Row& row, std::string& out) {
    for (std::size_t i = 0; i < row.size(); ++i) {
        if (i > 0) out += ',';
        if (row[i].empty()) continue;
        std::string text;
        if (view.columns()[i].collection) write_list(row[i], text);
        else text = fhirpath::value_text(row[i].front());
        write_field(text, out);
    }
}

void write_csv_head(const View& view, std::string& out) {
    for (const auto& column : view.columns()) {
        if (&column != &view.columns().front()) out += ',';
        write_field(column.name, out);
    }
}

} // namespace huitong::views
