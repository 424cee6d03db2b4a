/// What one commit does inside the writer's transaction: checks, versions, rows, facts and its entry of the log.
#include "store/sqlite/coded_content.hpp"
#include "store/sqlite/expunge.hpp"
#include "store/sqlite/log_chain.hpp"
#include "store/sqlite/occurrences.hpp"
#include "store/sqlite/packed_fact.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sealing.hpp"
#include "store/sqlite/text_rows.hpp"
#include "store/sqlite/writer.hpp"

#include <algorithm>
#include <tuple>

namespace huitong::store {

Writer::Current Writer::find_current(const ResourceKey& key) {
    Current current;
    const auto type = shared_.symbols.find(key.type);
    if (!type) return current;
    auto found = connection_->prepare("SELECT r.rid, r.version, r.current, v.version, v.action FROM resource r LEFT JOIN version v "
                                      "ON v.vid = r.current WHERE r.type = ? AND r.id = ?");
    const PackedText id(key.id);
    found.bind(*type, id);
    if (!found.step()) return current;
    current.rid = found.integer(0);
    current.last_version = static_cast<std::uint32_t>(found.integer(1));
    current.vid = found.key(2);
    current.version = static_cast<std::uint32_t>(found.integer(3));
    current.deleted = found.integer(4) == static_cast<int>(Action::remove);
    return current;
}

Seen Writer::seen_of(const Current& current, const std::string& type) {
    Seen out;
    out.type = type;
    auto row =
        connection_->prepare("SELECT v.owner, r.id, v.labels FROM version v LEFT JOIN resource r ON r.rid = v.patient WHERE v.vid = ?");
    row.bind(current.vid);
    if (!row.step()) return out;
    out.owner = shared_.symbols.text(row.integer(0));
    out.patient = row.unpacked(1);
    out.labels = split_labels(row.text(2));
    return out;
}

/// On the writer's thread, so that nothing comes between the question and the write. A deletion marker hides as what was deleted.
Outcome Writer::check_sight(const Commit& commit) {
    const auto& sight = commit.sight;
    if (sight.unrestricted) return {};
    auto own_sight = sight;
    own_sight.denied_patients = {};
    own_sight.record_words = nullptr;
    own_sight.only_by_word = false;
    for (const auto& write : commit.writes) {
        auto refused = [&](std::string_view rule) { return huitong::error(IssueCode::forbidden, write.key.type, std::string(rule)); };
        // What it leaves behind lies within its reach too. A Patient is the owner of its own compartment; what is in no compartment is in
        // no patient's.
        if (write.action != Action::remove) {
            CallerFilter reach;
            reach.unrestricted = false;
            reach.patient_id = sight.patient_id;
            reach.conditions = sight.conditions;
            const Seen left{write.key.type, write.owner, write.rows.patient_id, {}};
            if (!may_see(reach, left, [&](const auto& token) { return has_token(write.rows, token); })) return refused("store-compartment");
        }
        const auto current = find_current(write.key);
        if (current.vid == 0) continue;
        auto seen = seen_of(current, write.key.type);
        seen.id = write.key.id;
        seen.is_removed = current.deleted;
        CodedContent content(*connection_, shared_.codec);
        if (seen.patient.empty() && asks_sharers(sight)) {
            if (const auto type = shared_.symbols.find(write.key.type))
                seen.sharers = sharers_of(*connection_, content, *type, current.vid);
        }
        auto holds = [&](const auto& token) {
            if (asks_content(token)) return content.holds(current.vid, token);
            return has_token(*connection_, shared_.symbols, shared_.sets, write.key.type, current.vid, token);
        };
        const bool is_own = !sight.writer.empty() && seen.owner == sight.writer;
        if (!may_see(is_own ? own_sight : sight, seen, holds)) {
            // Who names a version gets the answer of an id that was never used.
            if (write.if_version.value_or(0) == 0) return refused("store-hidden");
            return huitong::error(IssueCode::conflict, write.key.type + '/' + write.key.id, "store-conflict",
                                  {std::to_string(*write.if_version), "0"});
        }
        if (current.deleted) continue;
        const auto& kept = sight.kept_types;
        if (seen.owner != sight.writer && std::find(kept.begin(), kept.end(), write.key.type) != kept.end()) return refused("store-writer");
        if (write.action == Action::remove) continue;
        for (const auto& label : seen.labels) {
            if (std::find(write.labels.begin(), write.labels.end(), label) == write.labels.end()) return refused("store-label");
        }
    }
    return {};
}

Outcome Writer::check_versions(const Commit& commit) {
    for (const auto& write : commit.writes) {
        if (!write.if_version) continue;
        const auto current = find_current(write.key);
        const auto version = current.exists() ? current.version : 0;
        if (*write.if_version == version) continue;
        return huitong::error(IssueCode::conflict, write.key.type + '/' + write.key.id, "store-conflict",
                              {std::to_string(*write.if_version), std::to_string(version)});
    }
    return {};
}

bool Writer::is_written_since(const Guard& guard, VersionKey bound) {
    const auto p = shared_.symbols.find(parameter_key(guard.type, guard.param));
    if (!p) return false;
    const bool any = guard.system == "*";
    const auto system = any ? std::optional<Symbol>(0) : shared_.symbols.find(guard.system);
    if (!system) return false;
    std::vector<TermId> terms;
    if (any) terms = find_tokens(*connection_, guard.code);
    else if (const auto term = find_term(*connection_, {TermKind::token, guard.code, *system})) terms.push_back(*term);
    for (const auto term : terms) {
        auto row = connection_->prepare("SELECT 1 FROM val WHERE p = ? AND term = ? AND vid > ? LIMIT 1");
        row.bind(*p, term, bound);
        if (row.step()) return true;
        for (const auto set : shared_.sets.with({*p, term})) {
            auto tagged = connection_->prepare("SELECT 1 FROM tagged WHERE set_id = ? AND vid > ? LIMIT 1");
            tagged.bind(set, bound);
            if (tagged.step()) return true;
        }
    }
    const PackedText target(guard.code);
    auto row = connection_->prepare("SELECT 1 FROM resource r JOIN ref ON ref.rid = r.rid WHERE r.id = ?1 AND (?2 OR r.type = ?3) "
                                    "AND ref.p = ?4 AND ref.vid > ?5 LIMIT 1");
    row.bind(target, any ? 1 : 0, *system, *p, bound);
    return row.step();
}

Outcome Writer::check_guards(const Commit& commit) {
    if (commit.guards.empty()) return {};
    VersionKey bound = 0;
    {
        auto entry = connection_->prepare("SELECT last_version_key FROM log WHERE t <= ? ORDER BY t DESC LIMIT 1");
        entry.bind(commit.resolved_at);
        if (entry.step()) bound = entry.key(0);
    }
    if (bound == position_.last) return {};
    for (const auto& guard : commit.guards) {
        if (is_written_since(guard, bound)) return huitong::error(IssueCode::conflict, guard.type, "store-guard", {guard.param});
    }
    return {};
}

/// Rows of an older generation lack those of a search parameter that was added since.
Outcome Writer::check_generation(const Commit& commit) const {
    const auto wanted = shared_.generation.load();
    for (const auto& write : commit.writes) {
        if (write.action != Action::remove && write.rows.generation < wanted)
            return huitong::error(IssueCode::conflict, write.key.type, "store-rows", {write.key.type});
    }
    return {};
}

Result<CommitReceipt> Writer::apply(Job& job) {
    const auto& commit = job.commit;
    if (auto refused = check_generation(commit); !refused.empty()) return refused;
    if (auto refused = check_sight(commit); !refused.empty()) return refused;
    if (auto refused = check_versions(commit); !refused.empty()) return refused;
    if (auto refused = check_guards(commit); !refused.empty()) return refused;
    CommitReceipt receipt;
    receipt.t = position_.t + 1;
    // The clock may be set back; the log's instants never go back, so that "as of" has one answer.
    receipt.instant = std::max(shared_.clock->now(), position_.instant);
    LogHash hash(position_.hash, receipt.t, receipt.instant, commit.actor, commit.reason, commit.message_id);
    bool wrote = false;
    for (std::size_t index = 0; index < commit.writes.size(); ++index) {
        receipt.writes.push_back(apply_write(commit, index, job.bodies[index], receipt, hash));
        wrote = wrote || !receipt.writes.back().unchanged;
        // Not while another commit waits for this one: the processor that is given away is its writer's.
        if (commit.gives_way && waiting_ == 0) std::this_thread::yield();
    }
    write_facts(commit.facts);
    for (const auto& late : commit.late_rows) write_late(late);
    if (commit.text) add_text_block(*connection_, *commit.text, position_.last);
    if (commit.occurrences) add_occurrence_block(*connection_, *commit.occurrences, position_.last);
    if (!commit.expunges.empty()) {
        receipt.expunged = Expunger(*connection_, shared_).run(commit.expunges);
        // Numbers of terms that are gone must not be given to the commits behind this one. The counter of terms is not written yet.
        interner_.save(*connection_);
        interner_.load(*connection_);
        has_expunged_ = wrote = true;
    }
    if (!wrote) {
        receipt.t = position_.t;
        return receipt;
    }
    const auto digest = hash.finish();
    const auto actor = shared_.symbols.intern(*connection_, commit.actor);
    connection_->prepare("INSERT INTO log VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(receipt.t, receipt.instant.microseconds, actor, commit.reason, commit.message_id, position_.last, position_.hash, digest)
        .run();
    position_.hash = digest;
    position_.t = receipt.t;
    position_.instant = receipt.instant;
    ++shared_.counters.commits;
    return receipt;
}

WriteReceipt Writer::apply_write(const Commit& commit, std::size_t index, const PackedBody& body, const CommitReceipt& receipt,
                                 LogHash& hash) {
    const auto& write = commit.writes[index];
    WriteReceipt out;
    out.key = write.key;
    auto current = find_current(write.key);
    // Asked first: also a write that changes nothing says when its source spoke last.
    const bool late = write.precedence && is_superseded(*write.precedence, current, commit.message_id);
    if (is_unchanged(write, current)) {
        out.version = current.version;
        out.unchanged = true;
        return out;
    }
    out.created = !current.exists() && write.action != Action::remove;
    out.superseded = (late || write.superseded) && current.vid != 0;
    const auto vid = ++position_.last;
    if (current.rid == 0)
        current.rid = interner_.resource(*connection_, shared_.symbols.intern(*connection_, write.key.type), write.key.id);
    out.version = current.last_version + 1;
    const auto covered = insert_version(write, body, current, out.version, receipt.t, out.superseded);
    if (out.superseded) {
        connection_->prepare("UPDATE resource SET version = ? WHERE rid = ?").bind(out.version, current.rid).run();
        add_older(current.rid, out.version, vid);
        closings_.push_back({vid, receipt.t});
    } else {
        connection_->prepare("UPDATE resource SET version = ?, current = ? WHERE rid = ?").bind(out.version, vid, current.rid).run();
        if (current.vid != 0) {
            connection_->prepare("UPDATE version SET t_to = ? WHERE vid = ?").bind(receipt.t, current.vid).run();
            add_older(current.rid, current.version, current.vid);
            closings_.push_back({current.vid, receipt.t});
        }
    }
    hash.add(write.key, out.version, write.action, covered);
    ++shared_.counters.writes;
    return out;
}

void Writer::add_older(std::int64_t rid, std::uint32_t version, VersionKey vid) {
    connection_->prepare("INSERT INTO older VALUES(?, ?, ?)").bind(rid, version, vid).run();
}

bool Writer::is_unchanged(const Write& write, const Current& current) {
    if (write.action == Action::remove) return !current.exists();
    if (!current.exists()) return false;
    auto row = connection_->prepare("SELECT codec, size, body FROM version WHERE vid = ?");
    row.bind(current.vid);
    if (!row.step() || static_cast<std::size_t>(row.integer(1)) != write.body.size()) return false;
    return shared_.codec.decode_whole(static_cast<int>(row.integer(0)), row.text(2), write.body.size()) ==
           write.body; // damaged: written anew
}

/// Messages have numbers of one width, so their ids stand in the order of arrival.
bool Writer::is_of_later_message(const Current& current, std::string_view message_id) {
    if (!current.exists() || message_id.empty()) return false;
    auto row = connection_->prepare("SELECT l.message_id FROM version v JOIN log l ON l.t = v.t_from WHERE v.vid = ?");
    row.bind(current.vid);
    return row.step() && row.text(0) > message_id;
}

/// Which of two writes is the later truth. A correction and a withdrawal go by their time: what is corrected after it was taken back is
/// there again; of the same time it is taken back.
static std::tuple<int, std::int64_t, int> order_of(int rank, std::int64_t time) {
    return {std::min(rank, static_cast<int>(Rank::corrected)), time, rank};
}

/// True when something of higher rank, or as high and later, already holds the business key; else the key is now held by this write.
/// As high and of the same time: what arrived later is later, also when the other message is applied again.
bool Writer::is_superseded(const Precedence& precedence, const Current& current, std::string_view message_id) {
    const auto source = shared_.symbols.intern(*connection_, precedence.source);
    const int rank = static_cast<int>(precedence.rank);
    {
        auto held = connection_->prepare("SELECT rank, source_time FROM precedence WHERE source = ? AND key = ?");
        held.bind(source, precedence.business_key);
        if (held.step()) {
            const auto theirs = order_of(static_cast<int>(held.integer(0)), held.integer(1));
            const auto ours = order_of(rank, precedence.source_time.microseconds);
            if (ours < theirs || (ours == theirs && is_of_later_message(current, message_id))) return true;
        }
    }
    connection_->prepare("INSERT OR REPLACE INTO precedence VALUES(?, ?, ?, ?)")
        .bind(source, precedence.business_key, rank, precedence.source_time.microseconds)
        .run();
    return false;
}

/// Whom a version is hidden from. A deletion hides from the same callers as what it deletes.
Writer::Sight Writer::sight_of(const Write& write, const Current& current) {
    Sight out;
    if (write.action == Action::remove) {
        auto row = connection_->prepare("SELECT owner, patient, labels FROM version WHERE vid = ?");
        row.bind(current.vid);
        if (row.step()) out = {row.integer(0), row.integer(1), split_labels(row.text(2))};
        return out;
    }
    out.owner = shared_.symbols.intern(*connection_, write.owner);
    out.labels = write.labels;
    const auto& patient = write.rows.patient_id;
    if (!patient.empty()) out.patient = interner_.resource(*connection_, shared_.symbols.intern(*connection_, "Patient"), patient);
    return out;
}

std::string Writer::insert_version(const Write& write, const PackedBody& body, const Current& current, std::uint32_t version, LogTime t,
                                   bool superseded) {
    const auto vid = position_.last;
    const auto sight = sight_of(write, current);
    std::string labels;
    for (const auto& label : sight.labels) {
        labels += label + ' ';
        connection_->prepare("INSERT OR IGNORE INTO label VALUES(?, ?)").bind(shared_.symbols.intern(*connection_, label), vid).run();
    }
    auto insert = connection_->prepare("INSERT INTO version VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    // Packed before its dictionary was retired or a new key came: packed anew, so that whoever rids the store of the old one need not look
    // again.
    std::optional<BodyCodec::Encoded> again;
    if (!body.encoded.bytes.empty() && shared_.codec.is_outdated(body.encoded.codec))
        again = shared_.codec.encode(write.key.type, write.body);
    const auto& packed = again ? *again : body.encoded;
    insert.bind(vid, current.rid, version, shared_.symbols.intern(*connection_, write.key.type), t, superseded ? t : 0,
                static_cast<int>(write.action), static_cast<std::uint64_t>(write.meta_at), packed.codec,
                static_cast<std::uint64_t>(write.body.size()), sight.owner, sight.patient, labels, write.rows.generation);
    insert.bind_blob(15, packed.bytes);
    insert.run();
    if (write.action != Action::remove) rows_.write(write.key.type, write.rows, vid);
    return version_hash(body.hash, shared_.symbols.text(sight.owner), labels);
}

void Writer::write_late(const LateRows& late) {
    {
        auto row = connection_->prepare("SELECT 1 FROM version WHERE vid = ? AND codec <> ?");
        row.bind(late.version, kExpunged);
        if (!row.step()) return;
    }
    rows_.add(late.type, late.rows, late.version);
}

void Writer::write_facts(const std::vector<FactWrite>& facts) {
    for (const auto& fact : facts) {
        if (fact.erase) {
            connection_->prepare("DELETE FROM fact WHERE name = ? AND key = ?").bind(fact.table, fact.key).run();
        } else {
            auto insert = connection_->prepare("INSERT OR REPLACE INTO fact VALUES(?, ?, ?)");
            const auto sealed = seal_fact(shared_.codec.keys(), fact.table, fact.key, fact.value);
            insert.bind(fact.table, fact.key, std::string_view(fact.value));
            if (sealed) insert.bind_blob(3, *sealed);
            else if (is_packed_fact(fact.value)) insert.bind_blob(3, fact.value);
            insert.run();
        }
    }
}

} // namespace huitong::store
