/// The compose of a value set, worked out: which codes are in (for $expand) and where a code is in (for $validate-code).
/// Source: FHIR R4, ValueSet.compose ("Content Logical Definition"). A circle of imports and too much work end in `context.stop`.
#pragma once

#include "terminology/membership.hpp"
#include "terminology/operations/context.hpp"

namespace huitong::terminology {

/// One include that a code could be in.
struct Candidate {
    Answer in = Answer::no;
    ResolvedSystem resolved;
    ConceptIndex at = kNoConcept;
    const ListedConcept* listed = nullptr;
    std::string include_version;
    bool barred_as_inactive = false;        ///< in, but the value set takes active codes only
    std::shared_ptr<const ValueSet> keeper; ///< of `listed`
};

struct ExpandedConcept {
    std::shared_ptr<const CodeSystem> system; ///< null: not known here, only listed
    std::string url, version;
    ConceptIndex at = kNoConcept;
    const ListedConcept* listed = nullptr;
    std::shared_ptr<const ValueSet> keeper;
    std::string_view code() const { return listed ? std::string_view(listed->code) : system->concepts->code(at); }
    bool inactive() const { return system && at != kNoConcept && system->concepts->is_inactive(at); }
};

class Composition {
public:
    explicit Composition(OperationContext& context) : context_(context) {}

    /// Candidates of that coding (its system is named), newest version first.
    std::vector<Candidate> candidates(const std::shared_ptr<const ValueSet>& set, const Coding& coding);
    /// Systems in which the set has that code.
    std::vector<std::string> systems_of(const std::shared_ptr<const ValueSet>& set, const std::string& code);
    /// All concepts in the order of the compose, each once.
    std::vector<ExpandedConcept> expand(const std::shared_ptr<const ValueSet>& set);

    /// Value sets that were imported, with versions.
    const std::vector<std::shared_ptr<const ValueSet>>& imported() const { return imported_; }
    /// Code systems that were drawn from.
    const std::vector<std::shared_ptr<const CodeSystem>>& used() const { return used_; }

private:
    class Visit;
    using SetPointer = std::shared_ptr<const ValueSet>;
    SetPointer import(const ValueSet& from, const std::string& canonical);
    Answer in_clause(const SetPointer& set, const Clause& clause, Candidate& candidate, const Coding& coding);
    bool contains(const SetPointer& set, const Coding& coding);
    bool excluded(const SetPointer& set, const Candidate& candidate, const Coding& coding);
    void expand_clause(const SetPointer& set, const Clause& clause, std::vector<ExpandedConcept>& out);
    void expand_system(const SetPointer& set, const Clause& clause, std::vector<ExpandedConcept>& out);
    bool check_version(const ResolvedSystem& resolved, const Clause& clause);
    bool check_filters(const ValueSet& set, const Clause& clause);
    void use(const std::shared_ptr<const CodeSystem>& system);

    OperationContext& context_;
    std::vector<const ValueSet*> open_; ///< sets being worked out, against circles
    std::vector<SetPointer> imported_;
    std::vector<std::shared_ptr<const CodeSystem>> used_;
};

} // namespace huitong::terminology
