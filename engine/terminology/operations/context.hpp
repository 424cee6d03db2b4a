/// What one terminology operation works with: the content it may see, the wishes of the request, and why it had to stop.
/// Thread: one request, one thread.
#pragma once

#include "terminology/library.hpp"
#include "terminology/operations/input.hpp"
#include "terminology/operations/issue.hpp"
#include "terminology/operations/languages.hpp"
#include "terminology/operations/version_rules.hpp"

namespace huitong::terminology {

/// What the door knows beside the parameters.
struct OperationSettings {
    std::string accept_language;        ///< header, used when displayLanguage is not given
    std::size_t expansion_max = 10'000; ///< codes of an expansion without paging
    std::size_t work_max = 20'000'000;  ///< concepts looked at; beyond it is too costly
    std::string now;                    ///< instant, for timestamps
    std::string identifier;             ///< "urn:uuid:…" of an expansion
};

class OperationContext {
public:
    /// `library` and `input` must outlive it.
    OperationContext(const Library& library, const OperationInput& input, const OperationSettings& settings);

    const OperationInput& input;
    const OperationSettings& settings;
    Library library; ///< what the request brought (tx-resource), over what the hub holds
    VersionRules versions;
    Languages languages;
    /// Set when the operation cannot be answered; everything gives up then.
    std::optional<TxIssue> stop;

    /// The parameter of the request, else the value set's own wish (extension valueset-expansion-parameter).
    std::optional<bool> flag(std::string_view name, const ValueSet* set) const;
    /// Takes the value set's displayLanguage when the request names none.
    void take_languages_of(const ValueSet& set);
    /// Supplements that the request and the value set need; stops when one is not here.
    void take_supplements(const ValueSet* set);
    const std::vector<std::shared_ptr<const CodeSystem>>& supplements() const { return supplements_; }
    /// Those of that system.
    std::vector<const CodeSystem*> supplements_of(const CodeSystem& system) const;

    /// Counts work; false and `stop` when it becomes too much.
    bool spend(std::size_t concepts);
    void fail(std::string_view rule, std::string where, std::vector<std::string> arguments) {
        if (!stop) stop = tx_issue(rule, std::move(where), std::move(arguments));
    }

private:
    std::vector<std::shared_ptr<const CodeSystem>> supplements_;
    bool languages_of_request_ = false;
    std::size_t spent_ = 0;
};

} // namespace huitong::terminology
