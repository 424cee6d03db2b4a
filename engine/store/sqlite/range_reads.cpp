/// Index reads of dates, numbers and quantities. Source: FHIR R4, Search, "prefixes", "date", "number", "quantity".
#include "store/sqlite/interval.hpp"
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>
#include <array>

namespace huitong::store {

bool fits(const IndexView::DateCondition& when, std::int64_t low, std::int64_t high) {
    const auto from = when.low.microseconds;
    const auto to = when.high.microseconds;
    switch (when.compare) {
    case Compare::eq: return low >= from && high <= to;
    case Compare::ne: return !(low >= from && high <= to);
    case Compare::gt: return high > to;
    case Compare::lt: return low < from;
    case Compare::ge: return high > to || (low >= from && high <= to);
    case Compare::le: return low < from || (low >= from && high <= to);
    case Compare::sa: return low >= to;
    case Compare::eb: return high <= from;
    case Compare::ap: return low < to && high > from;
    }
    return false;
}

namespace {

bool fits(const NumberCondition& condition, double low, double high) {
    switch (condition.compare) {
    case Compare::eq: return low >= condition.low && high < condition.high;
    case Compare::ne: return !(low >= condition.low && high < condition.high);
    case Compare::gt: return high > condition.value;
    case Compare::lt: return low < condition.value;
    case Compare::ge: return high >= condition.value;
    case Compare::le: return low <= condition.value;
    case Compare::sa: return low >= condition.high;
    case Compare::eb: return high < condition.low;
    case Compare::ap: return low <= condition.high && high >= condition.low;
    }
    return false;
}

/// Values of points that can fit, both ends included; `fits` decides.
std::pair<double, double> bounds(const NumberCondition& condition) {
    switch (condition.compare) {
    case Compare::eq:
    case Compare::ap: return {condition.low, condition.high};
    case Compare::gt:
    case Compare::ge: return {condition.value, kUnboundedNumber};
    case Compare::sa: return {condition.high, kUnboundedNumber};
    case Compare::lt:
    case Compare::le: return {-kUnboundedNumber, condition.value};
    case Compare::eb: return {-kUnboundedNumber, condition.low};
    case Compare::ne: break;
    }
    return {-kUnboundedNumber, kUnboundedNumber};
}

/// Beginnings that can fit, both ends included, of intervals at most `span` long.
std::pair<std::int64_t, std::int64_t> bounds(const IndexView::DateCondition& when, std::int64_t span) {
    const auto from = when.low.microseconds;
    const auto to = when.high.microseconds;
    switch (when.compare) {
    case Compare::eq: return {from, to};
    case Compare::gt: return {to - span, INT64_MAX};
    case Compare::ge: return {from - span, INT64_MAX};
    case Compare::sa: return {to, INT64_MAX};
    case Compare::lt:
    case Compare::eb: return {INT64_MIN, from};
    case Compare::le: return {INT64_MIN, to};
    case Compare::ap: return {from - span, to};
    case Compare::ne: break;
    }
    return {INT64_MIN, INT64_MAX};
}

/// Beginnings, both ends included, of which every short interval fits: these are most, and need not be looked at one by one.
std::pair<std::int64_t, std::int64_t> sure_bounds(const IndexView::DateCondition& when) {
    const auto from = when.low.microseconds;
    const auto to = when.high.microseconds;
    switch (when.compare) {
    case Compare::gt: return {to + 1, INT64_MAX};
    case Compare::ge: return {from, INT64_MAX};
    case Compare::sa: return {to, INT64_MAX};
    case Compare::lt:
    case Compare::le: return {INT64_MIN, from - 1};
    case Compare::eb: return {INT64_MIN, from - kShortSpan};
    case Compare::eq:
    case Compare::ne:
    case Compare::ap: break;
    }
    return {0, -1}; // none
}

} // namespace

void SqliteReadView::append_short_dates(std::uint64_t segment, Symbol p, const DateCondition& when, VersionKeys& keys) {
    auto [first, last] = bounds(when, kShortSpan);
    const auto [sure_first, sure_last] = sure_bounds(when);
    if (sure_first <= sure_last) {
        auto rows = connection_->prepare("SELECT vid FROM dat WHERE segment = ? AND p = ? AND at >= ? AND at <= ?");
        rows.bind(segment, p, sure_first, sure_last);
        append(rows, keys);
        if (sure_last == INT64_MAX) last = sure_first - 1;
        else first = sure_last + 1;
    }
    auto rows = connection_->prepare("SELECT vid, at, span FROM dat WHERE segment = ? AND p = ? AND at >= ? AND at <= ?");
    rows.bind(segment, p, first, last);
    while (rows.step()) {
        if (fits(when, rows.integer(1), rows.integer(1) + rows.integer(2))) keys.push_back(rows.key(0));
    }
}

/// Long intervals stand by beginning and by end; the comparison says which of the two orders bounds the reading.
void SqliteReadView::append_long_dates(std::uint64_t segment, Symbol begin, Symbol end, const DateCondition& when, VersionKeys& keys) {
    const bool by_end = when.compare == Compare::gt || when.compare == Compare::ge || when.compare == Compare::eb;
    std::int64_t first = INT64_MIN, last = INT64_MAX;
    switch (when.compare) {
    case Compare::gt: first = when.high.microseconds; break;
    case Compare::ge: first = when.low.microseconds; break;
    case Compare::eb: last = when.low.microseconds; break;
    case Compare::ap: last = when.high.microseconds; break;
    default: std::tie(first, last) = bounds(when, 0);
    }
    auto rows = connection_->prepare("SELECT vid, at, span FROM dat WHERE segment = ? AND p = ? AND at >= ? AND at <= ?");
    rows.bind(segment, by_end ? end : begin, first, last);
    while (rows.step()) {
        const auto low = by_end ? rows.integer(1) - rows.integer(2) : rows.integer(1);
        if (fits(when, low, low + rows.integer(2))) keys.push_back(rows.key(0));
    }
}

VersionKeys SqliteReadView::dates(const std::string& type, const std::string& param, Compare compare, Instant low, Instant high) {
    return reading([&] {
        const DateCondition when{compare, low, high};
        VersionKeys keys;
        const auto p = parameter(type, param);
        const auto begin = parameter(type, long_parameter(param));
        const auto end = parameter(type, end_parameter(param));
        for (std::uint64_t segment = 0; segment <= segment_of(last_); ++segment) {
            if (p) append_short_dates(segment, *p, when, keys);
            if (begin && end) append_long_dates(segment, *begin, *end, when, keys);
        }
        return finished(std::move(keys));
    });
}

/// Units that numbers of a parameter have, found by skipping from one to the next.
std::set<Symbol> SqliteReadView::written_units(Symbol p) {
    static constexpr std::array<const char*, 2> kNextUnit = {"SELECT min(unit) FROM num WHERE segment = ? AND p = ? AND unit > ?",
                                                             "SELECT min(unit) FROM num_range WHERE segment = ? AND p = ? AND unit > ?"};
    std::set<Symbol> out;
    for (std::uint64_t segment = 0; segment <= segment_of(last_); ++segment) {
        for (const char* sql : kNextUnit) {
            Symbol last = 0;
            while (true) {
                auto row = connection_->prepare(sql);
                row.bind(segment, p, last);
                if (!row.step() || row.is_null(0)) break;
                out.insert(last = row.integer(0));
            }
        }
    }
    return out;
}

/// Symbols of the units that a search means: one, or every written one that fits.
std::vector<Symbol> SqliteReadView::units_of(Symbol p, const Unit& unit) {
    std::vector<Symbol> out;
    if (unit.canonical || (!unit.system.empty() && !unit.code.empty())) {
        const auto text = unit.canonical ? canonical_unit(unit.code) : written_unit(unit.system, unit.code);
        if (const auto symbol = shared_.symbols.find(text)) out.push_back(*symbol);
        return out;
    }
    const auto suffix = '|' + unit.code;
    const auto prefix = unit.system.empty() ? std::string() : unit.system + '|';
    for (const auto symbol : written_units(p)) {
        const auto text = shared_.symbols.text(symbol);
        if (!text.starts_with('=') && (unit.code.empty() || text.ends_with(suffix)) && text.starts_with(prefix)) out.push_back(symbol);
    }
    return out;
}

void SqliteReadView::append_numbers(std::uint64_t segment, Symbol p, Symbol unit, const NumberCondition& condition, VersionKeys& keys) {
    const auto [first, last] = bounds(condition);
    auto points = connection_->prepare("SELECT vid, value FROM num WHERE segment = ? AND p = ? AND unit = ? AND value >= ? AND value <= ?");
    points.bind(segment, p, unit, first, last);
    while (points.step()) {
        if (fits(condition, points.real(1), points.real(1))) keys.push_back(points.key(0));
    }
    auto ranges = connection_->prepare("SELECT vid, low, high FROM num_range WHERE segment = ? AND p = ? AND unit = ?");
    ranges.bind(segment, p, unit);
    while (ranges.step()) {
        if (fits(condition, ranges.real(1), ranges.real(2))) keys.push_back(ranges.key(0));
    }
}

VersionKeys SqliteReadView::quantities(const std::string& type, const std::string& param, const NumberCondition& condition,
                                       const Unit& unit) {
    return reading([&] {
        const auto p = parameter(type, param);
        if (!p) return VersionKeys();
        VersionKeys keys;
        for (const auto symbol : units_of(*p, unit)) {
            for (std::uint64_t segment = 0; segment <= segment_of(last_); ++segment) append_numbers(segment, *p, symbol, condition, keys);
        }
        return finished(std::move(keys));
    });
}

VersionKeys SqliteReadView::updated(const std::string& type, Compare compare, Instant low, Instant high) {
    return reading([&] {
        const auto symbol = shared_.symbols.find(type);
        if (!symbol) return VersionKeys();
        // The log's instants never go back, so a range of instants [first, end) is a range of versions.
        std::int64_t first = INT64_MIN, end = INT64_MAX;
        switch (compare) {
        case Compare::eq:
        case Compare::ne:
        case Compare::ap: first = low.microseconds, end = high.microseconds; break;
        case Compare::gt:
        case Compare::sa: first = high.microseconds; break;
        case Compare::ge: first = low.microseconds; break;
        case Compare::lt:
        case Compare::eb: end = low.microseconds; break;
        case Compare::le: end = high.microseconds; break;
        }
        auto key_before = [&](std::int64_t instant) {
            auto row = connection_->prepare("SELECT last_version_key FROM log WHERE instant < ? ORDER BY instant DESC, t DESC LIMIT 1");
            row.bind(instant);
            return row.step() ? row.key(0) : VersionKey{0};
        };
        const auto after = key_before(first);
        const auto until = end == INT64_MAX ? last_ : key_before(end);
        const char* sql = compare == Compare::ne ? "SELECT vid FROM tagged WHERE set_id = ? AND NOT (vid > ? AND vid <= ?)"
                                                 : "SELECT vid FROM tagged WHERE set_id = ? AND vid > ? AND vid <= ?";
        VersionKeys keys;
        for (const auto set : shared_.sets.of_type(*symbol)) {
            auto rows = connection_->prepare(sql);
            rows.bind(set, after, until);
            append(rows, keys);
        }
        return finished(std::move(keys));
    });
}

} // namespace huitong::store
