#include "recognition/watch.hpp"

#include "fhir/json.hpp"
#include "recognition/matching.hpp"

#include <algorithm>
#include <set>

namespace huitong::recognition {
namespace {

constexpr std::size_t kLogCount = 512;
constexpr std::size_t kLedgerCount = 128;
constexpr std::size_t kOpenCount = 64;
constexpr std::size_t kFactCount = 1'000;

std::uint64_t position(store::Store& store, const char* name) {
    const auto value = store.fact(kWatermarkTable, name);
    return value ? std::strtoull(value->c_str(), nullptr, 10) : 0;
}

std::set<std::string> codes_of(fhir::Element root) {
    std::set<std::string> out;
    if (const auto code = root.child("code")) {
        for (const auto coding : code.children("coding"))
            out.insert(std::string(coding.text("system")) + '|' + std::string(coding.text("code")));
    }
    return out;
}

/// What makes a result what it is, beside its code: the value, when it was taken and from what.
std::string substance_of(fhir::Element root) {
    constexpr std::string_view kWhole[] = {"component", "dataAbsentReason", "specimen", "started", "bodySite"};
    std::string out;
    for (const auto child : root.children()) {
        const auto name = child.name();
        const bool counts = name.starts_with("value") || name.starts_with("effective") ||
                            std::find(std::begin(kWhole), std::end(kWhole), name) != std::end(kWhole);
        if (counts) fhir::write_json(child, out);
    }
    return out;
}

using SamePerson = std::function<bool(const std::string& patient, const std::string& other)>;

/// The Patient in whose record a version stands, "" = in none.
std::string subject_of(fhir::Element root) {
    const auto patient = key_of(root.text("subject.reference"));
    return patient ? patient->id : std::string();
}

/// Whether both versions stand in records of one person, or the new one in a record of whom it was adopted for: after a merge a report
/// comes again under the number that is left, and the other may be gone.
bool keeps_person(fhir::Element before, fhir::Element after, const std::string& asked_for, const SamePerson& is_same) {
    if (before.text("subject.reference") == after.text("subject.reference")) return true;
    const auto was = subject_of(before), is = subject_of(after);
    if (was.empty() || is.empty()) return false;
    return is_same(is, was) || (!asked_for.empty() && is_same(is, asked_for));
}

/// What is void is told whatever else changed, and what turns out to be another person's is void for this one; a report beside its values
/// is told only then. A code that is added is no change, one that is gone is.
std::string change_of(const store::Version& before, const store::Version& after, const std::string& asked_for, const SamePerson& is_same) {
    if (after.deleted) return "void";
    const auto old_document = fhir::read_json(before.body).value;
    const auto new_document = fhir::read_json(after.body).value;
    const auto old_root = old_document->root();
    const auto new_root = new_document->root();
    const auto status = new_root.text("status");
    const bool differs = old_root.text("status") != status;
    if (differs && (status == "entered-in-error" || status == "cancelled")) return "void";
    if (!keeps_person(old_root, new_root, asked_for, is_same)) return "void";
    if (after.key.type == "DiagnosticReport") return {};
    const auto old_codes = codes_of(old_root), new_codes = codes_of(new_root);
    const bool keeps_codes = std::includes(new_codes.begin(), new_codes.end(), old_codes.begin(), old_codes.end());
    if (!keeps_codes || substance_of(old_root) != substance_of(new_root)) return "value";
    return differs ? "status" : "";
}

Notice notice_about(const Adopted& adopted, std::string resource) {
    Notice out;
    out.match = adopted.match;
    out.receiver = adopted.receiver;
    out.order = adopted.order;
    out.item = adopted.item;
    out.resource = std::move(resource);
    out.adopted_version = static_cast<std::uint32_t>(std::strtoul(adopted.version.c_str(), nullptr, 10));
    return out;
}

fhir::DocumentPtr read_object(const std::string& text) { return fhir::read_plain_json(text).value; }

/// Every entry begins with its kind. Decisions are long, and are read once, by whoever wants more of them.
std::string_view kind_of(std::string_view entry) {
    constexpr std::string_view kHead = R"({"kind":")";
    if (!entry.starts_with(kHead)) return {};
    entry.remove_prefix(kHead.size());
    return entry.substr(0, entry.find('"'));
}

/// Every row of a table in [from, to), however many there are.
template <class Each>
void each_row(store::Store& store, const std::string& table, std::string from, const std::string& to, const Each& each) {
    for (;;) {
        const auto rows = store.facts(table, from, to, kFactCount);
        for (const auto& [key, value] : rows) each(key, value);
        if (rows.size() < kFactCount) return;
        from = rows.back().first + '\x01';
    }
}

} // namespace

std::vector<store::FactWrite> Service::Watch::positions() const {
    return {fact(kWatermarkTable, "log", std::to_string(log_)), fact(kWatermarkTable, "ledger", std::to_string(ledger_)),
            fact(kWatermarkTable, "notices", std::to_string(notices_))};
}

void Service::Watch::load(Service& service) {
    auto& store = *service.services_.store;
    log_ = position(store, "log");
    ledger_ = position(store, "ledger");
    notices_ = position(store, "notices");
    each_row(store, kAdoptedTable, "", "~", [&](const std::string& key, const std::string& value) {
        const auto adopted = read_adopted(value);
        if (adopted.sequence > ledger_) return;
        adopted_.insert(key.substr(0, key.find(' ')));
        remember(key, adopted);
    });
    loaded_ = true;
}

void Service::Watch::remember(const std::string& key, const Adopted& adopted) {
    for (const auto& patient : {adopted.asked_for, adopted.is_of}) {
        if (!patient.empty()) of_patient_[patient].insert(key);
    }
}

void Service::Watch::tell(Service& service, Notice notice, Work& work) {
    notice.sequence = ++notices_;
    notice.at = service.services_.clock->now();
    const auto text = write_notice(notice);
    work.facts.push_back(fact(kNoticeTable, notice.receiver + ' ' + sequence_key(notice.sequence), text));
    work.entries.push_back(text);
    ++service.counters_.notices;
}

void Service::Watch::notify(Service& service, const std::string& key, const Adopted& adopted, const store::Version& before,
                            const store::Version& after, Work& work) {
    const auto is_same = [&](const std::string& patient, const std::string& other) { return service.is_of_person(patient, other); };
    const auto change = change_of(before, after, adopted.asked_for, is_same);
    if (change != "void") follow_record(key, adopted, after, work);
    if (change.empty()) return;
    auto notice = notice_about(adopted, after.key.type + '/' + after.key.id);
    notice.new_version = after.version;
    notice.change = change;
    notice.status = after.deleted ? "deleted" : fhir::read_json(after.body).value->root().text("status");
    tell(service, std::move(notice), work);
}

/// A row names the record in which its result stands now: whoever is parted from that one later is told.
void Service::Watch::follow_record(const std::string& key, Adopted adopted, const store::Version& after, Work& work) {
    auto subject = subject_of(fhir::read_json(after.body).value->root());
    if (subject.empty() || adopted.asked_for.empty() || subject == adopted.is_of) return;
    adopted.is_of = std::move(subject);
    remember(key, adopted);
    work.rewritten[key] = write_adopted(adopted);
    work.facts.push_back(fact(kAdoptedTable, key, work.rewritten[key]));
}

void Service::Watch::check_person(Service& service, const std::string& key, Work& work) {
    if (!work.checked.insert(key).second) return;
    const auto text = service.services_.store->fact(kAdoptedTable, key);
    if (!text) return; // withdrawn
    const auto rewritten = work.rewritten.find(key);
    auto adopted = read_adopted(rewritten == work.rewritten.end() ? *text : rewritten->second);
    const bool is_parted = !service.is_of_person(adopted.is_of, adopted.asked_for);
    if (is_parted == adopted.parted) return;
    adopted.parted = is_parted;
    work.facts.push_back(fact(kAdoptedTable, key, write_adopted(adopted)));
    const auto resource = key.substr(0, key.find(' '));
    if (!is_parted || resource.starts_with("DiagnosticReport/")) return; // its values are told of
    auto notice = notice_about(adopted, resource);
    notice.new_version = notice.adopted_version;
    notice.change = "void";
    notice.status = "parted";
    tell(service, std::move(notice), work);
}

void Service::Watch::follow_persons(Service& service, Work& work) {
    const auto* linker = service.services_.linker;
    if (!linker) return;
    const auto generation = linker->generation();
    if (persons_ && *persons_ == generation) return;
    const auto moved = persons_ ? linker->moved_since(*persons_) : std::nullopt;
    std::set<std::string> concerned;
    const auto add = [&](const std::set<std::string>& keys) { concerned.insert(keys.begin(), keys.end()); };
    if (moved) {
        for (const auto& patient : *moved) {
            if (const auto found = of_patient_.find(patient); found != of_patient_.end()) add(found->second);
        }
    } else {
        for (const auto& [patient, keys] : of_patient_) add(keys);
    }
    for (const auto& key : concerned) check_person(service, key, work);
    persons_ = generation;
}

void Service::Watch::follow_change(Service& service, const store::ResourceKey& key, store::LogTime t, Work& work) {
    auto& store = *service.services_.store;
    const auto after = store.view({}, t)->current(key);
    const auto before = store.view({}, t - 1)->current(key);
    if (!after || !*after || !before || !*before) return;
    if ((*after)->version == (*before)->version) return; // a late message that did not become the truth
    const auto resource = key.type + '/' + key.id;
    each_row(store, kAdoptedTable, resource + ' ', resource + '!', [&](const std::string& row, const std::string& value) {
        const auto rewritten = work.rewritten.find(row);
        notify(service, row, read_adopted(rewritten == work.rewritten.end() ? value : rewritten->second), **before, **after, work);
    });
}

bool Service::Watch::follow_log(Service& service, Work& work) {
    auto& store = *service.services_.store;
    const auto newest = store.now();
    if (adopted_.empty()) {
        log_ = newest;
        return true;
    }
    const auto entries = store.log(log_, kLogCount);
    if (!entries) return true;
    for (const auto& entry : *entries) {
        for (const auto& [key, version] : entry.writes) {
            if (adopted_.contains(key.type + '/' + key.id)) follow_change(service, key, entry.t, work);
        }
        log_ = entry.t;
    }
    return log_ >= newest;
}

/// A result may have changed between the offer and the doctor's word.
void Service::Watch::begin_watching(Service& service, const std::string& match, Work& work) {
    auto& store = *service.services_.store;
    const auto state = store.fact(kMatchTable, match);
    const auto entry = state ? service.ledger_.entry(read_state(*state).decided) : std::nullopt;
    if (!entry) return;
    const auto held = read_decided(entry->json);
    const auto now = store.view({}, log_);
    const auto then = store.view({}, held.advice.t);
    for (const auto& member : held.match.members) {
        const auto* shown = member.shown();
        if (!shown) continue;
        for (const auto& resource : {shown->candidate.resource, shown->candidate.report}) {
            const auto adopted = resource.empty() ? std::nullopt : store.fact(kAdoptedTable, resource + ' ' + match);
            const auto key = key_of(resource);
            if (!adopted || !key) continue;
            const auto row = resource + ' ' + match;
            adopted_.insert(resource);
            remember(row, read_adopted(*adopted));
            const auto before = then->current(*key);
            const auto after = now->current(*key);
            if (before && *before && after && *after && (*after)->version > (*before)->version)
                notify(service, row, read_adopted(*adopted), **before, **after, work);
            check_person(service, row, work);
        }
    }
}

void Service::Watch::look_for_withheld(Service& service, const LedgerEntry& entry, Work& work) {
    const auto scope = read_scope(entry.json);
    if (!scope || scope->filter.unrestricted) return; // who saw everything was kept from nothing
    auto& store = *service.services_.store;
    auto filter = scope->filter;
    const auto types = filter.allowed_types;
    filter.allowed_types.clear();
    const auto own = store.view(filter, scope->t);
    const auto facts = service.facts();
    MatchingContext context{*facts, *service.services_.terminology, service.services_.linker, scope->pack, scope->at};
    context.offset_minutes = service.offset_minutes();
    context.is_stored_map = stored_maps(*service.services_.terminology);
    context.acts_for = &service.settings_.acts_for;
    context.withheld = [&](const std::string& resource) {
        const auto key = key_of(resource);
        const bool type_open = types.empty() || (key && std::find(types.begin(), types.end(), key->type) != types.end());
        return !key || !type_open || own->current_key(*key) == 0;
    };
    const auto all = store.view({}, scope->t);
    Matching matching(context, *all, scope->purpose);
    const bool may_list = types.empty() || (std::find(types.begin(), types.end(), "Observation") != types.end() &&
                                            std::find(types.begin(), types.end(), "ImagingStudy") != types.end());
    // Nearly always nothing is kept back, and to see that is a fraction of deciding everything anew.
    if (may_list && matching.lists_the_same(scope->question, *own)) return;
    const auto advice = matching.answer(scope->question);
    const auto seen = read_seen(entry.json);
    std::vector<Judged> withheld;
    for (const auto& match : advice.matches) {
        for (const auto& member : match.members) {
            for (const auto& judged : member.judged) {
                if (judged.candidate.withheld_by_access && !seen.contains(judged.candidate.resource)) withheld.push_back(judged);
            }
        }
    }
    if (withheld.empty()) return;
    service.counters_.withheld += withheld.size();
    work.entries.push_back(write_withheld(*scope, entry.sequence, withheld, service.offset_minutes()));
}

bool Service::Watch::follow_ledger(Service& service, Work& work) {
    const auto entries = service.ledger_.entries(ledger_, kLedgerCount);
    for (const auto& entry : entries) {
        const auto kind = kind_of(entry.json);
        if (kind == "adopted") begin_watching(service, std::string(read_object(entry.json)->root().text("match")), work);
        else if (kind == "decided") look_for_withheld(service, entry, work);
        ledger_ = entry.sequence;
    }
    return entries.size() < kLedgerCount;
}

Result<bool> Service::Watch::step(Service& service) {
    const std::lock_guard lock(mutex_);
    if (!loaded_) load(service);
    const auto kept = std::tuple(log_, ledger_, notices_, persons_);
    Work work;
    // Adoptions begin to be watched at the position that the log was followed to: nothing between falls through.
    bool done = follow_log(service, work);
    if (done) done = follow_ledger(service, work);
    if (done) follow_persons(service, work);
    if (work.entries.empty() && work.facts.empty()) return !done;
    auto shared = std::make_shared<LedgerBatch>();
    shared->entries = std::move(work.entries);
    shared->facts = std::move(work.facts);
    for (auto& fact : positions()) shared->facts.push_back(std::move(fact));
    const auto written = service.ledger_.append_and_wait("", [shared](std::uint64_t) -> Result<LedgerBatch> { return *shared; });
    if (!written) {
        std::tie(log_, ledger_, notices_, persons_) = kept; // read again at the next step
        return written.error();
    }
    return !done;
}

void Service::close_unanswered() {
    const auto hours = std::int64_t{settings_.ignored_after_hours};
    const Instant before{services_.clock->now().microseconds - hours * 3600 * kMicrosecondsPerSecond};
    for (const auto& [key, value] : services_.store->facts(kOpenTable, "", time_key(before), kOpenCount)) {
        const auto match = key.substr(key.find(' ') + 1);
        Ledger::Prepare prepare = [this, match, key = key](std::uint64_t) -> Result<LedgerBatch> {
            const auto known = services_.store->fact(kMatchTable, match);
            LedgerBatch out;
            out.facts.push_back(no_fact(kOpenTable, key));
            if (!known) return out;
            auto state = read_state(*known);
            if (state.state != "offered" && state.state != "viewed") return out;
            state.state = "ignored";
            state.at = services_.clock->now();
            out.entries.push_back(write_event(match, state, offset_minutes()));
            out.facts.push_back(fact(kMatchTable, match, write_state(state)));
            return out;
        };
        (void)ledger_.append_and_wait(match, std::move(prepare));
    }
}

Result<bool> Service::step() {
    close_unanswered();
    return watch_->step(*this);
}

std::vector<Service::Told> Service::notices(const access::Caller& caller, const std::string& receiver, std::uint64_t since,
                                            std::size_t count) const {
    std::vector<Told> out;
    auto filter = access::filter_of(caller);
    filter.allowed_types.clear();
    const auto facts_now = facts();
    const auto view = services_.store->view(filter);
    RecordReader reader(*view, *services_.terminology, *facts_now, services_.linker, offset_minutes());
    const auto read = [&](const store::ResourceKey& key, std::uint32_t number) -> std::optional<Candidate> {
        if (!access::may(caller, 'r', key.type)) return std::nullopt;
        const auto version = view->version(key, number);
        if (!version || !*version || (*version)->deleted) return std::nullopt;
        if (key.type == "Observation") return reader.laboratory(**version, {});
        if (key.type == "ImagingStudy") return reader.study(**version);
        return std::nullopt;
    };
    for (const auto& [name, value] :
         services_.store->facts(kNoticeTable, receiver + ' ' + sequence_key(since + 1), receiver + '!', count)) {
        Told told;
        told.notice = read_notice(value);
        if (const auto key = key_of(told.notice.resource)) {
            told.before = read(*key, told.notice.adopted_version);
            told.after = read(*key, told.notice.new_version);
        }
        out.push_back(std::move(told));
    }
    return out;
}

} // namespace huitong::recognition
