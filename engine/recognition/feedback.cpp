#include "fhir/json.hpp"
#include "recognition/durable_by.hpp"
#include "recognition/ledger_text.hpp"
#include "recognition/record_reader.hpp"
#include "recognition/service.hpp"

#include <algorithm>

namespace huitong::recognition {
namespace {

struct Step {
    std::string_view outcome;
    std::vector<std::string_view> from;
};

/// offered → viewed → adopted | declined | ignored; adopted → cited → withdrawn. A late word about an ignored offer is still heard.
const Step* find_step(std::string_view outcome) {
    static const Step kSteps[] = {
        {"viewed", {"offered"}}, {"adopted", {"offered", "viewed", "ignored"}}, {"declined", {"offered", "viewed", "ignored"}},
        {"cited", {"adopted"}},  {"withdrawn", {"adopted", "cited"}},
    };
    const auto* found = std::find_if(std::begin(kSteps), std::end(kSteps), [&](const Step& step) { return step.outcome == outcome; });
    return found == std::end(kSteps) ? nullptr : found;
}

bool is_repeated(const Held& held, const Feedback& feedback) {
    if (feedback.outcome == "adopted" && held.state == "cited") return true;
    return held.state == feedback.outcome && held.reason == feedback.reason && held.text == feedback.text;
}

/// Whose record a resource stands in, "" = nobody's.
std::string subject_of(store::ReadView& view, const std::string& resource) {
    const auto key = key_of(resource);
    const auto version = key ? view.current(*key) : Result<std::optional<store::Version>>(std::nullopt);
    if (!version || !*version || (*version)->deleted) return {};
    const auto document = fhir::read_json((*version)->body).value;
    const auto patient = key_of(document->root().text("subject.reference"));
    return patient ? patient->id : std::string();
}

/// The results that an adoption rests on, and the reports they came in: what notices watch.
void watch_results(store::ReadView& view, const Held& held, std::uint64_t sequence, bool adopted, std::vector<store::FactWrite>& facts) {
    const auto add = [&](const std::string& resource, const std::string& version, const std::string& item) {
        if (resource.empty()) return;
        const auto key = resource + ' ' + held.match.id;
        if (!adopted) {
            facts.push_back(no_fact(kAdoptedTable, key));
            return;
        }
        Adopted row;
        row.match = held.match.id;
        row.receiver = held.advice.receiver;
        row.order = held.match.order.id;
        row.item = item;
        row.version = version;
        row.asked_for = held.question.patient.known;
        row.is_of = subject_of(view, resource);
        row.sequence = sequence;
        facts.push_back(fact(kAdoptedTable, key, write_adopted(row)));
    };
    for (const auto& member : held.match.members) {
        const auto& recognised = held.match.recognised;
        const bool counts = std::find(recognised.begin(), recognised.end(), member.item) != recognised.end();
        if (const auto* shown = counts ? member.shown() : nullptr) {
            add(shown->candidate.resource, shown->candidate.version, member.item);
            add(shown->candidate.report, shown->candidate.report_version, member.item);
        }
    }
}

} // namespace

/// Nothing, or blanks alone, the wide one too.
static bool is_blank(std::string_view text) {
    constexpr std::string_view kWide = "\u3000";
    while (!text.empty()) {
        if (text.starts_with(kWide)) text.remove_prefix(kWide.size());
        else if (text.front() == ' ' || text.front() == '\t' || text.front() == '\r' || text.front() == '\n') text.remove_prefix(1);
        else return false;
    }
    return true;
}

Outcome Service::check_reason(const Held& held, const Feedback& feedback) const {
    if (feedback.reason.empty()) {
        // Nothing was offered for adoption: there is nothing to give a reason for.
        if (held.match.recognised.empty()) return {};
        return error(IssueCode::required, "reason", "recognition-reason-missing");
    }
    const auto current = facts();
    const auto* pack = find_pack(*current, held.advice.pack);
    if (!pack || !pack->decline_reasons_zh.contains(feedback.reason))
        return error(IssueCode::code_invalid, "reason", "recognition-reason-unknown", {feedback.reason, held.advice.pack});
    const auto& needed = pack->text_required;
    if (is_blank(feedback.text) && std::find(needed.begin(), needed.end(), feedback.reason) != needed.end())
        return error(IssueCode::required, "text", "recognition-reason-text", {feedback.reason});
    return {};
}

Result<LedgerBatch> Service::prepare_feedback(const std::string& receiver, const Feedback& feedback, std::uint64_t sequence) const {
    const auto* step = find_step(feedback.outcome);
    if (!step) return Outcome(error(IssueCode::code_invalid, "outcome", "recognition-feedback-outcome", {feedback.outcome}));
    const auto known = held(receiver, feedback.match);
    if (!known) return known.error();
    if (is_repeated(*known, feedback)) return LedgerBatch();
    const bool possible = std::find(step->from.begin(), step->from.end(), known->state) != step->from.end();
    if (!possible && feedback.outcome == "viewed") return LedgerBatch(); // looking again says nothing new
    if (!possible) return Outcome(error(IssueCode::conflict, "outcome", "recognition-feedback-state", {known->state, feedback.outcome}));
    if (feedback.outcome == "adopted" && known->match.recognised.empty())
        return Outcome(error(IssueCode::business_rule, "outcome", "recognition-feedback-verdict"));
    if (feedback.outcome == "declined") {
        if (auto issues = check_reason(*known, feedback); !issues.empty()) return issues;
    }
    MatchState state;
    state.decided = known->sequence;
    state.state = feedback.outcome;
    state.receiver = receiver;
    state.reason = feedback.reason;
    state.text = feedback.text;
    state.practitioner = feedback.practitioner.empty() ? known->question.practitioner : feedback.practitioner;
    state.at = services_.clock->now();
    LedgerBatch out;
    out.entries.push_back(write_event(feedback.match, state, offset_minutes()));
    out.facts.push_back(fact(kMatchTable, feedback.match, write_state(state)));
    if (feedback.outcome != "viewed") out.facts.push_back(no_fact(kOpenTable, open_key(known->advice.at, feedback.match)));
    if (feedback.outcome == "adopted" || feedback.outcome == "withdrawn") {
        const auto view = services_.store->view();
        watch_results(*view, *known, sequence, feedback.outcome == "adopted", out.facts);
    }
    return out;
}

boost::asio::awaitable<Outcome> Service::give(std::string receiver, Feedback feedback) {
    auto subject = feedback.match;
    Ledger::Prepare prepare = [this, receiver, feedback](std::uint64_t first) { return prepare_feedback(receiver, feedback, first); };
    const auto done = co_await durable(ledger_, std::move(subject), std::move(prepare));
    co_return done ? Outcome() : done.error();
}

boost::asio::awaitable<Outcome> Service::mark_viewed(std::string receiver, std::string match, std::string practitioner) {
    Feedback feedback;
    feedback.match = std::move(match);
    feedback.outcome = "viewed";
    feedback.practitioner = std::move(practitioner);
    co_return co_await give(std::move(receiver), std::move(feedback));
}

} // namespace huitong::recognition
