/// Which version of a code system counts, when the request, the value set and the code each may say. Source: FHIR R4 $expand and
/// $validate-code: system-version, check-system-version, force-system-version; R5: default-valueset-version.
#pragma once

#include "terminology/library.hpp"
#include "terminology/operations/input.hpp"

namespace huitong::terminology {

/// What was found for one include.
struct ResolvedSystem {
    std::shared_ptr<const CodeSystem> system; ///< null: nothing of that url is known
    std::string asked;                        ///< version after the rules, maybe a pattern; "" = any
    bool changed = false;                     ///< a rule of the request chose `asked`, not the value set
    bool unknown_version = false;             ///< `asked` is not here; `system` is another version, to say more than that
};

class VersionRules {
public:
    void read(const OperationInput& input);
    ResolvedSystem resolve(const Library& library, std::string_view system, std::string_view include_version,
                           std::string_view coding_version) const;
    /// The pattern that check-system-version demands, "" when there is none.
    std::string_view check_of(std::string_view system) const;
    /// Version of an imported value set whose canonical names none.
    std::string_view value_set_version(std::string_view url) const;

private:
    TextMap<std::string> defaults_, checks_, forced_, value_sets_;
};

/// "1.0.0 or 1.2.0".
std::string version_list(const std::vector<std::string>& versions);

} // namespace huitong::terminology
