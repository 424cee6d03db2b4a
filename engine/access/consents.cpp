#include "access/consents.hpp"

#include "access/residents.hpp"
#include "base/date_time.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <mutex>

namespace huitong::access {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::size_t kAnswersMax = 1'000; ///< kinds of callers whose answers are kept
constexpr int kOffsetMinutes = 480;        ///< of dates without an offset

using IdentifiersOf = std::function<std::vector<std::string>(const std::string& reference)>;

std::optional<std::pair<Instant, Instant>> instants(std::string_view text) {
    const auto read = read_date_time(text);
    return read ? std::optional(instants_of(*read, kOffsetMinutes)) : std::nullopt;
}

/// "12" of "Patient/12", also behind a base; "" for another type.
std::string id_of(std::string_view reference, std::string_view type) {
    const auto slash = reference.rfind('/');
    if (slash == reference.npos) return {};
    const auto before = reference.substr(0, slash);
    const bool fits = before == type || before.ends_with('/' + std::string(type));
    return fits ? std::string(reference.substr(slash + 1)) : std::string();
}

ConsentProvision read_provision(fhir::Element element, bool permits_by_default, const IdentifiersOf& identifiers_of) {
    ConsentProvision out;
    const auto type = element.text("type");
    out.permits = type.empty() ? permits_by_default : type == "permit";
    if (const auto start = instants(element.text("period.start"))) out.from = start->first.microseconds;
    if (const auto end = instants(element.text("period.end"))) out.to = end->second.microseconds;
    for (const auto actor : element.children("actor")) {
        const auto reference = actor.child("reference");
        if (!reference.text("identifier.value").empty()) out.actors.emplace_back(reference.text("identifier.value"));
        const std::string named(reference.text("reference"));
        if (named.empty()) continue;
        out.actors.push_back(named);
        for (auto& identifier : identifiers_of(named)) out.actors.push_back(std::move(identifier));
    }
    for (const auto purpose : element.children("purpose")) out.purposes.emplace_back(purpose.text("code"));
    out.is_narrow = element.child("class") || element.child("code") || element.child("data") || element.child("dataPeriod");
    out.by_labels = static_cast<bool>(element.child("securityLabel"));
    for (const auto nested : element.children("provision")) out.exceptions.push_back(read_provision(nested, !out.permits, identifiers_of));
    return out;
}

bool is_about(const ConsentProvision& provision, const Caller& caller, Instant now) {
    if (now.microseconds < provision.from || now.microseconds >= provision.to) return false;
    auto contains = [](const std::vector<std::string>& list, const std::string& text) {
        return !text.empty() && std::find(list.begin(), list.end(), text) != list.end();
    };
    if (!provision.purposes.empty() && !contains(provision.purposes, caller.purpose)) return false;
    return provision.actors.empty() || contains(provision.actors, caller.organization) || contains(provision.actors, caller.practitioner) ||
           contains(provision.actors, caller.client_id);
}

/// The first begin or end of a period behind `now`.
std::int64_t next_bound(const ConsentProvision& provision, Instant now) {
    auto out = std::numeric_limits<std::int64_t>::max();
    for (const auto bound : {provision.from, provision.to}) {
        if (bound > now.microseconds) out = std::min(out, bound);
    }
    for (const auto& exception : provision.exceptions) out = std::min(out, next_bound(exception, now));
    return out;
}

} // namespace

std::optional<ConsentRule> read_consent(fhir::Element consent, const IdentifiersOf& identifiers_of) {
    if (consent.text("status") != "active") return std::nullopt;
    bool is_privacy = !consent.child("scope");
    for (const auto coding : consent["scope"].children("coding")) is_privacy = is_privacy || coding.text("code") == "patient-privacy";
    ConsentRule out;
    out.patient = id_of(consent.text("patient.reference"), "Patient");
    if (!is_privacy || out.patient.empty()) return std::nullopt;
    if (const auto since = instants(consent.text("dateTime"))) out.since = since->first.microseconds;
    bool opts_in = false;
    for (const auto coding : consent["policyRule"].children("coding")) opts_in = opts_in || coding.text("code") == "OPTIN";
    out.root = read_provision(consent["provision"], opts_in, identifiers_of);
    return out;
}

std::optional<bool> permits(const ConsentProvision& provision, const Caller& caller, Instant now) {
    if (!is_about(provision, caller, now)) return std::nullopt;
    if (provision.by_labels || (provision.permits && provision.is_narrow)) return std::nullopt;
    bool out = provision.permits;
    for (const auto& exception : provision.exceptions) out = permits(exception, caller, now).value_or(out);
    return out;
}

void Consents::take(store::ReadView& view, const store::Version& version) {
    if (version.superseded) return; // never was current
    ++changes_;
    rules_.erase(version.key.id);
    if (version.deleted) return;
    const auto parsed = fhir::read_json(version.body);
    if (parsed.issues.has_errors()) return;
    auto identifiers_of = [&](const std::string& reference) {
        std::vector<std::string> out;
        const auto id = id_of(reference, "Organization");
        const auto found = id.empty() ? Result<std::optional<store::Version>>(std::nullopt) : view.current({"Organization", id});
        if (!found || !*found || (*found)->deleted) return out;
        const auto organization = fhir::read_json((*found)->body);
        for (const auto identifier : organization.value->root().children("identifier")) out.emplace_back(identifier.text("value"));
        return out;
    };
    if (auto rule = read_consent(parsed.value->root(), identifiers_of)) rules_[version.key.id] = std::move(*rule);
}

void Consents::follow() {
    const std::unique_lock lock(mutex_);
    const auto view = store_.view();
    if (is_loaded_ && followed_ >= view->t()) return;
    if (!is_loaded_) {
        const auto all = view->versions(view->all("Consent"));
        if (!all) throw store::ReadFailure("consents cannot be read");
        for (const auto& version : *all) take(*view, version);
    } else {
        store::HistoryRange range;
        range.since = followed_;
        range.count = kPage;
        range.newest_first = false;
        for (bool more = true; more;) {
            const auto changed = view->history("Consent", "", range);
            if (!changed) throw store::ReadFailure("consents cannot be read");
            for (const auto& version : *changed) take(*view, version);
            more = changed->size() >= kPage;
            if (more) range.since = changed->back().t_from;
        }
    }
    is_loaded_ = true;
    followed_ = view->t();
}

Consents::Answer Consents::judge(const Caller& caller, Instant now) const {
    Answer out;
    out.rules = changes_;
    out.persons = persons_();
    out.from = now.microseconds;
    out.until = std::numeric_limits<std::int64_t>::max();
    std::map<std::string, std::pair<std::int64_t, bool>> newest; ///< person's first record → what the newest word says
    std::map<std::string, std::vector<std::string>> records;
    for (const auto& [id, rule] : rules_) {
        out.until = std::min(out.until, next_bound(rule.root, now));
        const auto word = permits(rule.root, caller, now);
        if (!word) continue;
        auto same = same_person_(rule.patient);
        if (same.empty()) same.push_back(rule.patient);
        const auto person = *std::min_element(same.begin(), same.end());
        auto [known, is_new] = newest.try_emplace(person, rule.since, *word);
        // Of two words of one moment the refusal stands.
        if (!is_new && (rule.since > known->second.first || (rule.since == known->second.first && !*word)))
            known->second = {rule.since, *word};
        records[person] = std::move(same);
    }
    std::vector<std::string> closed;
    for (const auto& [person, word] : newest) {
        if (!word.second) closed.insert(closed.end(), records[person].begin(), records[person].end());
    }
    out.closed = std::move(closed);
    return out;
}

store::PatientList Consents::closed_to(const Caller& caller, Instant now) {
    // Residents see what is theirs; the owner of the directory and a hub in open mode are not asked for a purpose.
    if (caller.open || caller.local_admin || is_resident(caller)) return {};
    const auto kind = caller.organization + '\n' + caller.practitioner + '\n' + caller.client_id + '\n' + caller.purpose;
    const auto known = [&]() -> std::optional<store::PatientList> {
        if (rules_.empty()) return store::PatientList();
        const auto found = answers_.find(kind);
        if (found == answers_.end()) return std::nullopt;
        const auto& answer = found->second;
        const bool holds =
            answer.rules == changes_ && answer.persons == persons_() && answer.from <= now.microseconds && now.microseconds < answer.until;
        return holds ? std::optional(answer.closed) : std::nullopt;
    };
    {
        const std::shared_lock lock(mutex_);
        if (is_loaded_ && followed_ == store_.now()) {
            if (auto answer = known()) return std::move(*answer);
        }
    }
    follow();
    {
        const std::shared_lock lock(mutex_);
        if (auto answer = known()) return std::move(*answer);
    }
    const std::unique_lock lock(mutex_);
    if (auto answer = known()) return std::move(*answer);
    ++judged_;
    if (answers_.size() >= kAnswersMax) answers_.clear();
    auto answer = judge(caller, now);
    return (answers_[kind] = std::move(answer)).closed;
}

} // namespace huitong::access
