/// Index reads of a snapshot: each answers the sorted version keys of one condition.
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/row_writer.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>

namespace huitong::store {
namespace {

/// The smallest text greater than every text that starts with `prefix`.
std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

/// Zero-padded so that texts sort as the numbers do; negative ones count from the bottom.
std::string sortable(std::int64_t value) {
    auto text = std::to_string(static_cast<std::uint64_t>(value) + (1ULL << 63));
    return std::string(20 - text.size(), '0') + text;
}

std::string sortable(double value) {
    std::int64_t bits = 0;
    static_assert(sizeof bits == sizeof value);
    std::memcpy(&bits, &value, sizeof bits);
    return sortable(bits < 0 ? std::int64_t(~bits) ^ INT64_MIN : bits);
}

/// FHIR R4, Search, "date": does the stored [low, high) fit the condition? The same rules as in `dates`.
bool fits(const IndexView::DateCondition& when, std::int64_t low, std::int64_t high) {
    const auto from = when.low.microseconds;
    const auto to = when.high.microseconds;
    switch (when.compare) {
    case Compare::eq: return low >= from && high <= to;
    case Compare::ne: return !(low >= from && high <= to);
    case Compare::gt: return high > to;
    case Compare::lt: return low < from;
    case Compare::ge: return high > from;
    case Compare::le: return low < to;
    case Compare::sa: return low >= to;
    case Compare::eb: return high <= from;
    case Compare::ap: return low < to && high > from;
    }
    return false;
}

} // namespace

std::optional<Symbol> SqliteReadView::parameter(const std::string& type, const std::string& param) const {
    return shared_.symbols.find(parameter_key(type, param));
}

VersionKeys SqliteReadView::visible(VersionKeys keys) {
    shared_.visibility.filter(keys, t_, last_);
    if (!filter_.unrestricted) std::erase_if(keys, [this](VersionKey key) { return !allowed(key); });
    return keys;
}

VersionKeys SqliteReadView::collect(Statement& rows, bool sorted_by_key) {
    VersionKeys keys;
    while (rows.step()) keys.push_back(rows.key(0));
    if (!sorted_by_key) {
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    return visible(std::move(keys));
}

VersionKeys SqliteReadView::all(const std::string& type) {
    const auto symbol = shared_.symbols.find(type);
    if (!symbol) return {};
    auto rows = connection_->prepare("SELECT vid FROM version WHERE type = ? AND action < 2 ORDER BY vid");
    rows.bind(*symbol);
    return collect(rows, true);
}

VersionKeys SqliteReadView::tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                                   const std::optional<std::string>& code) {
    const auto p = parameter(type, param);
    const auto system_symbol = system ? shared_.symbols.find(*system) : std::nullopt;
    if (!p || (system && !system_symbol)) return {};
    if (code && system) {
        auto rows = connection_->prepare("SELECT vid FROM tok WHERE p = ? AND code = ? AND system = ?");
        rows.bind(*p, *code, *system_symbol);
        return collect(rows, true);
    }
    if (code) {
        auto rows = connection_->prepare("SELECT vid FROM tok WHERE p = ? AND code = ?");
        rows.bind(*p, *code);
        return collect(rows);
    }
    auto rows = connection_->prepare("SELECT vid FROM tok WHERE p = ?1 AND (?2 < 0 OR system = ?2)");
    rows.bind(*p, system_symbol.value_or(-1));
    return collect(rows);
}

VersionKeys SqliteReadView::references(const std::string& type, const std::string& param, const std::optional<std::string>& target_type,
                                       const std::string& target_id) {
    const auto p = parameter(type, param);
    const auto target = target_type ? shared_.symbols.find(*target_type) : std::optional<Symbol>(-1);
    if (!p || !target) return {};
    auto rows = connection_->prepare("SELECT vid FROM ref WHERE p = ?1 AND id = ?2 AND (?3 < 0 OR type = ?3)");
    rows.bind(*p, target_id, *target);
    return collect(rows);
}

VersionKeys SqliteReadView::reference_identifiers(const std::string& type, const std::string& param, const std::string& system,
                                                  const std::string& value) {
    return tokens(type, param + ":identifier", system.empty() ? std::nullopt : std::optional(system), value);
}

VersionKeys SqliteReadView::dates(const std::string& type, const std::string& param, Compare compare, Instant low, Instant high) {
    const auto p = parameter(type, param);
    if (!p) return {};
    const char* sql = nullptr;
    // R4 Search, "date": the stored value is [low, high), the value searched for is [?2, ?3).
    switch (compare) {
    case Compare::eq: sql = "SELECT vid FROM dat WHERE p = ?1 AND low >= ?2 AND low < ?3 AND high <= ?3"; break;
    case Compare::ne: sql = "SELECT vid FROM dat WHERE p = ?1 AND NOT (low >= ?2 AND high <= ?3)"; break;
    case Compare::gt: sql = "SELECT vid FROM dat WHERE p = ?1 AND high > ?3"; break;
    case Compare::lt: sql = "SELECT vid FROM dat WHERE p = ?1 AND low < ?2"; break;
    case Compare::ge: sql = "SELECT vid FROM dat WHERE p = ?1 AND high > ?2"; break;
    case Compare::le: sql = "SELECT vid FROM dat WHERE p = ?1 AND low < ?3"; break;
    case Compare::sa: sql = "SELECT vid FROM dat WHERE p = ?1 AND low >= ?3"; break;
    case Compare::eb: sql = "SELECT vid FROM dat WHERE p = ?1 AND high <= ?2"; break;
    case Compare::ap: sql = "SELECT vid FROM dat WHERE p = ?1 AND low < ?3 AND high > ?2"; break;
    }
    auto rows = connection_->prepare(sql);
    rows.bind(*p, low.microseconds, high.microseconds);
    return collect(rows);
}

VersionKeys SqliteReadView::quantities(const std::string& type, const std::string& param, Compare compare, double low, double high,
                                       const std::string& system, const std::string& unit, bool canonical) {
    const auto p = parameter(type, param);
    const auto u = shared_.symbols.find(unit.empty() ? std::string() : canonical ? canonical_unit(unit) : written_unit(system, unit));
    if (!p || !u) return {};
    const char* sql = nullptr;
    const double middle = (low + high) / 2;
    // R4 Search, "number": the value searched for is the range its digits imply; gt, lt, ge, le compare with the exact value.
    switch (compare) {
    case Compare::eq: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND value >= ?3 AND value < ?4"; break;
    case Compare::ne: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND NOT (value >= ?3 AND value < ?4)"; break;
    case Compare::gt:
        sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND max(high, value) > ?5 AND (value > ?5 OR low < high AND high > ?5 AND "
              "value != ?5)";
        break;
    case Compare::lt:
        sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND min(low, value) < ?5 AND (value < ?5 OR low < high AND low < ?5 AND "
              "value != ?5)";
        break;
    case Compare::ge: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND value >= ?5"; break;
    case Compare::le: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND value <= ?5"; break;
    case Compare::sa: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND low >= ?4"; break;
    case Compare::eb: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND high <= ?3"; break;
    case Compare::ap: sql = "SELECT vid FROM qty WHERE p = ?1 AND unit = ?2 AND value >= ?3 AND value <= ?4"; break;
    }
    auto rows = connection_->prepare(sql);
    rows.bind(*p, *u, low, high, middle);
    return collect(rows);
}

VersionKeys SqliteReadView::strings(const std::string& type, const std::string& param, StringMatch match, const std::string& text) {
    const auto p = parameter(type, param);
    if (!p) return {};
    if (match == StringMatch::prefix) {
        auto rows = connection_->prepare("SELECT vid FROM str WHERE p = ? AND folded >= ? AND folded < ?");
        const auto end = after_prefix(text);
        rows.bind(*p, text, end);
        return text.empty() ? present(type, param) : collect(rows);
    }
    if (match == StringMatch::exact) {
        auto rows = connection_->prepare("SELECT vid FROM str WHERE p = ?1 AND (exact = ?2 OR (exact = '' AND folded = ?2))");
        rows.bind(*p, text);
        return collect(rows);
    }
    auto rows = connection_->prepare("SELECT vid FROM str WHERE p = ? AND instr(folded, ?) > 0");
    rows.bind(*p, text);
    return collect(rows);
}

VersionKeys SqliteReadView::uris(const std::string& type, const std::string& param, UriMatch match, const std::string& uri) {
    const auto p = parameter(type, param);
    if (!p) return {};
    const char* sql = "SELECT vid FROM uri WHERE p = ? AND uri = ?";
    if (match == UriMatch::below) sql = "SELECT vid FROM uri WHERE p = ?1 AND (uri = ?2 OR substr(uri, 1, length(?2) + 1) = ?2 || '/')";
    if (match == UriMatch::above) sql = "SELECT vid FROM uri WHERE p = ?1 AND (uri = ?2 OR substr(?2, 1, length(uri) + 1) = uri || '/')";
    auto rows = connection_->prepare(sql);
    rows.bind(*p, uri);
    return collect(rows);
}

VersionKeys SqliteReadView::present(const std::string& type, const std::string& param) {
    const auto p = parameter(type, param);
    if (!p) return {};
    auto rows = connection_->prepare("SELECT vid FROM tok WHERE p = ?1 UNION SELECT vid FROM ref WHERE p = ?1 UNION SELECT vid FROM dat "
                                     "WHERE p = ?1 UNION SELECT vid FROM qty WHERE p = ?1 "
                                     "UNION SELECT vid FROM str WHERE p = ?1 UNION SELECT vid FROM uri WHERE p = ?1");
    rows.bind(*p);
    return collect(rows);
}

VersionKeys SqliteReadView::timeline(const std::string& patient_id, const std::string& type, const std::optional<std::string>& system,
                                     const std::optional<std::string>& code, const std::optional<DateCondition>& when) {
    const auto type_symbol = shared_.symbols.find(type);
    const auto system_symbol = system ? shared_.symbols.find(*system) : std::optional<Symbol>(-1);
    if (!type_symbol || !system_symbol) return {};
    auto rows = connection_->prepare(
        code ? "SELECT vid, low, high FROM timeline WHERE patient = (SELECT id FROM patient WHERE patient = ?1) AND type = ?2 AND code = ?4"
               " AND (?3 < 0 OR system = ?3)"
             : "SELECT vid, low, high FROM timeline WHERE patient = (SELECT id FROM patient WHERE patient = ?1) AND type = ?2"
               " AND (?3 < 0 OR system = ?3) AND (?4 = '' OR 1)");
    const std::string code_text = code.value_or("");
    rows.bind(patient_id, *type_symbol, *system_symbol, code_text);
    std::vector<std::pair<std::int64_t, VersionKey>> found;
    while (rows.step()) {
        if (!when || fits(*when, rows.integer(1), rows.integer(2))) found.emplace_back(rows.integer(1), rows.key(0));
    }
    std::sort(found.begin(), found.end(), std::greater<>());
    VersionKeys keys;
    std::unordered_set<VersionKey> seen;
    for (const auto& [date, key] : found) {
        if (seen.insert(key).second) keys.push_back(key);
    }
    return visible(std::move(keys));
}

VersionKeys SqliteReadView::updated(const std::string& type, Compare compare, Instant low, Instant high) {
    const auto symbol = shared_.symbols.find(type);
    if (!symbol) return {};
    auto rows = connection_->prepare(
        "SELECT v.vid, l.instant FROM version v JOIN log l ON l.t = v.t_from WHERE v.type = ? AND v.action < 2 ORDER BY v.vid");
    rows.bind(*symbol);
    VersionKeys keys;
    while (rows.step()) {
        if (fits({compare, low, high}, rows.integer(1), rows.integer(1) + 1)) keys.push_back(rows.key(0));
    }
    return visible(std::move(keys));
}

VersionKeys SqliteReadView::compartment(const std::string& patient_id, const std::optional<std::string>& type) {
    const auto type_symbol = type ? shared_.symbols.find(*type) : std::optional<Symbol>(-1);
    if (!type_symbol) return {};
    auto rows = connection_->prepare(
        "SELECT vid FROM compartment WHERE patient = (SELECT id FROM patient WHERE patient = ?1) AND (?2 < 0 OR type = ?2)");
    rows.bind(patient_id, *type_symbol);
    return collect(rows);
}

std::uint64_t SqliteReadView::count_tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                                           const std::optional<std::string>& code) {
    const auto p = parameter(type, param);
    if (!p) return 0;
    if (!code) return count_all(type);
    const auto system_symbol = system ? shared_.symbols.find(*system) : std::optional<Symbol>(-1);
    if (!system_symbol) return 0;
    // Counting stops at a bound: the planner only needs to know which list is short.
    auto rows =
        connection_->prepare("SELECT count(*) FROM (SELECT 1 FROM tok WHERE p = ?1 AND code = ?2 AND (?3 < 0 OR system = ?3) LIMIT 10000)");
    rows.bind(*p, *code, *system_symbol);
    return rows.step() ? rows.key(0) : 0;
}

std::uint64_t SqliteReadView::count_all(const std::string& type) {
    const auto symbol = shared_.symbols.find(type);
    if (!symbol) return 0;
    auto rows = connection_->prepare("SELECT count(*) FROM (SELECT 1 FROM version WHERE type = ? AND action < 2 LIMIT 1000000)");
    rows.bind(*symbol);
    return rows.step() ? rows.key(0) : 0;
}

std::vector<std::pair<VersionKey, std::string>> SqliteReadView::sort_rows(const std::string& type, const std::string& param) {
    std::vector<std::pair<VersionKey, std::string>> out;
    const auto p = parameter(type, param);
    if (!p) return out;
    auto read = [&](const char* sql, auto text_of_row) {
        auto rows = connection_->prepare(sql);
        rows.bind(*p);
        while (rows.step()) out.emplace_back(rows.key(0), text_of_row(rows));
    };
    read("SELECT vid, low FROM dat WHERE p = ?", [](Statement& row) { return sortable(row.integer(1)); });
    read("SELECT vid, high FROM dat WHERE p = ?", [](Statement& row) { return sortable(row.integer(1)); });
    read("SELECT vid, value FROM qty WHERE p = ? AND unit = (SELECT id FROM symbol WHERE text = '')",
         [](Statement& row) { return sortable(row.real(1)); });
    auto text = [](Statement& row) { return std::string(row.text(1)); };
    read("SELECT vid, folded FROM str WHERE p = ?", text);
    read("SELECT vid, code FROM tok WHERE p = ?", text);
    read("SELECT vid, uri FROM uri WHERE p = ?", text);
    read("SELECT vid, id FROM ref WHERE p = ?", text);
    return out;
}

std::vector<std::optional<std::string>> SqliteReadView::sort_keys(const std::string& type, const std::string& param,
                                                                  const VersionKeys& keys, bool highest) {
    std::unordered_map<VersionKey, std::optional<std::string>> best;
    for (const auto key : keys) best.emplace(key, std::nullopt);
    for (auto& [key, text] : sort_rows(type, param)) {
        const auto found = best.find(key);
        if (found == best.end()) continue;
        if (!found->second || (highest ? text > *found->second : text < *found->second)) found->second = std::move(text);
    }
    std::vector<std::optional<std::string>> out;
    out.reserve(keys.size());
    for (const auto key : keys) out.push_back(best[key]);
    return out;
}

} // namespace huitong::store
