#include "store/sqlite/row_writer.hpp"

namespace huitong::store {
namespace {

/// Symbols of the parameters of one resource: the same few come again and again.
class ParameterSymbols {
public:
    ParameterSymbols(Connection& writer, Symbols& symbols, const std::string& type) : writer_(writer), symbols_(symbols), type_(type) {}
    Symbol of(const std::string& param) {
        if (param != last_param_) {
            last_ = symbols_.intern(writer_, parameter_key(type_, param));
            last_param_ = param;
        }
        return last_;
    }

private:
    Connection& writer_;
    Symbols& symbols_;
    const std::string& type_;
    std::string last_param_;
    Symbol last_ = 0;
};

void write_quantity(Connection& writer, Symbols& symbols, Symbol p, const QuantityRow& row, VersionKey vid) {
    auto insert = [&](const std::string& unit, double value, double low, double high) {
        writer.prepare("INSERT OR IGNORE INTO qty VALUES(?, ?, ?, ?, ?, ?)")
            .bind(p, symbols.intern(writer, unit), low, high, value, vid)
            .run();
    };
    insert("", row.value, row.low, row.high);
    if (!row.unit.empty()) {
        insert(written_unit(row.system, row.unit), row.value, row.low, row.high);
        if (!row.system.empty()) insert(written_unit("", row.unit), row.value, row.low, row.high);
    }
    if (!row.canonical_unit.empty()) insert(canonical_unit(row.canonical_unit), row.canonical_value, row.canonical_low, row.canonical_high);
}

void write_references(Connection& writer, Symbols& symbols, const std::string& type, const std::vector<ReferenceRow>& rows,
                      VersionKey vid) {
    ParameterSymbols parameters(writer, symbols, type);
    for (const auto& row : rows) {
        if (!row.target_id.empty()) {
            const auto target = symbols.intern(writer, row.target_type);
            writer.prepare("INSERT OR IGNORE INTO ref VALUES(?, ?, ?, ?)").bind(parameters.of(row.param), row.target_id, target, vid).run();
        }
        if (!row.identifier_value.empty()) {
            const auto p = symbols.intern(writer, parameter_key(type, row.param + ":identifier"));
            const auto system = symbols.intern(writer, row.identifier_system);
            writer.prepare("INSERT OR IGNORE INTO tok VALUES(?, ?, ?, ?)").bind(p, row.identifier_value, system, vid).run();
        }
    }
}

void write_timeline(Connection& writer, Symbols& symbols, const std::string& type, const IndexRows& rows, VersionKey vid) {
    const auto type_symbol = symbols.intern(writer, type);
    if (!rows.patient_id.empty()) {
        writer.prepare("INSERT OR IGNORE INTO compartment VALUES(?, ?, ?)")
            .bind(intern_patient(writer, rows.patient_id), type_symbol, vid)
            .run();
    }
    for (const auto& row : rows.timeline) {
        const auto patient = intern_patient(writer, row.patient_id);
        const auto system = symbols.intern(writer, row.system);
        writer.prepare("INSERT OR IGNORE INTO timeline VALUES(?, ?, ?, ?, ?, ?, ?)")
            .bind(patient, type_symbol, row.code, system, row.low.microseconds, row.high.microseconds, vid)
            .run();
    }
}

} // namespace

std::int64_t intern_patient(Connection& writer, const std::string& patient_id) {
    if (patient_id.empty()) return 0;
    {
        auto found = writer.prepare("SELECT id FROM patient WHERE patient = ?");
        found.bind(patient_id);
        if (found.step()) return found.integer(0);
    }
    auto insert = writer.prepare("INSERT INTO patient(patient) VALUES(?) RETURNING id");
    insert.bind(patient_id);
    insert.step();
    return insert.integer(0);
}

void write_rows(Connection& writer, Symbols& symbols, const std::string& type, const IndexRows& rows, VersionKey vid) {
    ParameterSymbols parameters(writer, symbols, type);
    for (const auto& row : rows.tokens) {
        const auto system = symbols.intern(writer, row.system);
        writer.prepare("INSERT OR IGNORE INTO tok VALUES(?, ?, ?, ?)").bind(parameters.of(row.param), row.code, system, vid).run();
    }
    for (const auto& row : rows.dates) {
        writer.prepare("INSERT OR IGNORE INTO dat VALUES(?, ?, ?, ?)")
            .bind(parameters.of(row.param), row.low.microseconds, row.high.microseconds, vid)
            .run();
    }
    for (const auto& row : rows.quantities) write_quantity(writer, symbols, parameters.of(row.param), row, vid);
    for (const auto& row : rows.strings) {
        const std::string_view exact = row.exact == row.folded ? std::string_view() : std::string_view(row.exact);
        writer.prepare("INSERT OR IGNORE INTO str VALUES(?, ?, ?, ?)").bind(parameters.of(row.param), row.folded, exact, vid).run();
    }
    for (const auto& row : rows.uris)
        writer.prepare("INSERT OR IGNORE INTO uri VALUES(?, ?, ?)").bind(parameters.of(row.param), row.uri, vid).run();
    write_references(writer, symbols, type, rows.references, vid);
    write_timeline(writer, symbols, type, rows, vid);
}

} // namespace huitong::store
