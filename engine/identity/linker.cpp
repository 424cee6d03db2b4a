#include "identity/identity.hpp"

#include "fhir/json.hpp"

#include <algorithm>
#include <mutex>
#include <set>

namespace huitong::identity {
namespace {

constexpr std::size_t kMovesMax = 10'000;
constexpr store::LogTime kComparedMax = 1'000;     ///< commits that a start looks at again …
constexpr std::size_t kComparedWritesMax = 10'000; ///< … as far as they are among so many writes: a load has fewer under way at once
constexpr store::LogTime kComparedStep = 8;        ///< commits read at once, newest first

/// FHIR R4, id: letters, digits, '-' and '.', at most 64. The keys of the facts count on it.
bool is_id(const std::string& text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

/// Patients that the newest commits wrote, and not for the first time: of a first version no other content was linked before.
std::set<std::string> written_again(store::Store& store) {
    std::set<std::string> out;
    std::size_t writes = 0;
    auto until = store.now();
    const auto oldest = until > kComparedMax ? until - kComparedMax : 0;
    while (until > oldest && writes < kComparedWritesMax) {
        const auto since = until > oldest + kComparedStep ? until - kComparedStep : oldest;
        const auto entries = store.log(since, until - since);
        if (!entries) break;
        for (const auto& entry : *entries) {
            writes += entry.writes.size();
            for (const auto& [key, version] : entry.writes) {
                if (key.type == "Patient" && version > 1) out.insert(key.id);
            }
        }
        until = since;
    }
    return out;
}

Result<Record> record_in(const store::Version& version, const IdNumberRules& rules) {
    const auto parsed = fhir::read_json(version.body);
    if (parsed.issues.has_errors()) return parsed.issues;
    return record_of(parsed.value->root(), version.owner, !version.message_id.empty(), rules);
}

/// Less is stronger: what joins before what asks, what is direct before what goes through others.
auto strength(const Judgement& judgement) { return std::pair(judgement.verdict, judgement.reasons.size()); }

} // namespace

Record record_of(fhir::Element patient, const std::string& owner, bool speaks_for_others, const IdNumberRules& rules) {
    auto out = record_of(patient, rules);
    if (!speaks_for_others && !owner.empty() && out.institution != owner) out.institution.clear();
    return out;
}

Linker::Linker(store::Store& store, IdNumberRules rules) : store_(store), rules_(rules) {
    load();
    compare_newest();
}

/// A late message is linked before the store says that it is not the newest: where a crash came in between, the row is of the old content.
/// Only commits that were under way then can have left that.
void Linker::compare_newest() {
    const auto view = store_.view();
    for (const auto& patient : written_again(store_)) {
        const auto current = view->current({"Patient", patient});
        if (!current || !*current || (*current)->deleted) continue;
        const auto* known = index_.find(patient);
        auto record = record_in(**current, rules_);
        if (known == nullptr || !record || known->record == *record) continue;
        auto linked = link(patient, std::move(*record));
        if (linked) owed_.insert(owed_.end(), linked->facts.begin(), linked->facts.end());
    }
}

Result<Linked> Linker::link(const store::Version& version) {
    auto record = record_in(version, rules_);
    if (!record) return record.error();
    return link(version.key.id, std::move(*record));
}

bool Linker::is_newest(const Linked& linked) const {
    const std::shared_lock lock(mutex_);
    const auto turn = turns_.find(linked.patient_id);
    return turn == turns_.end() || turn->second == linked.turn;
}

void Linker::owe(std::vector<store::FactWrite> facts) {
    const std::unique_lock lock(mutex_);
    owed_.insert(owed_.end(), facts.begin(), facts.end());
}

void Linker::load() {
    each_fact(store_, kWordTable, "", [&](const std::string& key, const std::string& value) {
        if (auto word = read_word_fact(key, value)) index_.words().add(word->first, std::move(word->second));
    });
    each_fact(store_, kRecordTable, "", [&](const std::string& patient, const std::string& value) {
        if (auto row = read_record_fact(value)) index_.put(patient, std::move(row->second), row->first);
    });
    // The rows are the truth. Where a crash lost the commit that another record's event relied on, the log is told what holds now.
    std::string patient, person;
    auto compare = [&] {
        if (patient.empty() || person == index_.person_of(patient)) return;
        tell_move({patient, person, index_.person_of(patient)}, owed_);
    };
    each_fact(store_, kEventTable, "", [&](const std::string& key, const std::string& value) {
        const auto row = read_event_fact(key, value);
        if (!row || (row->second.kind != "person" && row->second.kind != "removed")) return;
        if (row->first != patient) compare();
        patient = row->first;
        person = row->second.person;
    });
    compare();
}

Result<Linked> Linker::link(const std::string& patient_id, fhir::Element patient) { return link(patient_id, record_of(patient, rules_)); }

Result<Linked> Linker::link(const std::string& patient_id, Record record) {
    if (!is_id(patient_id)) return Outcome(error(IssueCode::value, "Patient.id", "identity-patient-id"));
    const std::unique_lock lock(mutex_);
    const auto* known = index_.find(patient_id);
    if (known == nullptr || known->record != record) return change_record(patient_id, std::move(record));
    Linked out;
    out.patient_id = patient_id;
    out.turn = ++turns_[patient_id];
    finish(out);
    return out;
}

Result<Linked> Linker::remove(const std::string& patient_id) {
    const std::unique_lock lock(mutex_);
    if (index_.find(patient_id) == nullptr) return Outcome(error(IssueCode::not_found, "", "identity-unknown-patient"));
    return change_record(patient_id, std::nullopt);
}

Linked Linker::change_record(const std::string& patient_id, std::optional<Record> record) {
    Linked out;
    out.patient_id = patient_id;
    out.after = record;
    if (const auto* known = index_.find(patient_id)) {
        out.before = known->record;
        out.home = known->home;
    } else {
        out.home = store_.new_id();
    }
    out.turn = ++turns_[patient_id];
    if (record) {
        out.facts.push_back(record_fact(patient_id, out.home, *record));
        out.changes = index_.put(patient_id, std::move(*record), out.home);
    } else {
        out.facts.push_back(record_fact(patient_id, out.home, {}));
        out.facts.back().erase = true;
        out.changes = index_.remove(patient_id);
    }
    tell(out.changes, out.facts);
    out.facts.insert(out.facts.end(), owed_.begin(), owed_.end());
    owed_.clear();
    finish(out);
    return out;
}

void Linker::forget(const Linked& linked) {
    const std::unique_lock lock(mutex_);
    if (linked.decision.empty() && linked.withdrawn.empty()) {
        forget_record(linked);
        return;
    }
    std::vector<std::string> touched;
    for (const auto& pair : index_.words().remove(linked.decision)) touched.insert(touched.end(), {pair.first, pair.second});
    for (const auto& [pair, word] : linked.withdrawn) {
        index_.words().add(pair, word);
        touched.insert(touched.end(), {pair.first, pair.second});
    }
    owe(index_.words_changed(touched), linked);
}

void Linker::forget_record(const Linked& linked) {
    if (linked.facts.empty()) return;
    if (turns_[linked.patient_id] == linked.turn) {
        owe(linked.before ? index_.put(linked.patient_id, *linked.before, linked.home) : index_.remove(linked.patient_id), linked);
        return;
    }
    // A later change of the same record stands on this one and may be committed already: what it left out is owed.
    const auto* known = index_.find(linked.patient_id);
    const bool still_true = known != nullptr && linked.after && known->record == *linked.after;
    for (const auto& fact : linked.facts) {
        if (fact.table == kEventTable || still_true) owed_.push_back(fact);
    }
}

void Linker::owe(const Changes& undone, const Linked& linked) {
    note_moves(undone);
    for (const auto& moved : undone.moved) {
        const auto& told = linked.changes.moved;
        const auto found = std::find_if(told.begin(), told.end(), [&](const Moved& one) { return one.patient == moved.patient; });
        if (found == told.end() || found->from != moved.to) tell_move(moved, owed_);
    }
}

std::vector<store::FactWrite> Linker::take_owed() {
    const std::unique_lock lock(mutex_);
    return std::exchange(owed_, {});
}

Event Linker::new_event(std::string kind) {
    Event out;
    out.id = store_.new_id();
    out.kind = std::move(kind);
    return out;
}

void Linker::tell_move(const Moved& moved, std::vector<store::FactWrite>& out) {
    auto event = new_event(moved.to.empty() ? "removed" : "person");
    event.person = moved.to;
    event.from = moved.from;
    auto [other, judgement] = nearest(moved.patient, index_.patients_of(moved.to));
    if (other.empty()) std::tie(other, judgement) = nearest(moved.patient, index_.patients_of(moved.from));
    event.with = std::move(other);
    event.reasons = std::move(judgement.reasons);
    out.push_back(event_fact(moved.patient, event));
}

void Linker::tell(const Changes& changes, std::vector<store::FactWrite>& out) {
    note_moves(changes);
    for (const auto& moved : changes.moved) tell_move(moved, out);
    for (const auto* pairs : {&changes.asked, &changes.settled}) {
        for (const auto& pair : *pairs) {
            auto event = new_event(pairs == &changes.asked ? "review" : "settled");
            event.reasons = pair.judgement.reasons;
            event.with = pair.b;
            out.push_back(event_fact(pair.a, event));
            event.with = pair.a;
            out.push_back(event_fact(pair.b, event));
        }
    }
}

std::pair<std::string, Judgement> Linker::nearest(const std::string& patient, const std::vector<std::string>& others) const {
    std::pair<std::string, Judgement> out;
    for (const auto& other : others) {
        if (other == patient) continue;
        auto judgement = index_.judge_pair(patient, other);
        if (!out.first.empty() && strength(judgement) >= strength(out.second)) continue;
        out = {other, std::move(judgement)};
        if (out.second.verdict == Verdict::same) break;
    }
    return out;
}

/// A record that is a person of its own changes nobody else.
void Linker::note_moves(const Changes& changes) {
    for (const auto& moved : changes.moved) {
        if (moved.from.empty() && index_.patients_of(moved.to).size() <= 1) continue; // a person of its own
        moves_.push_back(moved.patient);
        if (moves_.size() > kMovesMax) moves_.pop_front();
        ++generation_;
    }
}

std::optional<std::vector<std::string>> Linker::moved_since(std::uint64_t generation) const {
    const std::shared_lock lock(mutex_);
    const auto now = generation_.load();
    if (generation > now || now - generation > moves_.size()) return std::nullopt;
    return std::vector<std::string>(moves_.end() - static_cast<std::ptrdiff_t>(now - generation), moves_.end());
}

void Linker::finish(Linked& linked) {
    linked.person_id = index_.person_of(linked.patient_id);
    const auto reviews = index_.reviews_of(linked.patient_id);
    linked.review = !reviews.empty();
    auto [other, judgement] = nearest(linked.patient_id, index_.patients_of(linked.person_id));
    if (other.empty() && !reviews.empty()) judgement = reviews.front().judgement;
    if (const auto* known = index_.find(linked.patient_id); other.empty() && reviews.empty() && known != nullptr)
        judgement = nearest(linked.patient_id, index_.holders_of(known->record.id_number)).second;
    linked.judgement = std::move(judgement);
    for (const auto& moved : linked.changes.moved) {
        if (moved.patient != linked.patient_id) linked.moved.push_back(moved.patient);
    }
}

std::string Linker::person_of(const std::string& patient_id) const {
    const std::shared_lock lock(mutex_);
    return index_.person_of(patient_id);
}

std::vector<std::string> Linker::patients_of(const std::string& person_id) const {
    const std::shared_lock lock(mutex_);
    return index_.patients_of(person_id);
}

std::vector<std::string> Linker::same_person(const std::string& patient_id) const {
    const std::shared_lock lock(mutex_);
    auto out = index_.patients_of(index_.person_of(patient_id));
    if (out.empty()) out.push_back(patient_id);
    return out;
}

std::string Linker::match_grade(const std::string& patient_a, const std::string& patient_b) const {
    const std::shared_lock lock(mutex_);
    if (patient_a == patient_b) return "certain";
    const auto person = index_.person_of(patient_a);
    if (!person.empty() && person == index_.person_of(patient_b)) return "certain";
    const auto judgement = index_.judge_pair(patient_a, patient_b);
    if (judgement.verdict == Verdict::review) return "possible";
    const auto& reason = judgement.reasons.front();
    return reason == "identity-steward" || reason == "identity-numbers-differ" ? "certainly-not" : "";
}

Judgement Linker::judge_pair(const std::string& patient_a, const std::string& patient_b) const {
    const std::shared_lock lock(mutex_);
    return index_.judge_pair(patient_a, patient_b);
}

std::vector<ReviewPair> Linker::reviews(std::size_t count) const {
    const std::shared_lock lock(mutex_);
    return index_.reviews(count);
}

std::size_t Linker::size() const {
    const std::shared_lock lock(mutex_);
    return index_.size();
}

std::optional<Record> Linker::record(const std::string& patient_id) const {
    const std::shared_lock lock(mutex_);
    const auto* found = index_.find(patient_id);
    return found == nullptr ? std::nullopt : std::optional(found->record);
}

std::vector<Event> Linker::events(const std::string& patient_id) const {
    std::vector<Event> out;
    each_fact(store_, kEventTable, patient_id + ' ', [&](const std::string& key, const std::string& value) {
        if (auto row = read_event_fact(key, value)) out.push_back(std::move(row->second));
    });
    return out;
}

} // namespace huitong::identity
