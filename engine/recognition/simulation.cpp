// Past questions asked again under another rule pack: the part of Service that a regulator drives.
#include "recognition/ledger_text.hpp"
#include "recognition/matching.hpp"
#include "recognition/service.hpp"

#include <algorithm>

namespace huitong::recognition {
namespace {

/// Codes of the rules that spoke against what would be shown, none twice.
std::vector<std::string> reasons_of(const Match& match) {
    std::vector<std::string> out;
    auto add = [&](const RuleAnswer& answer) {
        if (answer.answer != Answer::refuse && answer.answer != Answer::unknown) return;
        const auto& code = answer.code.empty() ? answer.rule : answer.code;
        if (std::find(out.begin(), out.end(), code) == out.end()) out.push_back(code);
    };
    for (const auto& member : match.members) {
        if (!member.shown()) continue;
        for (const auto& answer : member.shown()->decision.answers) add(answer);
    }
    add(match.panel);
    return out;
}

std::string saving_of(const Match& match) { return match.saving ? match.saving->text() : std::string(); }

} // namespace

Result<Service::Simulation> Service::simulate(const std::string& pack, std::uint64_t since, std::size_t count) const {
    const auto facts_now = facts();
    if (!find_pack(*facts_now, pack)) return Outcome(error(IssueCode::not_found, "", "recognition-simulation-pack", {pack}));
    Simulation out;
    out.last = since;
    for (const auto& entry : ledger_.entries(since, count)) {
        out.last = entry.sequence;
        const auto scope = read_scope(entry.json);
        if (!scope) continue;
        ++out.decided;
        auto filter = scope->filter;
        filter.allowed_types.clear();
        auto decide = [&](const std::string& by) {
            MatchingContext context{*facts_now, *services_.terminology, services_.linker, by, scope->at};
            context.offset_minutes = offset_minutes();
            context.is_stored_map = stored_maps(*services_.terminology);
            const auto view = services_.store->view(filter, scope->t);
            const auto all = services_.store->view({}, scope->t);
            context.acts_for = &settings_.acts_for;
            context.all = all.get();
            Matching matching(context, *view, scope->purpose);
            auto advice = matching.answer(scope->question);
            return advice.matches.empty() ? Match{} : std::move(advice.matches.front());
        };
        const auto own = decide(scope->pack), other = decide(pack);
        if (own.verdict == other.verdict && saving_of(own) == saving_of(other) && own.mark == other.mark) {
            ++out.same;
            continue;
        }
        Difference difference;
        difference.sequence = entry.sequence;
        difference.at = instant_text(scope->at, offset_minutes());
        difference.receiver = scope->receiver;
        difference.order = scope->question.orders.front().id;
        difference.item = other.item;
        difference.name_zh = other.name_zh;
        difference.own = verdict_text(own.verdict);
        difference.other = verdict_text(other.verdict);
        difference.own_saving = saving_of(own);
        difference.other_saving = saving_of(other);
        difference.reasons = reasons_of(other);
        out.different.push_back(std::move(difference));
    }
    return out;
}

} // namespace huitong::recognition
