/// Who calls: organisation, person, role and purpose, with what the scopes allow. Made by `access` from a token; part of every request.
/// Source: SMART App Launch 2 (scopes), design "Who calls".
#pragma once

#include "store/store.hpp"

#include <string>
#include <vector>

namespace huitong::access {

/// Purpose of an emergency, in which labels and Consents are passed over. Source: HL7 v3 ActReason.
constexpr std::string_view kBreakGlass = "BTG";

/// Scope of a hub that pulls: it learns of every Consent that its types take in, also of those that close their record to it, and so
/// closes what it holds.
constexpr std::string_view kExchangeScope = "huitong/exchange";

struct Caller {
    std::string client_id;    ///< "" = open mode
    std::string organization; ///< organisation id of the client
    std::string practitioner, role;
    std::string patient_id;                                 ///< patient-scoped tokens
    std::string purpose = "TREAT";                          ///< TREAT, BTG, PUBHLTH, …
    std::vector<std::string> scopes;                        ///< SMART v2, e.g. "system/Observation.rs"
    store::PatientList denied_patients;                     ///< whose Consent denies this caller (consents.hpp)
    std::shared_ptr<const store::RecordWords> record_words; ///< of those whose Consent closes parts of the record to this caller
    bool only_by_word = false;                              ///< of records no more than those words open
    std::string reason;                                     ///< of a break-glass, as the caller gave it
    std::string address;                                    ///< peer address for the access log
    std::string request_id;
    std::string asked;           ///< the query of the request, for the trail; kept sealed
    bool is_resident = false;    ///< a person who sees his own record, or a child's; a member of staff with a bound token is none
    bool open = false;           ///< [access] mode = "open"
    bool local_admin = false;    ///< over the control socket
    bool masked = false;         ///< sees people covered, and writes nothing (masking.hpp)
    bool without_masked = false; ///< records that carry the label MASK do not exist (for answers that cannot be covered)
    bool deidentified = false;   ///< whatever it exports is de-identified (deidentify.hpp)
    std::string destination;     ///< area code of the place where what it exports is kept, "" = not known
};

/// Labels of what nobody sees but behind broken glass.
std::vector<std::string> sensitive_labels();
/// Letters of SMART v2: c r u d s.
bool may(const Caller& caller, char right, std::string_view type);
/// The part of the plan: what exists for this caller.
store::CallerFilter filter_of(const Caller& caller);
/// What the caller's writes may meet (store::Commit::sight): as `filter_of`, but of a type that it may write it need not be allowed to read
/// anything.
store::CallerFilter write_sight_of(const Caller& caller);

} // namespace huitong::access
