#include "terminology/map_states.hpp"

#include "base/csv.hpp"

#include <algorithm>
#include <set>

namespace huitong::terminology {
namespace {

constexpr std::string_view kStates[] = {"draft", "reviewed", "active", "retired"};

struct Columns {
    std::size_t code, state, drafted_by, reviewed_by;
};

/// Without a state a row is what its reviewer makes it.
std::string_view state_of(const CsvRow& row, const Columns& at) {
    const auto& written = row.cells[at.state];
    if (!written.empty()) return written;
    return row.cells[at.reviewed_by].empty() ? "draft" : "active";
}

/// Why the row may not go there; "" when it may.
std::string_view refusal(const CsvRow& row, const Columns& at, const StateChange& change) {
    const auto from = state_of(row, at);
    if (change.to == "retired" || change.to == "draft") return from == change.to ? "map-state-order" : "";
    if (change.to == "active") return from == "reviewed" ? "" : "map-state-order";
    if (from != "draft") return "map-state-order";
    return person_of(row.cells[at.drafted_by]) == person_of(change.by) ? "code-map-four-eyes" : "";
}

void apply(CsvRow& row, const Columns& at, const StateChange& change) {
    row.cells[at.state] = change.to;
    if (change.to == "reviewed") row.cells[at.reviewed_by] = change.by;
    if (change.to != "draft") return;
    row.cells[at.drafted_by] = change.by;
    row.cells[at.reviewed_by].clear();
}

std::string text_of(const CsvRow& row) {
    std::string out;
    for (const auto& cell : row.cells) out += (&cell == &row.cells.front() ? "" : ",") + csv_cell(cell);
    return out;
}

} // namespace

std::string_view person_of(std::string_view signature) {
    const auto blank = signature.rfind(' ');
    const auto last = blank == signature.npos ? std::string_view() : signature.substr(blank + 1);
    const bool is_date = last.size() == 10 && last.find_first_not_of("0123456789-") == last.npos;
    return is_date ? signature.substr(0, blank) : signature;
}

Parsed<ChangedRows> change_states(std::string_view csv, const StateChange& change) {
    Parsed<ChangedRows> out;
    out.value.text = csv;
    if (std::find(std::begin(kStates), std::end(kStates), change.to) == std::end(kStates)) {
        out.issues.add(error(IssueCode::value, "", "code-map-state", {change.to}));
        return out;
    }
    auto read = read_csv_table(csv);
    out.issues = std::move(read.issues);
    if (out.issues.has_errors()) return out;
    auto& table = read.value;
    const Columns at{table.column("code"), table.column("state"), table.column("drafted_by"), table.column("reviewed_by")};
    for (const auto* name : {"code", "state", "drafted_by", "reviewed_by"}) {
        if (table.column(name) == std::string::npos) out.issues.add(error(IssueCode::structure, "", "map-state-column", {name}));
    }
    std::set<std::string_view> missing(change.codes.begin(), change.codes.end());
    ChangedRows done;
    std::size_t behind = 0; // bytes of the text that are copied already
    for (auto& row : table.rows) {
        if (out.issues.has_errors()) break;
        row.cells.resize(table.header.size());
        const auto& code = row.cells[at.code];
        if (!change.codes.empty() && std::find(change.codes.begin(), change.codes.end(), code) == change.codes.end()) continue;
        missing.erase(code);
        const auto why = refusal(row, at, change);
        if (!why.empty() && change.codes.empty()) continue;
        if (!why.empty()) {
            out.issues.add(error(IssueCode::business_rule, "", std::string(why), {code, std::string(state_of(row, at)), change.to}));
            continue;
        }
        apply(row, at, change);
        done.text += csv.substr(behind, row.source.begin - behind);
        done.text += text_of(row);
        behind = row.source.end;
        ++done.count;
    }
    for (const auto code : missing) out.issues.add(error(IssueCode::not_found, "", "map-state-code", {std::string(code)}));
    done.text += csv.substr(behind);
    if (!out.issues.has_errors()) out.value = std::move(done);
    return out;
}

} // namespace huitong::terminology
