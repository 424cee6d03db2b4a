/// Who calls: organisation, person, role and purpose, with what the scopes allow. Made by `access` from a token; part of every request.
/// Source: SMART App Launch 2 (scopes), design "Who calls".
#pragma once

#include "store/store.hpp"

#include <string>
#include <vector>

namespace huitong::access {

struct Caller {
    std::string client_id;    ///< "" = open mode
    std::string organization; ///< organisation id of the client
    std::string practitioner, role;
    std::string patient_id;          ///< patient-scoped tokens
    std::string purpose = "TREAT";   ///< TREAT, BTG, PUBHLTH, …
    std::vector<std::string> scopes; ///< SMART v2, e.g. "system/Observation.rs"
    std::string address;             ///< peer address for the access log
    std::string request_id;
    bool open = false;        ///< [access] mode = "open"
    bool local_admin = false; ///< over the control socket
};

/// Letters of SMART v2: c r u d s.
bool may(const Caller& caller, char right, std::string_view type);
/// The part of the plan: what exists for this caller.
store::CallerFilter filter_of(const Caller& caller);

} // namespace huitong::access
