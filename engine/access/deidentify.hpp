/// De-identified copies of resources, for those who work with many records and need no person.
///
/// What stays is what is coded or counted: codes with their systems, numbers, truth values, dates moved by a number of days that is the
/// same for everything of one person (−182 to +183, never 0; by HMAC-SHA256 of the person under a secret key). What goes: names, contacts,
/// texts of every kind, attachments, narratives, displays, addresses below the province, unknown elements, and everything whose type is not
/// listed as harmless. Ids and identifiers become HMACs, so that references still meet; a year of birth stays, ninety years and more as
/// one. Resources that are all text or all people are not given out (`is_given_out`). The rule goes by types of the definitions: an element
/// that is new in a profile is judged like any other. What remains may lack elements that FHIR demands. Whoever holds the key can find
/// persons again: it is a secret like those of the data. Thread: constant; any. Source: design "de-identified export"; FHIR R4, Security
/// Labels (PSEUDED).
#pragma once

#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "fhir/definitions.hpp"

#include <memory>

namespace huitong::access {

class Deidentifier {
public:
    /// `key`: 32 secret bytes; `definitions` outlive it; `now`: for ages.
    Deidentifier(std::string key, const fhir::Definitions& definitions, Instant now);

    static bool is_given_out(std::string_view type);
    /// JSON of a stored resource to that of its copy. `person`: whose it is, the same for all records of one person; "" = nobody's: dates
    /// are then moved by the days of the resource itself.
    std::string copy_of(const std::string& body, const std::string& person) const;
    /// Days that the person's dates are moved by.
    int days_of(const std::string& person) const;

private:
    class Walk;
    std::string token(std::string_view kind, std::string_view text) const;

    std::string key_;
    const fhir::Definitions& definitions_;
    int year_;
};

/// The secret key of a file, which is made (mode 0600) when it is not there. Issue: deidentify-key (cannot be read or made, or is no key).
Result<std::string> read_or_make_secret(const std::string& file);

} // namespace huitong::access
