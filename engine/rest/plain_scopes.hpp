/// Scopes that are single words beside those of SMART: `recognition`, `audit-witness` … Thread: any.
#pragma once

#include "access/caller.hpp"

#include <algorithm>

namespace huitong::rest {

inline bool has_scope(const access::Caller& caller, std::string_view scope) {
    return std::find(caller.scopes.begin(), caller.scopes.end(), scope) != caller.scopes.end();
}

} // namespace huitong::rest
