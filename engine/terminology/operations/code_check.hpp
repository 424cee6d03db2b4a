/// One code put to a value set or a code system: what is found, and every issue a client is told. Source: FHIR R4 $validate-code.
#pragma once

#include "terminology/operations/composition.hpp"
#include "terminology/operations/concept_view.hpp"

namespace huitong::terminology {

/// What is asked of one coding.
struct CodeQuestion {
    Coding coding;
    std::string where;       ///< path of the coding ("Coding", "CodeableConcept.coding[0]"), "" when its parts are parameters
    bool of_concept = false; ///< one of several codings: not being in the set is no error of its own
    /// "Coding.code"; the parameter's name where there is no coding.
    std::string at(std::string_view part) const { return where.empty() ? std::string(part) : where + "." + std::string(part); }
};

struct CodeFinding {
    bool in = false; ///< in the value set (or the code system)
    std::shared_ptr<const CodeSystem> system;
    ConceptIndex index = kNoConcept;
    std::string display, status, normalized_code;
    bool inactive = false;
    std::string unknown_system, caused_by_unknown_system;
    std::vector<TxIssue> issues;
    bool has_errors() const;
};

class CodeCheck {
public:
    CodeCheck(OperationContext& context, Composition& composition) : context_(context), composition_(composition) {}

    CodeFinding in_value_set(const std::shared_ptr<const ValueSet>& set, const CodeQuestion& question);
    CodeFinding in_system(const std::string& version, const CodeQuestion& question);

private:
    void judge(const std::shared_ptr<const ValueSet>& set, const Candidate& candidate, const CodeQuestion& question, CodeFinding& out);
    void not_in_set(const ValueSet& set, const CodeQuestion& question, CodeFinding& out);
    void check_versions(const Candidate& candidate, const CodeQuestion& question, CodeFinding& out);
    void check_elsewhere(const CodeQuestion& question, CodeFinding& out);
    void check_concept(const ListedConcept* listed, const CodeQuestion& question, CodeFinding& out);
    void check_content(const Heading& content, const Heading* root, CodeFinding& out);
    void unknown_code(const CodeQuestion& question, CodeFinding& out);

    OperationContext& context_;
    Composition& composition_;
};

/// Checks the display that was sent against the names of the concept. nullopt: fine.
std::optional<TxIssue> check_display(const OperationContext& context, const ConceptView& view, const CodeQuestion& question);

} // namespace huitong::terminology
