/// Index rows of one version into the tables. Used by the writer inside its transaction.
#pragma once

#include "store/rows.hpp"
#include "store/sqlite/tag_sets.hpp"
#include "store/store.hpp"

namespace huitong::store {

/// Intervals up to a day long stand in order of their beginning only; longer ones (periods, months) under two parameters of their own,
/// by beginning and by end. So every comparison reads one range: a short interval that ends after x begins after x minus a day.
constexpr std::int64_t kShortSpan = kMicrosecondsPerDay;
/// The row of the timeline's patient when there is none.
constexpr std::int64_t kNoPatient = 0;
inline std::string long_parameter(const std::string& param) { return param + ":long"; }
inline std::string end_parameter(const std::string& param) { return param + ":end"; }
inline std::string identifier_parameter(const std::string& param) { return param + ":identifier"; }

/// Symbol texts of units: "system|unit" as written, "=unit" canonical, "" none.
inline std::string written_unit(const std::string& system, const std::string& unit) { return unit.empty() ? "" : system + '|' + unit; }
inline std::string canonical_unit(const std::string& unit) { return '=' + unit; }

class RowWriter {
public:
    RowWriter(Connection& writer, Symbols& symbols, Interner& interner, TagSets& sets)
        : writer_(writer), symbols_(symbols), interner_(interner), sets_(sets) {}
    /// All rows of a version of a resource of `type`.
    void write(const std::string& type, const IndexRows& rows, VersionKey vid);
    /// Further rows of a version that is stored already.
    void add(const std::string& type, const IndexRows& rows, VersionKey vid);
    /// After a rollback: symbols may be gone.
    void forget() { type_.clear(); }

private:
    Symbol parameter(const std::string& param);
    void add_value(const std::string& param, const Term& term);
    void add_row(Tag tag);
    void add_tags();
    void add_date(const std::string& param, std::int64_t low, std::int64_t high);
    void add_number(Symbol p, const std::string& unit, double low, double high);
    void add_quantity(const QuantityRow& row);
    void add_reference(const ReferenceRow& row);
    void add_timeline(const IndexRows& rows);
    void begin(const std::string& type, VersionKey vid);
    void add_values(const IndexRows& rows);

    Connection& writer_;
    Symbols& symbols_;
    Interner& interner_;
    TagSets& sets_;
    std::string type_;
    VersionKey vid_ = 0;
    std::vector<Tag> tags_;                              ///< of the version
    std::unordered_map<std::string, Symbol> parameters_; ///< of type_
};

} // namespace huitong::store
