#include "store/sqlite/expunge.hpp"

#include "base/sha256.hpp"
#include "store/sqlite/log_chain.hpp"
#include "store/sqlite/occurrences.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/text_rows.hpp"
#include "store/sqlite/writer.hpp"

#include <algorithm>
#include <map>

namespace huitong::store {
namespace {

/// Shorter ones stand in every dictionary by chance.
constexpr std::size_t kTellingBytes = 6;

/// Parameters that have rows in a table, by hopping from one to the next.
std::vector<Symbol> parameters_of(Connection& connection, const char* next_sql) {
    std::vector<Symbol> out;
    Symbol last = -1;
    while (true) {
        auto next = connection.prepare(next_sql);
        next.bind(last);
        if (!next.step() || next.is_null(0)) return out;
        out.push_back(last = next.integer(0));
    }
}

} // namespace

std::uint64_t Expunger::run(const std::vector<Expunge>& wanted) {
    connection_.execute("CREATE TEMP TABLE IF NOT EXISTS gone(vid INTEGER PRIMARY KEY); DELETE FROM gone;");
    for (const auto& one : wanted) mark(one);
    const auto count = empty_bodies();
    if (count == 0) return 0;
    for (const auto type : types_) {
        remove_rows(type);
        remove_from_sets(type);
    }
    remove_from_patients();
    remove_from_blocks();
    remove_orphans();
    return count;
}

/// Deletions have no content and stay as they are.
void Expunger::mark(const Expunge& wanted) {
    const auto type = shared_.symbols.find(wanted.key.type);
    if (!type) return;
    std::int64_t rid = 0;
    {
        auto row = connection_.prepare("SELECT r.rid, v.action FROM resource r JOIN version v ON v.vid = r.current WHERE r.type = ? AND "
                                       "r.id = ?");
        const PackedText id(wanted.key.id);
        row.bind(*type, id);
        if (!row.step()) return;
        const bool is_deleted = row.integer(1) == static_cast<int>(Action::remove);
        if (!wanted.previous && !(wanted.deleted && is_deleted)) return;
        rid = row.integer(0);
    }
    std::int64_t patient = -1;
    if (!wanted.patient.empty()) {
        const PackedText id(wanted.patient);
        auto row = connection_.prepare("SELECT rid FROM resource WHERE type = ? AND id = ?");
        row.bind(shared_.symbols.find("Patient").value_or(-1), id);
        if (!row.step()) return;
        patient = row.integer(0);
    }
    connection_
        .prepare("INSERT OR IGNORE INTO gone SELECT v.vid FROM older o JOIN version v ON v.vid = o.vid WHERE o.rid = ?1 AND v.action < 2 "
                 "AND v.codec <> ?2 AND (?3 < 0 OR v.patient = ?3)")
        .bind(rid, kExpunged, patient)
        .run();
}

std::uint64_t Expunger::empty_bodies() {
    std::vector<std::pair<VersionKey, std::string>> hashes;
    {
        auto rows = connection_.prepare(
            "SELECT v.vid, v.type, v.codec, v.size, v.body, v.t_from, v.owner, v.labels FROM gone g JOIN version v ON v.vid = g.vid");
        while (rows.step()) {
            types_.insert(rows.integer(1));
            segments_.insert(segment_of(rows.key(0)));
            const auto body =
                shared_.codec.decode(static_cast<int>(rows.integer(2)), rows.text(4), static_cast<std::size_t>(rows.integer(3)));
            // What stays is what the entry of the log covers.
            auto hash = sha256_hex(body);
            if (rows.key(5) >= shared_.log_chain_from) hash = version_hash(hash, shared_.symbols.text(rows.integer(6)), rows.text(7));
            hashes.emplace_back(rows.key(0), std::move(hash));
        }
    }
    for (const auto& [vid, hash] : hashes) {
        connection_.prepare("UPDATE version SET codec = ?1, size = 0, meta_at = 0, labels = '', body = ?2 WHERE vid = ?3")
            .bind(kExpunged, hash, vid)
            .run();
    }
    connection_.prepare("DELETE FROM label WHERE vid IN (SELECT vid FROM gone)").run();
    return hashes.size();
}

void Expunger::remove_rows(Symbol type) {
    for (const auto& name : shared_.symbols.find_all(shared_.symbols.text(type) + '.', "")) {
        const auto p = shared_.symbols.find(name);
        {
            auto terms = connection_.prepare("SELECT term FROM val WHERE p = ? AND vid IN (SELECT vid FROM gone)");
            terms.bind(*p);
            while (terms.step()) terms_.insert(terms.integer(0));
        }
        {
            auto targets = connection_.prepare("SELECT ref.rid FROM ref JOIN resource r ON r.rid = ref.rid WHERE ref.p = ? AND ref.vid IN "
                                               "(SELECT vid FROM gone) AND r.type = ?");
            targets.bind(*p, shared_.symbols.find("").value_or(-1));
            while (targets.step()) places_.insert(targets.integer(0));
        }
        for (const auto* const sql : {"DELETE FROM val WHERE p = ? AND vid IN (SELECT vid FROM gone)",
                                      "DELETE FROM ref WHERE p = ? AND vid IN (SELECT vid FROM gone)"})
            connection_.prepare(sql).bind(*p).run();
        for (const auto segment : segments_) {
            for (const auto* const sql : {"DELETE FROM dat WHERE segment = ? AND p = ? AND vid IN (SELECT vid FROM gone)",
                                          "DELETE FROM num WHERE segment = ? AND p = ? AND vid IN (SELECT vid FROM gone)",
                                          "DELETE FROM num_range WHERE segment = ? AND p = ? AND vid IN (SELECT vid FROM gone)"})
                connection_.prepare(sql).bind(segment, *p).run();
        }
    }
}

void Expunger::remove_from_sets(Symbol type) {
    std::uint64_t left = 0;
    for (const auto set : shared_.sets.of_type(type)) {
        connection_.prepare("DELETE FROM tagged WHERE set_id = ? AND vid IN (SELECT vid FROM gone)").bind(set).run();
        const auto removed = connection_.changes();
        if (removed == 0) continue;
        left += removed;
        for (const auto& tag : shared_.sets.drop_if_empty(connection_, type, set)) terms_.insert(tag.term);
    }
    shared_.sets.leave(type, left);
}

void Expunger::remove_from_patients() {
    std::set<std::int64_t> patients;
    {
        auto rows = connection_.prepare("SELECT DISTINCT v.patient FROM gone g JOIN version v ON v.vid = g.vid");
        while (rows.step()) patients.insert(rows.integer(0));
    }
    const bool may_be_shared = patients.contains(kNoPatient);
    if (may_be_shared) {
        auto rows = connection_.prepare("SELECT DISTINCT patient FROM compartment WHERE vid IN (SELECT vid FROM gone)");
        while (rows.step()) patients.insert(rows.integer(0));
    }
    for (const auto patient : patients) {
        connection_.prepare("DELETE FROM timeline WHERE patient = ? AND vid IN (SELECT vid FROM gone)").bind(patient).run();
        connection_.prepare("DELETE FROM compartment WHERE patient = ? AND vid IN (SELECT vid FROM gone)").bind(patient).run();
    }
}

void Expunger::remove_from_blocks() {
    std::map<std::uint64_t, std::vector<VersionKey>> gone;
    {
        auto rows = connection_.prepare("SELECT vid FROM gone ORDER BY vid");
        while (rows.step()) gone[rows.key(0) / kTextBlock].push_back(rows.key(0));
    }
    for (const auto& [block, versions] : gone) {
        remove_from_text_block(connection_, block, versions);
        remove_from_occurrence_block(connection_, block, versions);
    }
}

void Expunger::remove_orphans() {
    const auto parameters = parameters_of(connection_, "SELECT min(p) FROM val WHERE p > ?");
    std::erase_if(terms_, [&](TermId term) {
        return shared_.sets.has_term(term) || is_used(parameters, "SELECT 1 FROM val WHERE p = ? AND term = ? LIMIT 1", term);
    });
    std::vector<std::string> values;
    for (const auto kind : {TermKind::string, TermKind::token, TermKind::uri}) {
        std::vector<std::pair<std::string, Symbol>> orphans;
        walk_terms(connection_, kind, [&](std::string_view text, Symbol system, TermId id) {
            if (terms_.contains(id)) orphans.emplace_back(std::string(text), system);
        });
        for (auto& [text, system] : orphans) {
            remove_term(connection_, {kind, text, system});
            values.push_back(std::move(text));
        }
    }
    const auto links = parameters_of(connection_, "SELECT min(p) FROM ref WHERE p > ?");
    for (const auto place : places_) {
        if (is_used(links, "SELECT 1 FROM ref WHERE p = ? AND rid = ? LIMIT 1", place)) continue;
        connection_.prepare("DELETE FROM resource WHERE rid = ? AND current = 0").bind(place).run();
    }
    retire_dictionaries(values);
}

bool Expunger::is_used(const std::vector<Symbol>& parameters, const char* sql, std::int64_t key) {
    return std::any_of(parameters.begin(), parameters.end(), [&](Symbol p) {
        auto row = connection_.prepare(sql);
        row.bind(p, key);
        return row.step();
    });
}

void Expunger::retire_dictionaries(const std::vector<std::string>& values) {
    // What was gathered for the next dictionary may hold them too.
    shared_.codec.forget_samples();
    std::vector<int> holding;
    {
        auto rows = connection_.prepare("SELECT id, bytes FROM dictionary WHERE type >= 0");
        while (rows.step()) {
            const auto bytes = shared_.codec.open_dictionary(rows.text(1));
            const bool holds = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
                const auto written = exact_part(value); // a folded form never stood in a body
                return written.size() >= kTellingBytes && bytes.find(written) != bytes.npos;
            });
            if (holds) holding.push_back(static_cast<int>(rows.integer(0)));
        }
    }
    for (const auto id : holding) {
        connection_.prepare("UPDATE dictionary SET type = ? WHERE id = ?").bind(kRetired, id).run();
        shared_.codec.retire(id);
    }
}

} // namespace huitong::store
