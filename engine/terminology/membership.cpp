#include "terminology/membership.hpp"

#include "terminology/filters.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

constexpr std::string_view kUcum = "http://unitsofmeasure.org";
constexpr std::size_t kImportDepthMax = 16;

Answer unite(Answer a, Answer b) { return std::max(a, b); }
Answer intersect(Answer a, Answer b) { return std::min(a, b); }
Answer subtract(Answer a, Answer b) {
    if (b == Answer::no || a == Answer::no) return a;
    return b == Answer::yes ? Answer::no : Answer::unknown;
}
/// What `b` says where `a` does not know.
Answer fill(Answer a, Answer b) { return a == Answer::unknown ? b : a; }

} // namespace

Answer in_system(const CodeSystem* known, std::string_view system, std::string_view code) {
    if (system == kUcum) return ucum::is_valid(code) ? Answer::yes : Answer::no;
    if (!known) return Answer::unknown;
    if (known->has(code)) return Answer::yes;
    return known->complete ? Answer::no : Answer::unknown;
}

Answer Membership::Part::at(std::string_view system, std::string_view code) const {
    const bool folded = known && !known->case_sensitive();
    const auto found = folded ? codes.find(known->key(code)) : codes.find(code);
    if (found != codes.end()) return found->second;
    if (rest == Rest::as_system) return in_system(known.get(), system, code);
    return rest == Rest::unknown ? Answer::unknown : Answer::no;
}

Answer Membership::contains(std::string_view system, std::string_view code) const {
    if (!system.empty()) {
        const auto found = parts_.find(without_version(system));
        return found == parts_.end() ? elsewhere_ : found->second.at(found->first, code);
    }
    auto out = elsewhere_;
    for (const auto& [url, part] : parts_) out = unite(out, part.at(url, code));
    return out;
}

std::string_view Membership::system_of(std::string_view code) const {
    for (const auto& [url, part] : parts_) {
        if (part.at(url, code) == Answer::yes) return url;
    }
    return {};
}

Membership::Part Membership::combined(std::string_view system, const Part& a, const Part& b, Operator combine) {
    Part out;
    out.known = a.known ? a.known : b.known;
    // The rest depends on whether the system has the code: the operator is asked for both cases.
    const auto rest_if = [&](Answer has) {
        const auto value = [has](Rest rest) {
            return rest == Rest::as_system ? has : rest == Rest::unknown ? Answer::unknown : Answer::no;
        };
        return combine(value(a.rest), value(b.rest));
    };
    const auto without = rest_if(Answer::no);
    const auto with = rest_if(Answer::yes);
    if (without == Answer::no && with == Answer::yes) out.rest = Rest::as_system;
    else if (without == Answer::no && with == Answer::no) out.rest = Rest::no;
    else out.rest = Rest::unknown;
    for (const auto* side : {&a, &b}) {
        for (const auto& [code, answer] : side->codes) out.codes.try_emplace(code, combine(a.at(system, code), b.at(system, code)));
    }
    return out;
}

Membership Membership::combined(const Membership& a, const Membership& b, Operator combine) {
    Membership out;
    out.elsewhere_ = combine(a.elsewhere_, b.elsewhere_);
    const auto part_of = [](const Membership& side, const std::string& system) {
        const auto found = side.parts_.find(system);
        if (found != side.parts_.end()) return found->second;
        Part rest;
        rest.rest = side.elsewhere_ == Answer::unknown ? Rest::unknown : Rest::no;
        return rest;
    };
    for (const auto* side : {&a, &b}) {
        for (const auto& [system, part] : side->parts_) {
            if (!out.parts_.contains(system)) out.parts_.emplace(system, combined(system, part_of(a, system), part_of(b, system), combine));
        }
    }
    return out;
}

Membership MembershipBuilder::build(const ValueSet& set) {
    Membership out;
    if (set.includes.empty()) {
        if (!set.expansion.empty()) return stored_expansion(set);
        out.elsewhere_ = Answer::unknown;
        return out;
    }
    open_.push_back(set.url);
    for (const auto& include : set.includes) out = Membership::combined(out, clause(include), unite);
    if (!set.with_inactive) drop_inactive(out);
    for (const auto& exclude : set.excludes) out = Membership::combined(out, clause(exclude), subtract);
    open_.pop_back();
    if (!set.expansion.empty()) out = Membership::combined(out, stored_expansion(set), fill);
    return out;
}

Membership MembershipBuilder::stored_expansion(const ValueSet& set) const {
    Membership out;
    for (const auto& coding : set.expansion) {
        auto& part = out.parts_[coding.system];
        if (!part.known) part.known = library_.system(coding.system);
        part.codes[part.known ? part.known->key(coding.code) : coding.code] = Answer::yes;
        part.rest = set.expansion_complete ? Membership::Rest::no : Membership::Rest::unknown;
    }
    out.elsewhere_ = set.expansion_complete ? Answer::no : Answer::unknown;
    return out;
}

Membership MembershipBuilder::clause(const Clause& clause) {
    Membership out;
    if (clause.system.empty()) out.elsewhere_ = Answer::unknown; // filled by the first import; a clause that names nothing stays unknown
    else out.parts_.emplace(clause.system, part(clause));
    bool first = clause.system.empty();
    for (const auto& url : clause.value_sets) {
        auto imported = import(url);
        out = first ? std::move(imported) : Membership::combined(out, imported, intersect);
        first = false;
    }
    return out;
}

Membership MembershipBuilder::import(std::string_view url) {
    Membership unknown;
    unknown.elsewhere_ = Answer::unknown;
    const auto set = library_.nearest_value_set(url);
    if (!set || open_.size() > kImportDepthMax || --imports_left_ < 0) return unknown;
    if (std::find(open_.begin(), open_.end(), set->url) != open_.end()) return unknown;
    return build(*set);
}

Membership::Part MembershipBuilder::part(const Clause& clause) const {
    Membership::Part out;
    out.known = library_.system(clause.system, clause.version);
    // A version that is not here leaves the newest one to ask: bindings are not held up by a number.
    if (!out.known) out.known = library_.system(clause.system);
    const auto key = [&](std::string_view code) { return out.known ? out.known->key(code) : std::string(code); };
    if (!clause.concepts.empty()) {
        for (const auto& listed : clause.concepts) out.codes[key(listed.code)] = Answer::yes;
        return out;
    }
    if (clause.filters.empty()) {
        out.rest = out.known || clause.system == kUcum ? Membership::Rest::as_system : Membership::Rest::unknown;
        return out;
    }
    out.rest = out.known && out.known->complete ? Membership::Rest::no : Membership::Rest::unknown;
    if (!out.known) return out;
    const FilterSet filters(*out.known, clause.filters);
    for (ConceptIndex one = 0; one < out.known->concepts->size(); ++one) {
        const auto passed = filters.passes(one);
        if (passed != Answer::no || out.rest != Membership::Rest::no) out.codes[key(out.known->concepts->code(one))] = passed;
    }
    return out;
}

void MembershipBuilder::drop_inactive(Membership& membership) const {
    for (auto& [system, part] : membership.parts_) {
        if (!part.known) continue;
        const auto& table = *part.known->concepts;
        for (ConceptIndex one = 0; one < table.size(); ++one) {
            if (table.is_inactive(one)) part.codes[part.known->key(table.code(one))] = Answer::no;
        }
    }
}

} // namespace huitong::terminology
