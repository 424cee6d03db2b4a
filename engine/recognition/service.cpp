#include "recognition/service.hpp"

#include "base/sha256.hpp"
#include "fhir/json.hpp"
#include "recognition/durable_by.hpp"
#include "recognition/ledger_text.hpp"
#include "recognition/matching.hpp"
#include "recognition/watch.hpp"

#include <algorithm>

namespace huitong::recognition {
namespace {

using std::chrono::steady_clock;

constexpr auto kImagesWait = std::chrono::seconds(2); ///< for services of images, where no order waits

/// What identity, order and companions (specimen, report, endpoint) are read with: the caller's rights to data, not the list of types,
/// which is asked for the results themselves.
store::CallerFilter companions_filter(store::CallerFilter filter) {
    filter.allowed_types.clear();
    return filter;
}

/// A UUID (version 8: our own making) of a fresh id of the store: unguessable enough for a name, and unique.
std::string match_id(const std::string& fresh) {
    auto digest = sha256(fresh);
    digest[6] = static_cast<unsigned char>((digest[6] & 0x0F) | 0x80);
    digest[8] = static_cast<unsigned char>((digest[8] & 0x3F) | 0x80);
    const auto hex = hex_text(std::string_view(reinterpret_cast<const char*>(digest.data()), 16));
    return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' + hex.substr(20);
}

/// Leaves of the Consents' words those about these records.
void keep_words_about(const std::vector<std::string>& records, store::CallerFilter& filter) {
    std::vector<std::string> closed;
    store::RecordWords parts;
    for (const auto& record : records) {
        if (filter.denied_patients.contains(record)) closed.push_back(record);
        if (!filter.record_words) continue;
        if (const auto words = filter.record_words->find(record); words != filter.record_words->end()) parts.insert(*words);
    }
    filter.denied_patients = std::move(closed);
    filter.record_words = parts.empty() ? nullptr : std::make_shared<const store::RecordWords>(std::move(parts));
}

bool is_void_now(store::ReadView& view, const store::ResourceKey& key) {
    const auto current = view.current(key);
    if (!current || !*current || (*current)->deleted) return true;
    const auto status = fhir::read_json((*current)->body).value->root().text("status");
    return status == "entered-in-error" || status == "cancelled";
}

bool shows_something(const Match& match) {
    return std::any_of(match.members.begin(), match.members.end(), [](const Member& member) { return member.best.has_value(); });
}

/// The register as it is asked at every order.
std::shared_ptr<const Register> with_index(std::shared_ptr<const Register> facts) {
    auto out = std::make_shared<Register>(*facts);
    out->index = RegisterIndex(*out);
    return out;
}

Outcome unknown_match() { return error(IssueCode::not_found, "", "recognition-unknown-match"); }

} // namespace

Service::Service(Services services, std::shared_ptr<const Register> facts, Settings settings)
    : services_(services), settings_(std::move(settings)), facts_(with_index(std::move(facts))), ledger_(*services.store),
      watch_(std::make_unique<Watch>()) {}

Service::~Service() = default;

void Service::reload(std::shared_ptr<const Register> facts) {
    auto indexed = with_index(std::move(facts));
    const std::lock_guard lock(mutex_);
    facts_ = std::move(indexed);
}

std::shared_ptr<const Register> Service::facts() const {
    const std::lock_guard lock(mutex_);
    return facts_;
}

std::string Service::pack_id(const std::string& receiver) const {
    const auto own = settings_.organization_pack.find(receiver);
    return own == settings_.organization_pack.end() ? settings_.rule_pack : own->second;
}

const RulePack* Service::pack_of(const Register& facts, const std::string& receiver) const { return find_pack(facts, pack_id(receiver)); }

Result<std::string> Service::receiver_of(const access::Caller& caller, std::string_view acting_for) const {
    if (acting_for.empty() || acting_for == caller.organization) {
        if (caller.organization.empty()) return Outcome(error(IssueCode::forbidden, "", "recognition-receiver-missing"));
        return caller.organization;
    }
    if (caller.open || caller.local_admin) return std::string(acting_for);
    const auto allowed = settings_.acts_for.find(caller.client_id);
    const bool may =
        allowed != settings_.acts_for.end() && (allowed->second.contains(std::string(acting_for)) || allowed->second.contains("*"));
    if (!may) return Outcome(error(IssueCode::forbidden, "", "recognition-acting-for"));
    return std::string(acting_for);
}

Outcome Service::may_use(const access::Caller& caller) {
    if (caller.open || caller.local_admin) return {};
    // Whoever sees nobody's name would learn here what is known of a number.
    if (caller.deidentified) return error(IssueCode::forbidden, "", "access-deidentified", {std::string(kScope)});
    if (caller.masked) return error(IssueCode::forbidden, "", "access-masked", {std::string(kScope)});
    const auto& scopes = caller.scopes;
    if (std::find(scopes.begin(), scopes.end(), kScope) == scopes.end())
        return error(IssueCode::forbidden, "", "access-scope", {std::string(kScope), "orders"});
    for (const char right : {'r', 's'}) {
        if (!access::may(caller, right, "Observation"))
            return error(IssueCode::forbidden, "", "access-scope", {std::string(1, right), "Observation"});
    }
    return {};
}

Service::Decided Service::decide_all(const access::Caller& caller, const Question& question, steady_clock::time_point images_until,
                                     std::function<bool()> late) const {
    Decided out;
    out.facts = facts();
    out.filter = access::filter_of(caller);
    MatchingContext context{*out.facts, *services_.terminology, services_.linker, pack_id(question.receiver), services_.clock->now()};
    context.offset_minutes = offset_minutes();
    context.may_read_images = access::may(caller, 'r', "ImagingStudy");
    context.images = services_.images;
    context.images_until = images_until;
    context.is_stored_map = stored_maps(*services_.terminology);
    context.late = std::move(late);
    const auto view = services_.store->view(companions_filter(out.filter));
    const auto all = services_.store->view();
    context.acts_for = &settings_.acts_for;
    context.all = all.get();
    Matching matching(context, *view, caller.purpose);
    out.advice = matching.answer(question);
    out.patient = own_record(matching.patient(), question.receiver);
    // What is kept of the caller's rights is what they say of this person: others' refusals are not the ledger's.
    auto records = out.patient.empty() || !services_.linker ? std::vector<std::string>() : services_.linker->same_person(out.patient);
    if (!out.patient.empty()) records.push_back(out.patient);
    keep_words_about(records, out.filter);
    return out;
}

Advice Service::explain(const access::Caller& caller, const Question& question) const {
    return decide_all(caller, question, steady_clock::now() + kImagesWait, [] { return false; }).advice;
}

boost::asio::awaitable<Advice> Service::ask(access::Caller caller, Question question) {
    ++counters_.questions;
    const auto begun = steady_clock::now();
    const auto deadline = begun + std::chrono::milliseconds(settings_.budget_ms);
    // Half of the time is left for the decision and its entry.
    const auto images_until = begun + std::chrono::milliseconds(settings_.budget_ms / 2);
    auto decided = decide_all(caller, question, images_until, [deadline] { return steady_clock::now() >= deadline; });
    auto& advice = decided.advice;
    advice.took_us = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun).count());
    if (!advice.late) {
        auto written = std::make_shared<LedgerBatch>();
        auto offered = std::make_shared<std::vector<std::pair<std::size_t, std::string>>>(); // place in the batch, match
        for (auto& match : advice.matches) {
            if (shows_something(match)) {
                match.id = match_id(services_.store->new_id());
                offered->emplace_back(written->entries.size(), match.id);
            }
            written->entries.push_back(write_decided(question, advice, match, caller.client_id, caller.purpose, decided.patient,
                                                     decided.filter, offset_minutes()));
        }
        MatchState state;
        state.state = "offered";
        state.receiver = question.receiver;
        state.at = advice.at;
        Ledger::Prepare prepare = [written, offered, state](std::uint64_t first) -> Result<LedgerBatch> {
            auto batch = std::move(*written); // asked once: decisions are long
            for (const auto& [place, match] : *offered) {
                auto own = state;
                own.decided = first + place;
                batch.facts.push_back(fact(kMatchTable, match, write_state(own)));
                batch.facts.push_back(fact(kOpenTable, open_key(state.at, match), ""));
            }
            return batch;
        };
        // Offer and withdrawal have one subject: the withdrawal is prepared when the offer is there to be seen.
        const auto subject = offered->empty() ? std::string() : offered->front().second;
        advice.late = !co_await durable_by(ledger_, subject, std::move(prepare), deadline);
        if (advice.late) undeliver(*offered);
    }
    if (advice.late) {
        ++counters_.late;
        advice.matches.clear();
        auto entry = write_late(question, caller.client_id, advice.at, offset_minutes());
        ledger_.append(
            "",
            [entry](std::uint64_t) -> Result<LedgerBatch> {
                return LedgerBatch{{entry}, {}};
            },
            [](auto) {});
    }
    for (const auto& match : advice.matches) counters_.shown += match.is_shown() ? 1 : 0;
    co_return std::move(advice);
}

/// What was written too late was never shown: it must not count as offered.
void Service::undeliver(const std::vector<std::pair<std::size_t, std::string>>& offered) {
    if (offered.empty()) return;
    Ledger::Prepare prepare = [this, offered](std::uint64_t) -> Result<LedgerBatch> {
        LedgerBatch out;
        for (const auto& [place, match] : offered) {
            const auto known = services_.store->fact(kMatchTable, match);
            if (!known) continue; // it was refused, not late
            auto state = read_state(*known);
            out.facts.push_back(no_fact(kOpenTable, open_key(state.at, match)));
            state.state = "undelivered";
            state.at = services_.clock->now();
            out.entries.push_back(write_event(match, state, offset_minutes()));
            out.facts.push_back(fact(kMatchTable, match, write_state(state)));
        }
        return out;
    };
    ledger_.append(offered.front().second, std::move(prepare), [](auto) {});
}

Result<Held> Service::held(const std::string& receiver, const std::string& match) const {
    const auto known = services_.store->fact(kMatchTable, match);
    if (!known) return unknown_match();
    const auto state = read_state(*known);
    // Another institution's match does not exist for this one.
    if (state.receiver != receiver || state.state == "undelivered") return unknown_match();
    const auto entry = ledger_.entry(state.decided);
    if (!entry) return unknown_match();
    auto out = read_decided(entry->json);
    out.sequence = state.decided;
    out.state = state.state;
    out.reason = state.reason;
    out.text = state.text;
    out.state_at = state.at;
    return out;
}

std::string Service::own_record(const std::string& patient, const std::string& receiver) const {
    if (!services_.linker || patient.empty()) return patient;
    const auto is_own = [&](const std::string& record) {
        const auto known = services_.linker->record(record);
        return known && known->institution == receiver;
    };
    if (is_own(patient)) return patient; // of several, the one that was named
    for (const auto& record : services_.linker->same_person(patient)) {
        if (is_own(record)) return record;
    }
    return patient;
}

bool Service::is_of_person(const std::string& record, const std::string& patient) const {
    if (!services_.linker || patient.empty() || record.empty()) return true;
    const auto person = services_.linker->same_person(patient);
    return std::find(person.begin(), person.end(), record) != person.end();
}

Result<Held> Service::find(const access::Caller& caller, const std::string& receiver, const std::string& match) const {
    auto out = held(receiver, match);
    if (!out) return out;
    const auto facts_then = facts();
    MatchingContext context{*facts_then, *services_.terminology, services_.linker, out->advice.pack, out->advice.at};
    context.offset_minutes = offset_minutes();
    const auto view = services_.store->view(companions_filter(access::filter_of(caller)), out->advice.t);
    const auto all = services_.store->view({}, out->advice.t);
    context.acts_for = &settings_.acts_for;
    context.all = all.get();
    Matching matching(context, *view, caller.purpose);
    const auto newest = services_.store->view(companions_filter(access::filter_of(caller)));
    const bool is_open = out->state == "offered" || out->state == "viewed";
    for (auto& member : out->match.members) {
        if (!member.best) continue;
        auto& judged = member.judged[*member.best];
        const auto key = key_of(judged.candidate.resource);
        if (!key || !access::may(caller, 'r', key->type)) {
            member.best.reset(), member.judged.clear();
            continue;
        }
        auto now = matching.candidate(member.item, judged.candidate.resource);
        // What identity has parted from the patient since is another person's.
        const bool is_same = now && is_of_person(now->patient_id, out->question.patient.known);
        // What turned out to be void is offered no longer; who has adopted it is told of it, and sees what it was.
        const bool is_offered = !is_open || !is_void_now(*newest, *key);
        if (is_same && is_offered && now->version == judged.candidate.version) judged.candidate = std::move(*now);
        else member.best.reset(), member.judged.clear();
    }
    if (!shows_something(out->match)) return unknown_match();
    return out;
}

Result<Advice> Service::reconsider(const access::Caller& caller, const std::string& receiver, const std::string& match) const {
    const auto known = held(receiver, match);
    if (!known) return known.error();
    auto question = known->question;
    // The order stays the one that was written: its day decides which catalogue holds.
    if (!question.orders.front().authored_on) question.orders.front().authored_on = known->advice.at;
    return explain(caller, question);
}

std::vector<std::pair<std::string, std::uint64_t>> Service::counters() const {
    return {{"recognition_questions", counters_.questions},
            {"recognition_late", counters_.late},
            {"recognition_shown", counters_.shown},
            {"recognition_withheld", counters_.withheld},
            {"recognition_notices", counters_.notices}};
}

} // namespace huitong::recognition
