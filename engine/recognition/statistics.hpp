/// What the ledger counts up to: the indicators of the domain page (§6) that follow from decisions, each with the definition that is
/// printed beside it and the entries that it counts. Reads the ledger alone; words count at the time they were said. Thread: any.
#pragma once

#include "base/decimal.hpp"
#include "base/xlsx.hpp"
#include "recognition/ledger.hpp"

#include <map>
#include <span>

namespace huitong::recognition {

/// An indicator: M01, M02 …
struct Measure {
    std::string_view code, name_zh, name_en, definition_zh, definition_en;
    bool is_share = false; ///< a quotient of two others, in percent
};
std::span<const Measure> measures();

/// How the numbers are split; `none` is one row of all.
enum class Dimension : std::uint8_t { none, receiver, department, practitioner, source, flow, item, kind, visit_class, reason };
/// "" is none; nullopt: unknown.
std::optional<Dimension> dimension_of(std::string_view text);

struct StatisticsQuery {
    Instant from, to;     ///< half-open
    std::string receiver; ///< this institution's alone, "" = all
    Dimension by = Dimension::none;
};

/// One counted entry: what a number drills down to.
struct CountedEntry {
    std::string measure, group; ///< "M02"
    std::uint64_t sequence = 0; ///< in the ledger
    std::string at, match, receiver, department, practitioner, source, item, name_zh, kind, visit_class, verdict, reason, resource;
    bool is_eligible = false; ///< something of the match could be adopted
    std::optional<Decimal> saving;
};

struct Statistics {
    struct Row {
        std::string group; ///< "" with Dimension::none
        std::map<std::string, std::uint64_t> counts;
        Decimal saving;                    ///< M11, CNY
        std::uint64_t without_price = 0;   ///< adopted, but nothing to add to M11
        std::uint64_t declined_of_all = 0; ///< M03 over all rows: what M10 is a share of
        /// In percent with one digit; nullopt: the divisor is 0.
        std::optional<std::string> share(std::string_view measure) const;
    };
    std::vector<Row> rows; ///< by group, in order of the text
    std::uint64_t entries_read = 0;
};

/// The sequence behind which all entries of a time on stand: found by halving, because entries stand in the order of their times but for
/// the moment that a call takes.
std::uint64_t entry_before(const Ledger& ledger, Instant since);

/// Counts. `each` (may be empty) is called for every counted entry in the order of the ledger.
Statistics count_decisions(const Ledger& ledger, const StatisticsQuery& query, const std::function<void(const CountedEntry&)>& each = {});

/// The monthly form: a header (columns named by code and Chinese name), one row a group, and what stands behind it.
struct MonthlyForm {
    std::string title;
    std::vector<XlsxCell> header;
    std::vector<std::vector<XlsxCell>> rows;
    std::vector<std::string> definitions; ///< "M01 提醒次数：…"
};
MonthlyForm make_monthly_form(const Statistics& statistics, std::string_view title,
                              const std::function<std::string(const std::string& group)>& name_of);
/// As a table of separated cells: title and definitions are comment lines. Cells that a spreadsheet would take for a formula begin with an
/// apostrophe. Source: RFC 4180; domain page §6, "Exports".
std::string write_monthly_csv(const MonthlyForm& form);
/// As a workbook: one sheet with the rows, one with the definitions.
std::string write_monthly_xlsx(const MonthlyForm& form);

} // namespace huitong::recognition
