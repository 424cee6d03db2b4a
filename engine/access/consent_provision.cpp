#include "access/consent_provision.hpp"

#include "access/purposes.hpp"
#include "base/date_time.hpp"

#include <algorithm>

namespace huitong::access {
namespace {

constexpr int kOffsetMinutes = 480; ///< of dates without an offset
constexpr std::string_view kTypesSystem = "http://hl7.org/fhir/resource-types";

constexpr std::string_view kPurposeSystem = "http://terminology.hl7.org/CodeSystem/v3-ActReason";

/// What may hold anything of a record inside.
constexpr std::string_view kDocumentTypes[] = {"Binary", "Bundle", "Composition", "DocumentReference", "Media"};

std::optional<std::pair<Instant, Instant>> instants(std::string_view text) {
    const auto read = read_date_time(text);
    return read ? std::optional(instants_of(*read, kOffsetMinutes)) : std::nullopt;
}

void read_actors(fhir::Element element, const FindActor& find_actor, ConsentProvision& out) {
    for (const auto one : element.children("actor")) {
        out.is_for_everybody = false;
        const auto actor = find_actor(one.child("reference"));
        out.actors.insert(out.actors.end(), actor.codes.begin(), actor.codes.end());
        out.wider.insert(out.wider.end(), actor.wider.begin(), actor.wider.end());
        out.has_unknown_actor = out.has_unknown_actor || !actor.is_known;
    }
}

/// A permission to collect or correct is none to look.
bool allows_reading(fhir::Element element) {
    bool is_bounded = false;
    for (const auto action : element.children("action")) {
        is_bounded = true;
        for (const auto coding : action.children("coding")) {
            const auto code = coding.text("code");
            if (code == "access" || code == "use" || code == "disclose") return true;
        }
    }
    return !is_bounded;
}

/// Fills one list of bounds from elements of the provision; one that cannot be read leaves the whole list out.
template <class List, class Read>
void read_bound(fhir::Element element, std::string_view name, List& list, ConsentProvision& out, const Read& read) {
    bool is_whole = true;
    for (const auto child : element.children(name)) is_whole = read(child) && is_whole;
    if (is_whole) return;
    list.clear();
    out.is_vague = true;
}

void read_classes(fhir::Element element, ConsentProvision& out) {
    read_bound(element, "class", out.types, out, [&](fhir::Element coding) {
        const auto system = coding.text("system"), code = coding.text("code");
        if ((!system.empty() && system != kTypesSystem) || code.empty() || code.front() < 'A' || code.front() > 'Z') return false;
        out.types.emplace_back(code);
        return true;
    });
}

void read_data(fhir::Element element, ConsentProvision& out) {
    read_bound(element, "data", out.resources, out, [&](fhir::Element data) {
        auto reference = data.text("reference.reference");
        reference = reference.substr(0, reference.find("/_history/")); // one version is not kept apart from the others
        const auto slash = reference.rfind('/');
        if (data.text("meaning") != "instance" || slash == reference.npos) return false;
        const auto before = reference.substr(0, slash);
        const auto type = before.substr(before.rfind('/') + 1);
        if (type.empty() || type.front() < 'A' || type.front() > 'Z') return false;
        out.resources.push_back(std::string(type) + std::string(reference.substr(slash)));
        return true;
    });
}

void read_codes(fhir::Element element, ConsentProvision& out) {
    read_bound(element, "code", out.codes, out, [&](fhir::Element concept_) {
        const auto before = out.codes.size();
        for (const auto coding : concept_.children("coding")) {
            const auto system = coding.text("system");
            if (!coding.text("code").empty()) out.codes.emplace_back(system.empty() ? "*" : system, coding.text("code"));
        }
        return out.codes.size() > before;
    });
}

void read_purposes(fhir::Element element, ConsentProvision& out) {
    read_bound(element, "purpose", out.purposes, out, [&](fhir::Element coding) {
        const auto system = coding.text("system"), code = coding.text("code");
        if (code.empty() || (!system.empty() && system != kPurposeSystem)) return false;
        out.purposes.emplace_back(code);
        return true;
    });
}

void read_labels(fhir::Element element, ConsentProvision& out) {
    read_bound(element, "securityLabel", out.labels, out, [&](fhir::Element coding) {
        out.labels.emplace_back(coding.text("code"));
        return !out.labels.back().empty();
    });
}

ConsentProvision read_provision(fhir::Element element, bool permits_by_default, const FindActor& find_actor) {
    ConsentProvision out;
    const auto type = element.text("type");
    out.permits = type.empty() ? permits_by_default : type == "permit";
    if (const auto start = instants(element.text("period.start"))) out.from = start->first.microseconds;
    if (const auto end = instants(element.text("period.end"))) out.to = end->second.microseconds;
    read_actors(element, find_actor, out);
    read_purposes(element, out);
    read_classes(element, out);
    read_data(element, out);
    read_codes(element, out);
    read_labels(element, out);
    if (element.child("dataPeriod") || !allows_reading(element)) out.is_vague = true;
    for (const auto nested : element.children("provision")) out.exceptions.push_back(read_provision(nested, !out.permits, find_actor));
    return out;
}

bool is_about(const ConsentProvision& provision, const Caller& caller, Instant now) {
    if (now.microseconds < provision.from || now.microseconds >= provision.to) return false;
    // A purpose that nobody defined may be any: a refusal bounded to some purposes reaches it, a permission does not.
    const bool may_be_any = !provision.permits && !is_purpose(caller.purpose);
    if (!provision.purposes.empty() && !may_be_any && !serves(caller.purpose, provision.purposes)) return false;
    const auto names = [&](const std::vector<ActorCode>& codes) {
        return std::any_of(codes.begin(), codes.end(), [&](const ActorCode& code) { return code.is_of(caller); });
    };
    if (provision.is_for_everybody || names(provision.actors)) return true;
    return !provision.permits && (provision.has_unknown_actor || names(provision.wider));
}

/// Whether anybody is refused anything.
bool refuses(const ConsentProvision& provision) {
    return !provision.permits || std::any_of(provision.exceptions.begin(), provision.exceptions.end(), refuses);
}

/// When it was said, never later than it came. A refusal of a day may be of its last moment, a permission of its first.
std::int64_t time_of_word(std::string_view said, const ConsentProvision& root, Instant stored) {
    const auto span = instants(said);
    if (!span) return stored.microseconds;
    return std::min(refuses(root) ? span->second.microseconds - 1 : span->first.microseconds, stored.microseconds);
}

/// What of a word closes something, without what it opens; an exception to it stays.
void add_closing(store::RecordWord word, std::vector<store::RecordWord>& out) {
    if (word.closes) return out.push_back(std::move(word));
    for (auto& exception : word.exceptions) add_closing(std::move(exception), out);
}

/// An exception that takes everything turns the whole word round; one that says what is said anyway is none.
void take_exception(store::RecordWord exception, store::RecordWord& out) {
    if (!exception.is_bounded()) {
        out.closes = exception.closes;
        out.exceptions = std::move(exception.exceptions);
    } else if (exception.closes != out.closes || !exception.exceptions.empty() || !out.exceptions.empty()) {
        out.exceptions.push_back(std::move(exception));
    }
}

} // namespace

std::string id_of(std::string_view reference, std::string_view type) {
    const auto slash = reference.rfind('/');
    if (slash == reference.npos) return {};
    const auto before = reference.substr(0, slash);
    const bool fits = before == type || before.ends_with('/' + std::string(type));
    return fits ? std::string(reference.substr(slash + 1)) : std::string();
}

std::vector<store::RecordWord> closing_of(std::vector<store::RecordWord> words) {
    std::vector<store::RecordWord> out;
    for (auto& word : words) add_closing(std::move(word), out);
    for (auto& word : out) word.exceptions.clear();
    return out;
}

bool refuses_by_name(const ConsentProvision& provision, const std::string& organization) {
    if (organization.empty()) return false;
    Caller caller;
    caller.organization = organization;
    const auto names = [&](const std::vector<ActorCode>& codes) {
        return std::any_of(codes.begin(), codes.end(), [&](const ActorCode& code) { return code.is_of(caller); });
    };
    if (!provision.permits && (names(provision.actors) || names(provision.wider))) return true;
    return std::any_of(provision.exceptions.begin(), provision.exceptions.end(),
                       [&](const ConsentProvision& exception) { return refuses_by_name(exception, organization); });
}

std::int64_t next_bound(const ConsentProvision& provision, Instant now) {
    auto out = std::numeric_limits<std::int64_t>::max();
    for (const auto bound : {provision.from, provision.to}) {
        if (bound > now.microseconds) out = std::min(out, bound);
    }
    for (const auto& exception : provision.exceptions) out = std::min(out, next_bound(exception, now));
    return out;
}

std::optional<ConsentRule> read_consent(fhir::Element consent, Instant stored, const FindActor& find_actor) {
    if (consent.text("status") != "active") return std::nullopt;
    bool is_privacy = !consent.child("scope");
    for (const auto coding : consent["scope"].children("coding")) is_privacy = is_privacy || coding.text("code") == "patient-privacy";
    ConsentRule out;
    out.patient = id_of(consent.text("patient.reference"), "Patient");
    if (!is_privacy || out.patient.empty()) return std::nullopt;
    bool opts_in = false;
    for (const auto coding : consent["policyRule"].children("coding")) opts_in = opts_in || coding.text("code") == "OPTIN";
    out.root = read_provision(consent["provision"], opts_in, find_actor);
    out.since = time_of_word(consent.text("dateTime"), out.root, stored);
    return out;
}

std::vector<store::RecordWord> words_of(const ConsentProvision& provision, const Caller& caller, Instant now) {
    if (!is_about(provision, caller, now)) return {};
    if (provision.permits && (provision.is_vague || !provision.labels.empty())) {
        // What it opens is not known; what it takes out of that is closed all the same.
        std::vector<store::RecordWord> out;
        for (const auto& nested : provision.exceptions) {
            for (auto& exception : words_of(nested, caller, now)) add_closing(std::move(exception), out);
        }
        return out;
    }
    store::RecordWord word;
    word.closes = !provision.permits;
    word.types = provision.types;
    word.resources = provision.resources;
    word.labels = provision.labels;
    const auto where = word.closes ? store::kAnyCoding : store::kSubjectCoding;
    for (const auto& [system, code] : provision.codes) word.tokens.push_back({std::string(where), system, code});
    for (const auto& nested : provision.exceptions) {
        for (auto& exception : words_of(nested, caller, now)) take_exception(std::move(exception), word);
    }
    std::vector<store::RecordWord> out;
    const bool also_documents = word.closes && !word.tokens.empty() && word.types.empty() && word.resources.empty();
    out.push_back(std::move(word));
    if (also_documents) {
        store::RecordWord documents;
        documents.closes = true;
        documents.types.assign(std::begin(kDocumentTypes), std::end(kDocumentTypes));
        out.push_back(std::move(documents));
    }
    return out;
}

} // namespace huitong::access
