#include "recognition/events.hpp"

#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "recognition/matching.hpp"

#include <algorithm>
#include <limits>

namespace huitong::recognition {
namespace {

constexpr std::string_view kDrug = "drug";
constexpr std::string_view kDefaultEvents = "surgery,transfusion,delivery";
constexpr std::string_view kMedicines[] = {"MedicationAdministration", "MedicationDispense", "MedicationStatement", "MedicationRequest"};
constexpr std::size_t kEventsMax = 1'000; ///< resources of one type and record: the newest
/// Statuses of what was not, or is not yet, done. Source: FHIR R4, EventStatus and the statuses of medication resources.
constexpr std::string_view kNotDone[] = {"preparation", "not-done", "not-taken", "entered-in-error", "cancelled", "declined", "draft"};

constexpr std::pair<Instant, Instant> kAnyTime = {{std::numeric_limits<std::int64_t>::min()}, {std::numeric_limits<std::int64_t>::max()}};

/// When it was over: the first and the last instant that the element may mean.
std::optional<std::pair<Instant, Instant>> when_of(fhir::Element resource, int offset_minutes) {
    constexpr std::string_view kTimes[] = {"performedPeriod.end", "performedDateTime", "performedPeriod.start",
                                           "effectivePeriod.end", "effectiveDateTime", "effectivePeriod.start",
                                           "whenHandedOver",      "whenPrepared",      "authoredOn"};
    for (const auto path : kTimes) {
        const auto text = resource.text(path);
        const auto read = text.empty() ? std::nullopt : read_date_time(text);
        if (read) return instants_of(*read, offset_minutes);
    }
    return std::nullopt;
}

template <class Each>
void each_coding(fhir::Element resource, std::string_view name, const Each& each) {
    for (const auto concept_ : resource.children(name)) {
        for (const auto coding : concept_.children("coding")) each(coding.text("system"), coding.text("code"));
    }
}

/// A procedure that was done, since then or at a time that nobody knows, and that no code of a system of the table tells of: it may be any.
bool is_unread(fhir::Element procedure, const Register& facts, Instant since, int offset_minutes) {
    if (std::find(std::begin(kNotDone), std::end(kNotDone), procedure.text("status")) != std::end(kNotDone)) return false;
    const auto when = when_of(procedure, offset_minutes);
    if (when && when->second < since) return false;
    bool is_told = false;
    for (const std::string_view name : {"code", "category"}) {
        each_coding(procedure, name, [&](auto system, auto) {
            is_told =
                is_told || std::any_of(facts.events.begin(), facts.events.end(), [&](const auto& row) { return row.system == system; });
        });
    }
    return !is_told;
}

void add_events(store::ReadView& view, const std::string& record, const std::string& type, const Register& facts, const RulePack& pack,
                Instant since, int offset_minutes, FoundEvents& out) {
    store::IndexView::DateCondition when;
    when.compare = store::Compare::ge;
    when.low = when.high = since;
    // Some types stand in no timeline; a record holds few of them. Where the pack vouches for the record, what has no time counts too, and
    // a list by time leaves it out.
    const auto vouched = pack.settings.find("interventionRecord");
    const bool is_vouched = vouched != pack.settings.end() && vouched->second == "complete";
    const bool is_timed = !is_vouched && (type == "Procedure" || type == "MedicationRequest");
    auto keys = is_timed ? view.timeline(record, type, std::nullopt, std::nullopt, when) : view.compartment(record, type);
    if (keys.size() > kEventsMax) {
        out.is_whole = false;
        if (is_timed) keys.resize(kEventsMax); // the newest first
        else keys.erase(keys.begin(), keys.end() - static_cast<std::ptrdiff_t>(kEventsMax));
    }
    const auto read = view.versions(keys);
    if (!read) {
        out.is_whole = false;
        return;
    }
    for (const auto& version : *read) {
        const auto document = fhir::read_json(version.body).value;
        if (type == "Procedure" && is_unread(document->root(), facts, since, offset_minutes)) out.is_whole = false;
        auto found = events_of(document->root(), facts, offset_minutes);
        std::erase_if(found, [&](const Event& event) { return event.until < since; });
        std::move(found.begin(), found.end(), std::back_inserter(out.events));
    }
}

} // namespace

std::string event_kind(const Register& facts, std::string_view system, std::string_view code) {
    const EventCode* best = nullptr;
    for (const auto& row : facts.events) {
        const bool fits = row.system == system && (row.is_beginning ? code.starts_with(row.code) : code == row.code);
        if (fits && (!best || row.code.size() > best->code.size())) best = &row;
    }
    return best ? best->kind : std::string();
}

bool asks_for_events(const RulePack& pack, std::string_view kind) {
    const auto setting = pack.settings.find("interventionEvents");
    const auto list = "," + std::string(setting == pack.settings.end() ? kDefaultEvents : std::string_view(setting->second));
    return list.find("," + std::string(kind)) != list.npos;
}

std::vector<Event> events_of(fhir::Element resource, const Register& facts, int offset_minutes) {
    std::vector<Event> out;
    const auto when = when_of(resource, offset_minutes);
    if (std::find(std::begin(kNotDone), std::end(kNotDone), resource.text("status")) != std::end(kNotDone)) return out;
    const auto add = [&](std::string kind, std::string_view code) {
        Event event;
        event.kind = std::move(kind);
        event.code = code;
        // Of an event without any time nobody can say where it lies.
        event.at = when ? when->first : kAnyTime.first;
        event.until = when ? when->second : kAnyTime.second;
        event.resource = std::string(resource.type()) + '/' + std::string(resource.text("id"));
        out.push_back(std::move(event));
    };
    if (resource.type() != "Procedure") {
        each_coding(resource, "medicationCodeableConcept", [&](auto, auto code) { add(std::string(kDrug), code); });
        return out;
    }
    for (const std::string_view name : {"code", "category"}) {
        each_coding(resource, name, [&](auto system, auto code) {
            if (auto kind = event_kind(facts, system, code); !kind.empty()) add(std::move(kind), code);
        });
    }
    return out;
}

FoundEvents read_events(store::ReadView& view, const std::vector<std::string>& records, const Register& facts, const RulePack& pack,
                        Instant since, int offset_minutes) {
    FoundEvents out;
    std::vector<std::string> types{"Procedure"};
    if (asks_for_events(pack, kDrug)) types.insert(types.end(), std::begin(kMedicines), std::end(kMedicines));
    for (const auto& record : records) {
        for (const auto& type : types) add_events(view, record, type, facts, pack, since, offset_minutes, out);
    }
    return out;
}

/// From the day before the specimen: an event without its hour may lie on either side.
void Matching::add_events(std::vector<Candidate>& candidates) {
    const auto* pack = find_pack(context_.facts, context_.pack);
    const auto oldest = std::find_if(candidates.rbegin(), candidates.rend(), [](const auto& one) { return one.collected.has_value(); });
    if (!pack || oldest == candidates.rend()) return;
    const Instant since{oldest->collected->microseconds - kMicrosecondsPerDay};
    if (!events_from_ || since < *events_from_) {
        events_ = read_events(reader_.view(), patients_, context_.facts, *pack, since, context_.offset_minutes);
        events_from_ = since;
    }
    for (auto& candidate : candidates) {
        candidate.events = events_.events;
        candidate.events_partial = !events_.is_whole;
    }
}

} // namespace huitong::recognition
