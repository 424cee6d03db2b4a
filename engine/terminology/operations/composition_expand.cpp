/// The codes of a value set as a list.
#include "terminology/filters.hpp"
#include "terminology/operations/composition.hpp"
#include "terminology/operations/composition_visit.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

/// What makes two entries the same; versions count where both are in the list.
std::string identity(const ExpandedConcept& one, bool with_version) {
    std::string out = one.url + '\n';
    out += one.code();
    if (with_version) out += '\n' + one.version;
    return out;
}

std::unordered_set<std::string> identities(const std::vector<ExpandedConcept>& all, bool with_version) {
    std::unordered_set<std::string> out;
    for (const auto& one : all) out.insert(identity(one, with_version));
    return out;
}

} // namespace

/// The version is one that the request allows, and one that is here. False: the operation stops.
bool Composition::check_version(const ResolvedSystem& resolved, const Clause& clause) {
    if (!resolved.system) {
        if (clause.concepts.empty()) context_.fail("tx-system-unknown-expand", "", {clause.system});
        return !context_.stop;
    }
    if (resolved.unknown_version) {
        context_.fail("tx-version-unknown-expand", "",
                      {clause.system, resolved.asked, version_list(context_.library.system_versions(clause.system))});
        return false;
    }
    const auto check = context_.versions.check_of(clause.system);
    if (check.empty() || fits_version(resolved.system->version, check)) return true;
    context_.fail("tx-version-check", "", {resolved.system->version, clause.system, std::string(check)});
    return false;
}

void Composition::expand_system(const SetPointer& set, const Clause& clause, std::vector<ExpandedConcept>& out) {
    const auto resolved = context_.versions.resolve(context_.library, clause.system, clause.version, "");
    if (!check_filters(*set, clause) || !check_version(resolved, clause)) return;
    const auto& system = resolved.system;
    const auto add = [&](ConceptIndex at, const ListedConcept* listed) {
        out.push_back({system, clause.system, system ? system->version : clause.version, at, listed, set});
    };
    if (system) use(system);
    if (!clause.concepts.empty()) {
        for (const auto& listed : clause.concepts) {
            const auto at = system ? system->find(listed.code) : kNoConcept;
            if (at != kNoConcept || !system || !system->complete) add(at, &listed);
        }
        return;
    }
    const FilterSet filters(*system, clause.filters);
    const auto candidates = filters.candidates();
    if (!context_.spend(candidates.size())) return;
    for (const auto at : candidates) {
        const auto passed = filters.passes(at);
        if (passed == Answer::yes) add(at, nullptr);
        if (passed == Answer::unknown && system->complete) {
            context_.fail("tx-filter-unknown", "", {clause.system, clause.filters.front().property, clause.filters.front().op});
            return;
        }
    }
}

void Composition::expand_clause(const SetPointer& set, const Clause& clause, std::vector<ExpandedConcept>& out) {
    std::vector<ExpandedConcept> found;
    auto imports = clause.value_sets.begin();
    if (!clause.system.empty()) {
        expand_system(set, clause, found);
    } else if (imports != clause.value_sets.end()) {
        if (const auto other = import(*set, *imports++)) found = expand(other);
    }
    for (; imports != clause.value_sets.end() && !context_.stop; ++imports) {
        const auto other = import(*set, *imports);
        if (!other) return;
        const auto also = identities(expand(other), false);
        std::erase_if(found, [&](const auto& one) { return !also.contains(identity(one, false)); });
    }
    if (context_.stop || !context_.spend(found.size())) return;
    std::move(found.begin(), found.end(), std::back_inserter(out));
}

std::vector<ExpandedConcept> Composition::expand(const SetPointer& set) {
    std::vector<ExpandedConcept> out;
    const Visit visit(*this, set);
    if (!visit) return out;
    for (const auto& clause : set->includes) {
        expand_clause(set, clause, out);
        if (context_.stop) return {};
    }
    if (set->includes.empty()) {
        if (set->expansion.empty() || !set->expansion_complete) context_.fail("tx-not-expandable", "", {set->canonical()});
        for (const auto& coding : set->expansion) {
            const auto system = context_.library.system(coding.system, coding.version);
            if (system && system->has(coding.code))
                out.push_back({system, coding.system, system->version, system->find(coding.code), nullptr, set});
        }
    }
    const bool by_version = context_.flag("versionsMatch", set.get()) == false;
    std::vector<ExpandedConcept> removed;
    for (const auto& clause : set->excludes) {
        expand_clause(set, clause, removed);
        if (context_.stop) return {};
    }
    const auto without = identities(removed, by_version);
    std::unordered_set<std::string> seen;
    std::erase_if(out, [&](const ExpandedConcept& one) {
        return without.contains(identity(one, by_version)) || (!set->with_inactive && one.inactive()) ||
               !seen.insert(identity(one, true)).second;
    });
    return out;
}

} // namespace huitong::terminology
