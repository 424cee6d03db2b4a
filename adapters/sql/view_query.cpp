#include "adapters/sql/view_query.hpp"

#include <algorithm>

namespace huitong::adapters::sql {
namespace {

struct Product {
    std::string_view part; ///< of the name, lower case
    RowLimit limit;
};
/// National databases speak as the ones that they follow.
constexpr Product kProducts[] = {
    {"postgresql", RowLimit::limit}, {"sqlite", RowLimit::limit},    {"mysql", RowLimit::limit},        {"mariadb", RowLimit::limit},
    {"kingbase", RowLimit::limit},   {"opengauss", RowLimit::limit}, {"gauss", RowLimit::limit},        {"dm8", RowLimit::limit},
    {"dm dbms", RowLimit::limit},    {"oceanbase", RowLimit::limit}, {"oracle", RowLimit::fetch_first}, {"microsoft sql", RowLimit::top},
    {"sybase", RowLimit::top},       {"db2", RowLimit::fetch_first},
};

std::string quoted(const std::string& name, const std::string& quote) {
    std::string out;
    for (std::size_t at = 0; at <= name.size();) { // "schema.view": each part of its own
        const auto dot = std::min(name.find('.', at), name.size());
        out += (out.empty() ? "" : ".") + quote + name.substr(at, dot - at) + quote;
        at = dot + 1;
    }
    return out;
}

std::string column_list(const ViewNames& names) {
    if (names.columns.empty()) return "*";
    std::string out;
    for (const auto& column : names.columns) out += (out.empty() ? "" : ", ") + names.quote + column + names.quote;
    return out;
}

std::vector<std::string> ordered_columns(const ViewNames& names) {
    std::vector<std::string> out{names.quote + names.time_column + names.quote};
    for (const auto& key : names.key_columns) out.push_back(names.quote + key + names.quote);
    return out;
}

std::string all_present(const ViewNames& names) {
    std::string out;
    for (const auto& column : ordered_columns(names)) out += (out.empty() ? "" : " AND ") + column + " IS NOT NULL";
    return out;
}

/// (t > ?) OR (t = ? AND k1 > ?) OR (t = ? AND k1 = ? AND k2 > ?) …: row by row in order, also where many rows share one time.
std::string behind_row(const std::vector<std::string>& columns) {
    std::string out;
    for (std::size_t last = 0; last < columns.size(); ++last) {
        out += out.empty() ? "(" : " OR (";
        for (std::size_t at = 0; at < last; ++at) out += columns[at] + " = ? AND ";
        out += columns[last] + " > ?)";
    }
    return "(" + out + ")";
}

} // namespace

RowLimit row_limit_of(std::string_view product) {
    std::string lower(product);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    for (const auto& [part, limit] : kProducts) {
        if (lower.find(part) != lower.npos) return limit;
    }
    return RowLimit::none;
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && std::none_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x21 || c == 0x7F || std::string_view("\"'`[];,()?{}\\").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

std::string describe_query(const ViewNames& names) {
    return "SELECT " + column_list(names) + " FROM " + quoted(names.view, names.quote) + " WHERE 1 = 0";
}

std::string page_query(const ViewNames& names, Behind behind, RowLimit limit, std::size_t rows) {
    const auto columns = ordered_columns(names);
    const auto count = std::to_string(rows);
    std::string out = "SELECT " + (limit == RowLimit::top ? "TOP " + count + " " : std::string()) + column_list(names) + " FROM " +
                      quoted(names.view, names.quote) + " WHERE " + all_present(names);
    if (behind == Behind::time) out += " AND " + columns.front() + " >= ?";
    if (behind == Behind::row) out += " AND " + behind_row(columns);
    out += " ORDER BY ";
    for (std::size_t at = 0; at < columns.size(); ++at) out += (at == 0 ? "" : ", ") + columns[at];
    if (limit == RowLimit::limit) out += " LIMIT " + count;
    if (limit == RowLimit::fetch_first) out += " FETCH FIRST " + count + " ROWS ONLY";
    return out;
}

std::vector<std::size_t> page_parameters(std::size_t keys, Behind behind) {
    if (behind == Behind::nothing) return {};
    if (behind == Behind::time) return {0};
    std::vector<std::size_t> out;
    for (std::size_t last = 0; last <= keys; ++last) {
        for (std::size_t at = 0; at <= last; ++at) out.push_back(at);
    }
    return out;
}

std::string unseen_query(const ViewNames& names) {
    return "SELECT COUNT(*) FROM " + quoted(names.view, names.quote) + " WHERE NOT (" + all_present(names) + ")";
}

} // namespace huitong::adapters::sql
