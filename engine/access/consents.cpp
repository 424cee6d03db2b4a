#include "access/consents.hpp"

#include "access/trail_texts.hpp"
#include "access/writer.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <mutex>

namespace huitong::access {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::size_t kAnswersMax = 1'000;  ///< kinds of callers whose answers are kept
constexpr std::size_t kChangesMax = 10'000; ///< whoever is further behind is judged whole

constexpr char kNeedsWord = '\n'; ///< begins the kind of a caller to whom a record is closed of which nothing is said

bool closes_anything(const store::RecordWord& word) {
    return word.closes || std::any_of(word.exceptions.begin(), word.exceptions.end(), closes_anything);
}

/// Of two Consents of one moment the refusal stands.
int strictness(const store::RecordWord& word) { return word.closes && !word.is_bounded() ? 2 : closes_anything(word) ? 1 : 0; }

/// Whether a newer permission may open to this caller what an older refusal closed. A resident may always, and so may whoever wrote the
/// refusal down; an institution opens nothing for itself, nor against a refusal that names it.
bool may_take_back(const ConsentRule& permission, const ConsentRule& refusal, const Caller& caller) {
    if (permission.writer.empty() || is_resident_writer(permission.writer) || permission.writer == refusal.writer)
        return true; // "": the owner
    return permission.writer != caller.organization && !refuses_by_name(refusal.root, permission.writer);
}

/// Every version of a type behind a position, oldest first.
template <class Each>
void each_change(store::ReadView& view, const std::string& type, store::LogTime since, const Each& each) {
    store::HistoryRange range;
    range.since = since;
    range.count = kPage;
    range.newest_first = false;
    for (bool more = true; more;) {
        const auto changed = view.history(type, "", range);
        if (!changed) throw store::ReadFailure("consents cannot be read");
        for (const auto& version : *changed) each(version);
        more = changed->size() >= kPage;
        if (more) range.since = changed->back().t_from;
    }
}

} // namespace

std::vector<std::string> Consents::person_of(const std::string& patient) const {
    auto out = persons_.same(patient);
    if (out.empty()) out.push_back(patient);
    return out;
}

void Consents::note_change(const std::string& patient) {
    changed_.push_back(patient);
    if (changed_.size() > kChangesMax) changed_.pop_front();
    ++changes_;
}

void Consents::forget(const std::string& consent) {
    const auto found = rules_.find(consent);
    if (found == rules_.end()) return;
    const auto& known = found->second;
    const auto owner = of_patient_.find(known.rule.patient);
    owner->second.erase(consent);
    if (owner->second.empty()) of_patient_.erase(owner);
    for (const auto& name : known.rests_on) {
        const auto resting = resting_on_.find(name);
        resting->second.erase(consent);
        if (resting->second.empty()) resting_on_.erase(resting);
    }
    note_change(known.rule.patient);
    rules_.erase(found);
}

void Consents::take(store::ReadView& view, const store::Version& version) {
    if (version.superseded) return; // never was current
    Known known;
    const auto parsed = version.deleted ? Parsed<fhir::DocumentPtr>() : fhir::read_json(version.body);
    const ActorDirectory directory(view);
    std::unique_ptr<store::ReadView> then;
    const auto find_actor = [&](fhir::Element reference) {
        auto actor = directory.find(reference);
        known.rests_on.merge(actor.asked_of);
        if (reference.text("reference").empty() || version.t_from >= view.t()) return actor;
        // Whoever is refused does not get out of it by a new number.
        if (!then) then = store_.view({}, version.t_from);
        auto former = ActorDirectory(*then).find(reference);
        for (auto* codes : {&former.codes, &former.wider}) actor.wider.insert(actor.wider.end(), codes->begin(), codes->end());
        return actor;
    };
    const bool is_readable = parsed.value && !parsed.issues.has_errors();
    auto rule = is_readable ? read_consent(parsed.value->root(), version.updated, find_actor) : std::nullopt;
    if (rule) rule->writer = version.owner;
    const auto before = rules_.find(version.key.id);
    if (rule && before != rules_.end() && before->second.rule == *rule && before->second.rests_on == known.rests_on) return;
    forget(version.key.id);
    if (!rule) return;
    known.rule = std::move(*rule);
    of_patient_[known.rule.patient].insert(version.key.id);
    for (const auto& name : known.rests_on) resting_on_[name].insert(version.key.id);
    note_change(known.rule.patient);
    rules_[version.key.id] = std::move(known);
}

/// Whom a Consent names may be somebody else since: his entry came, went, got another number or another hospital.
void Consents::follow_actors(store::ReadView& view) {
    if (resting_on_.empty()) return;
    std::set<std::string> concerned;
    for (const std::string type : {"Organization", "Practitioner", "PractitionerRole"}) {
        each_change(view, type, followed_, [&](const store::Version& version) {
            for (const auto& name : touched_by(version)) {
                const auto resting = resting_on_.find(name);
                if (resting != resting_on_.end()) concerned.insert(resting->second.begin(), resting->second.end());
            }
        });
    }
    for (const auto& consent : concerned) {
        const auto current = view.current({"Consent", consent});
        if (!current) throw store::ReadFailure("consents cannot be read");
        if (*current) take(view, **current);
    }
}

void Consents::follow_persons() {
    const auto generation = persons_.generation();
    if (generation == persons_followed_) return;
    if (const auto moved = persons_.moved_since(persons_followed_)) {
        for (const auto& patient : *moved) note_change(patient);
    } else {
        answers_.clear();
    }
    persons_followed_ = generation;
}

void Consents::follow() {
    const auto view = store_.view();
    follow_persons();
    if (is_loaded_ && followed_ >= view->t()) return;
    if (!is_loaded_) {
        const auto all = view->versions(view->all("Consent"));
        if (!all) throw store::ReadFailure("consents cannot be read");
        for (const auto& version : *all) take(*view, version);
    } else {
        each_change(*view, "Consent", followed_, [&](const store::Version& version) { take(*view, version); });
        follow_actors(*view);
    }
    is_loaded_ = true;
    followed_ = view->t();
}

/// Treatment asks for no Consent, nor does the inspection of the trail, nor a copy without names (design "What they may see").
bool Consents::needs_word(const Caller& caller) const {
    if (unsaid_ == Unsaid::all || caller.deidentified) return false;
    ConsentProvision free;
    free.permits = true;
    free.purposes = {"TREAT"};
    const bool is_auditor = std::find(caller.scopes.begin(), caller.scopes.end(), kAuditorScope) != caller.scopes.end();
    if (is_auditor) free.purposes.emplace_back("HOPERAT");
    return words_of(free, caller, {}).empty();
}

/// The newest first; behind one that speaks of the whole record nothing else is heard. Empty: nothing is closed, or for a caller who needs
/// a word, nothing is said.
std::vector<store::RecordWord> Consents::say(const std::vector<std::string>& records, const Caller& caller, Instant now,
                                             Answer& answer) const {
    struct Said {
        const ConsentRule* rule = nullptr;
        int strictness = 0;
        std::vector<store::RecordWord> words;
    };
    std::vector<Said> all;
    for (const auto& record : records) {
        const auto own = of_patient_.find(record);
        if (own == of_patient_.end()) continue;
        for (const auto& consent : own->second) {
            const auto& rule = rules_.at(consent).rule;
            answer.until = std::min(answer.until, next_bound(rule.root, now));
            auto words = words_of(rule.root, caller, now);
            if (!words.empty()) all.push_back({&rule, strictness(words.front()), std::move(words)});
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Said& a, const Said& b) {
        return std::pair(a.rule->since, a.strictness) > std::pair(b.rule->since, b.strictness);
    });
    std::vector<store::RecordWord> out;
    bool closes = needs_word(caller);
    for (auto next = all.begin(); next != all.end();) {
        auto& said = *next++;
        const bool is_bound = std::any_of(next, all.end(), [&](const Said& older) {
            return std::any_of(older.words.begin(), older.words.end(), closes_anything) && !may_take_back(*said.rule, *older.rule, caller);
        });
        for (auto& word : is_bound ? closing_of(said.words) : said.words) {
            closes = closes || closes_anything(word);
            const bool speaks_of_all = !word.is_bounded();
            out.push_back(std::move(word));
            if (speaks_of_all) return closes ? out : std::vector<store::RecordWord>();
        }
    }
    return closes ? out : std::vector<store::RecordWord>();
}

/// Whoever was one with the record before, or is now, is judged with it.
void Consents::judge(Answer& answer, const std::string& patient, const Caller& caller, Instant now) {
    std::set<std::string> concerned{patient};
    if (const auto before = answer.records.find(patient); before != answer.records.end())
        concerned.insert(before->second.begin(), before->second.end());
    while (!concerned.empty()) {
        const auto first = *concerned.begin();
        concerned.erase(first);
        const auto person = person_of(first);
        ++judged_;
        const auto words = say(person, caller, now, answer);
        for (const auto& record : person) {
            concerned.erase(record);
            answer.whole.erase(record);
            answer.parts.erase(record);
            answer.records.erase(record);
            if (words.empty()) continue;
            answer.records[record] = person;
            const bool is_whole = words.front().closes && !words.front().is_bounded() && words.front().exceptions.empty();
            if (is_whole) answer.whole.insert(record);
            else answer.parts[record] = words;
        }
    }
}

void Consents::judge_all(Answer& answer, const Caller& caller, Instant now) {
    answer = {};
    answer.from = now.microseconds;
    answer.until = std::numeric_limits<std::int64_t>::max();
    std::set<std::string> done;
    for (const auto& [patient, consents] : of_patient_) {
        if (done.contains(patient)) continue;
        const auto person = person_of(patient);
        done.insert(person.begin(), person.end());
        judge(answer, patient, caller, now);
    }
}

void Consents::bring_up_to_date(Answer& answer, const Caller& caller, Instant now) {
    const bool is_in_time = answer.from <= now.microseconds && now.microseconds < answer.until;
    const auto behind = changes_ - answer.changes;
    if (!is_in_time || behind > changed_.size()) {
        judge_all(answer, caller, now);
    } else {
        const std::set<std::string> patients(changed_.end() - static_cast<std::ptrdiff_t>(behind), changed_.end());
        for (const auto& patient : patients) judge(answer, patient, caller, now);
    }
    answer.changes = changes_;
    answer.closed.whole = std::vector<std::string>(answer.whole.begin(), answer.whole.end());
    answer.closed.only_by_word = needs_word(caller);
    answer.closed.parts = answer.parts.empty() ? nullptr : std::make_shared<const store::RecordWords>(answer.parts);
}

std::optional<ClosedRecords> Consents::known(const std::string& kind, Instant now) const {
    if (rules_.empty()) {
        ClosedRecords out;
        out.only_by_word = kind.starts_with(kNeedsWord);
        return out;
    }
    const auto found = answers_.find(kind);
    if (found == answers_.end()) return std::nullopt;
    const auto& answer = found->second;
    const bool holds = answer.changes == changes_ && answer.from <= now.microseconds && now.microseconds < answer.until;
    return holds ? std::optional(answer.closed) : std::nullopt;
}

ClosedRecords Consents::closed_to(const Caller& caller, Instant now) {
    // Residents see what is theirs; the owner of the directory and a hub in open mode are not asked for a purpose.
    if (caller.open || caller.local_admin || is_resident(caller)) return {};
    auto kind = caller.organization + '\n' + caller.practitioner + '\n' + caller.client_id + '\n' + caller.purpose;
    if (needs_word(caller)) kind.insert(0, 1, kNeedsWord);
    {
        const std::shared_lock lock(mutex_);
        if (is_loaded_ && followed_ == store_.now() && persons_followed_ == persons_.generation()) {
            if (auto answer = known(kind, now)) return std::move(*answer);
        }
    }
    const std::unique_lock lock(mutex_);
    follow();
    if (auto answer = known(kind, now)) return std::move(*answer);
    if (answers_.size() >= kAnswersMax) answers_.erase(answers_.begin()); // one of them, not everybody's
    auto& answer = answers_[kind];
    bring_up_to_date(answer, caller, now);
    return answer.closed;
}

void Consents::bind(Caller& caller, Instant now) {
    auto closed = closed_to(caller, now);
    caller.denied_patients = std::move(closed.whole);
    caller.record_words = std::move(closed.parts);
    caller.only_by_word = closed.only_by_word;
}

} // namespace huitong::access
