/// A value set worked out once into hash sets, with three answers: in, out, cannot be told. Unknown parts (SNOMED CT, LOINC, fragments)
/// stay unknown instead of becoming "out". Source: FHIR R4, ValueSet.compose. Thread: immutable after building.
#pragma once

#include "terminology/library.hpp"

namespace huitong::terminology {

/// In rising order, so that a union is the greater and an intersection the lesser.
enum class Answer : std::uint8_t { no, unknown, yes };
inline std::optional<bool> told(Answer answer) { return answer == Answer::unknown ? std::nullopt : std::optional(answer == Answer::yes); }

/// Is the code one of that system? UCUM is asked by its grammar; `known` may be null.
Answer in_system(const CodeSystem* known, std::string_view system, std::string_view code);

class Membership {
public:
    /// `system` "": in any system of the set, which is how elements of type code are bound.
    Answer contains(std::string_view system, std::string_view code) const;
    /// The code of that set in the system where it was found; "" when none.
    std::string_view system_of(std::string_view code) const;

private:
    friend class MembershipBuilder;
    enum class Rest : std::uint8_t { no, unknown, as_system }; ///< codes that are not listed
    struct Part {
        TextMap<Answer> codes;
        Rest rest = Rest::no;
        std::shared_ptr<const CodeSystem> known;
        Answer at(std::string_view system, std::string_view code) const;
    };
    using Operator = Answer (*)(Answer, Answer);
    static Membership combined(const Membership& a, const Membership& b, Operator combine);
    static Part combined(std::string_view system, const Part& a, const Part& b, Operator combine);

    TextMap<Part> parts_;
    Answer elsewhere_ = Answer::no; ///< codes of systems that are not named: no or unknown
};

class MembershipBuilder {
public:
    explicit MembershipBuilder(const Library& library) : library_(library) {}
    Membership build(const ValueSet& set);

private:
    Membership clause(const Clause& clause);
    Membership import(std::string_view url);
    Membership stored_expansion(const ValueSet& set) const;
    Membership::Part part(const Clause& clause) const;
    void drop_inactive(Membership& membership) const;

    const Library& library_;
    std::vector<std::string> open_; ///< value sets being built, against cycles
    int imports_left_ = 1000;       ///< a ladder of imports must not multiply without end
};

} // namespace huitong::terminology
