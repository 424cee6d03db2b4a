/// Where a code is in a value set.
#include "terminology/operations/composition.hpp"

#include "terminology/filters.hpp"
#include "terminology/operations/composition_visit.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::terminology {

namespace {
constexpr std::string_view kUcum = "http://unitsofmeasure.org";
constexpr std::size_t kVisitCost = 100; ///< in concepts: a ladder of imports doubles the visits at every step
} // namespace

Composition::Visit::Visit(Composition& composition, const SetPointer& set) : composition_(composition) {
    auto& open = composition_.open_;
    const auto same = [&](const ValueSet* one) { return one == set.get(); };
    if (std::any_of(open.begin(), open.end(), same)) {
        std::string way;
        for (const auto* one : open) way += one->canonical() + ", ";
        composition_.context_.fail("tx-circular", "", {set->canonical(), way + set->canonical()});
        return;
    }
    if (!composition_.context_.spend(kVisitCost)) return;
    open.push_back(set.get());
    entered_ = true;
}

Composition::Visit::~Visit() {
    if (entered_) composition_.open_.pop_back();
}

void Composition::use(const std::shared_ptr<const CodeSystem>& system) {
    if (std::find(used_.begin(), used_.end(), system) == used_.end()) used_.push_back(system);
}

std::shared_ptr<const ValueSet> Composition::import(const ValueSet& from, const std::string& canonical) {
    if (const auto inner = from.contained.find(canonical); inner != from.contained.end()) return inner->second;
    auto version = version_of(canonical);
    if (version.empty()) version = context_.versions.value_set_version(canonical);
    auto found = context_.library.value_set(without_version(canonical), version);
    if (!found) {
        context_.fail("tx-value-set-unknown", "", {versioned(without_version(canonical), version)});
        return nullptr;
    }
    if (std::find(imported_.begin(), imported_.end(), found) == imported_.end()) imported_.push_back(found);
    return found;
}

bool Composition::check_filters(const ValueSet& set, const Clause& clause) {
    const auto broken = filter_without_value(clause.filters);
    if (!broken) return true;
    const auto& filter = clause.filters[*broken];
    const auto begin = set.includes.data();
    const bool is_include = &clause >= begin && &clause < begin + set.includes.size();
    const auto at = is_include ? &clause - begin : &clause - set.excludes.data();
    context_.fail("tx-filter-no-value",
                  std::string("ValueSet.compose.") + (is_include ? "include" : "exclude") + "[" + std::to_string(at) + "].filter[" +
                      std::to_string(*broken) + "]",
                  {clause.system, filter.property, filter.op});
    return false;
}

Answer Composition::in_clause(const SetPointer& set, const Clause& clause, Candidate& candidate, const Coding& coding) {
    const auto& system = candidate.resolved.system;
    if (!check_filters(*set, clause)) return Answer::no;
    candidate.at = system ? system->find(coding.code) : kNoConcept;
    if (!clause.concepts.empty()) {
        const auto listed = clause.by_code.find(system && candidate.at != kNoConcept && !system->case_sensitive()
                                                    ? std::string(system->concepts->code(candidate.at))
                                                    : coding.code);
        if (listed == clause.by_code.end()) return Answer::no;
        candidate.listed = &clause.concepts[listed->second];
        // A code that its whole system does not have is in no value set, whoever lists it.
        return system && system->complete && candidate.at == kNoConcept ? Answer::no : Answer::yes;
    }
    if (!system && clause.system == kUcum && clause.filters.empty()) return ucum::is_valid(coding.code) ? Answer::yes : Answer::no;
    if (!system) return Answer::unknown;
    if (candidate.at == kNoConcept) return system->complete ? Answer::no : Answer::unknown;
    if (clause.filters.empty()) return Answer::yes;
    return FilterSet(*system, clause.filters).passes(candidate.at);
}

bool Composition::excluded(const SetPointer& set, const Candidate& candidate, const Coding& coding) {
    const bool by_version = context_.flag("versionsMatch", set.get()) == false;
    for (const auto& clause : set->excludes) {
        if (context_.stop) return false;
        bool hit = true;
        if (!clause.system.empty()) {
            if (clause.system != without_version(coding.system)) continue;
            Candidate tried;
            tried.resolved = context_.versions.resolve(context_.library, clause.system, clause.version, "");
            hit = in_clause(set, clause, tried, coding) == Answer::yes;
            const auto& here = candidate.resolved.system;
            if (hit && by_version && here && tried.resolved.system && here->version != tried.resolved.system->version) hit = false;
        }
        for (const auto& canonical : clause.value_sets) {
            const auto other = hit ? import(*set, canonical) : nullptr;
            hit = other && contains(other, coding);
        }
        if (hit) return true;
    }
    return false;
}

bool Composition::contains(const SetPointer& set, const Coding& coding) {
    for (const auto& candidate : candidates(set, coding)) {
        if (candidate.in == Answer::yes) return true;
    }
    return false;
}

std::vector<Candidate> Composition::candidates(const SetPointer& set, const Coding& coding) {
    std::vector<Candidate> out;
    const Visit visit(*this, set);
    if (!visit) return out;
    for (const auto& clause : set->includes) {
        std::vector<Candidate> found;
        auto imports = clause.value_sets.begin();
        if (!clause.system.empty()) {
            if (clause.system != without_version(coding.system)) continue;
            Candidate one;
            one.include_version = clause.version;
            one.keeper = set;
            one.resolved = context_.versions.resolve(context_.library, clause.system, clause.version, coding.version);
            one.in = in_clause(set, clause, one, coding);
            found.push_back(std::move(one));
        } else if (imports != clause.value_sets.end()) {
            if (const auto other = import(*set, *imports++)) found = candidates(other, coding);
        }
        for (; imports != clause.value_sets.end(); ++imports) {
            const auto other = import(*set, *imports);
            const bool also = other && contains(other, coding);
            for (auto& one : found) one.in = also ? one.in : Answer::no;
        }
        if (context_.stop) return {};
        std::move(found.begin(), found.end(), std::back_inserter(out));
    }
    for (auto& one : out) {
        if (one.in != Answer::no && excluded(set, one, coding)) one.in = Answer::no;
        const auto& system = one.resolved.system;
        if (!set->with_inactive && one.in == Answer::yes && system && system->concepts->is_inactive(one.at)) {
            one.in = Answer::no;
            one.barred_as_inactive = true;
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
        if (!a.resolved.system || !b.resolved.system) return false;
        return compare_versions(a.resolved.system->version, b.resolved.system->version) > 0;
    });
    return out;
}

std::vector<std::string> Composition::systems_of(const SetPointer& set, const std::string& code) {
    std::vector<std::string> urls, out;
    std::vector<SetPointer> open{set};
    for (std::size_t at = 0; at < open.size() && context_.spend(1); ++at) {
        const auto here = open[at];
        for (const auto& clause : here->includes) {
            if (!clause.system.empty() && std::find(urls.begin(), urls.end(), clause.system) == urls.end()) urls.push_back(clause.system);
            for (const auto& canonical : clause.value_sets) {
                const auto other = import(*here, canonical);
                if (other && std::find(open.begin(), open.end(), other) == open.end()) open.push_back(other);
            }
        }
    }
    for (const auto& url : urls) {
        if (contains(set, {url, "", code, ""})) out.push_back(url);
    }
    return out;
}

} // namespace huitong::terminology
