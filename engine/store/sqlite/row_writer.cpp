#include "store/sqlite/row_writer.hpp"

#include "store/sqlite/schema.hpp"

#include <algorithm>

namespace huitong::store {

Symbol RowWriter::parameter(const std::string& param) {
    auto& symbol = parameters_[param];
    if (symbol == 0) symbol = symbols_.intern(writer_, parameter_key(type_, param));
    return symbol;
}

void RowWriter::add_value(const std::string& param, const Term& term) {
    const Tag tag{parameter(param), interner_.term(writer_, term)};
    // Names and addresses are a person's own; the text beside a code repeats with the code.
    if (term.kind == TermKind::string && !param.ends_with(":text")) add_row(tag);
    else tags_.push_back(tag);
}

void RowWriter::add_row(Tag tag) { writer_.prepare("INSERT OR IGNORE INTO val VALUES(?, ?, ?)").bind(tag.p, tag.term, vid_).run(); }

void RowWriter::add_tags() {
    std::sort(tags_.begin(), tags_.end());
    tags_.erase(std::unique(tags_.begin(), tags_.end()), tags_.end());
    const auto set = sets_.take(writer_, symbols_.intern(writer_, type_), tags_);
    writer_.prepare("INSERT INTO tagged VALUES(?, ?)").bind(set, vid_).run();
    for (const auto& tag : tags_) add_row(tag);
    tags_.clear();
}

void RowWriter::add_date(const std::string& param, std::int64_t low, std::int64_t high) {
    auto insert = [&](const std::string& name, std::int64_t at) {
        writer_.prepare("INSERT OR IGNORE INTO dat VALUES(?, ?, ?, ?, ?)")
            .bind(segment_of(vid_), parameter(name), at, high - low, vid_)
            .run();
    };
    if (high - low <= kShortSpan) return insert(param, low);
    insert(long_parameter(param), low);
    insert(end_parameter(param), high);
}

void RowWriter::add_number(Symbol p, const std::string& unit, double low, double high) {
    const auto u = symbols_.intern(writer_, unit);
    const auto segment = segment_of(vid_);
    if (low == high) writer_.prepare("INSERT OR IGNORE INTO num VALUES(?, ?, ?, ?, ?)").bind(segment, p, u, low, vid_).run();
    else writer_.prepare("INSERT OR IGNORE INTO num_range VALUES(?, ?, ?, ?, ?, ?)").bind(segment, p, u, low, high, vid_).run();
}

void RowWriter::add_quantity(const QuantityRow& row) {
    const auto p = parameter(row.param);
    add_number(p, written_unit(row.system, row.unit), row.low, row.high);
    if (!row.canonical_unit.empty()) add_number(p, canonical_unit(row.canonical_unit), row.canonical_low, row.canonical_high);
}

void RowWriter::add_reference(const ReferenceRow& row) {
    if (!row.target_id.empty()) {
        const auto target = interner_.resource(writer_, symbols_.intern(writer_, row.target_type), row.target_id);
        writer_.prepare("INSERT OR IGNORE INTO ref VALUES(?, ?, ?)").bind(parameter(row.param), target, vid_).run();
    }
    if (!row.identifier_value.empty()) {
        const auto system = symbols_.intern(writer_, row.identifier_system);
        add_value(identifier_parameter(row.param), {TermKind::token, row.identifier_value, system});
    }
}

void RowWriter::add_timeline(const IndexRows& rows) {
    const bool has_patient = !rows.patient_id.empty();
    if (!has_patient && rows.timeline.empty() && rows.sharers.empty()) return;
    const auto type = symbols_.intern(writer_, type_);
    const auto lies_with = [&](std::int64_t patient) {
        writer_.prepare("INSERT OR IGNORE INTO compartment VALUES(?, ?, ?)").bind(patient, type, vid_).run();
    };
    for (const auto& sharer : rows.sharers) lies_with(interner_.resource(writer_, symbols_.intern(writer_, "Patient"), sharer));
    if (!rows.sharers.empty()) lies_with(kNoPatient);
    const auto patient = has_patient ? interner_.resource(writer_, symbols_.intern(writer_, "Patient"), rows.patient_id) : kNoPatient;
    // The timeline's rows lie in the compartment too.
    if (has_patient && rows.timeline.empty()) lies_with(patient);
    for (const auto& row : rows.timeline) {
        const auto term = row.code.empty() && row.system.empty()
                              ? TermId{0}
                              : interner_.term(writer_, {TermKind::token, row.code, symbols_.intern(writer_, row.system)});
        writer_.prepare("INSERT OR IGNORE INTO timeline VALUES(?, ?, ?, ?, ?, ?)")
            .bind(patient, type, term, row.low.microseconds, row.high.microseconds - row.low.microseconds, vid_)
            .run();
    }
}

void RowWriter::begin(const std::string& type, VersionKey vid) {
    if (type_ != type) {
        type_ = type;
        parameters_.clear();
    }
    tags_.clear();
    vid_ = vid;
}

void RowWriter::add_values(const IndexRows& rows) {
    for (const auto& row : rows.tokens) add_value(row.param, {TermKind::token, row.code, symbols_.intern(writer_, row.system)});
    for (const auto& row : rows.strings) add_value(row.param, {TermKind::string, string_term(row.folded, row.exact)});
    for (const auto& row : rows.uris) add_value(row.param, {TermKind::uri, row.uri});
    for (const auto& row : rows.dates) add_date(row.param, row.low.microseconds, row.high.microseconds);
    for (const auto& row : rows.quantities) add_quantity(row);
    for (const auto& row : rows.references) add_reference(row);
}

void RowWriter::write(const std::string& type, const IndexRows& rows, VersionKey vid) {
    begin(type, vid);
    add_values(rows);
    add_tags();
    add_timeline(rows);
}

/// The version's set of tags stays as it is: what repeats stands in rows too.
void RowWriter::add(const std::string& type, const IndexRows& rows, VersionKey vid) {
    begin(type, vid);
    add_values(rows);
    for (const auto& tag : tags_) add_row(tag);
    tags_.clear();
}

} // namespace huitong::store
