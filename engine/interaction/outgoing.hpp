/// Where a Subscription may send: never into the machine itself or its neighbourhood. Source: trust check N39.
#pragma once

#include "base/outcome.hpp"
#include "fhir/tree.hpp"

namespace huitong::interaction {

/// Issue: rest-endpoint-inside, for a `channel.endpoint` that names this machine, a private or link-local address, or no http address.
/// Names are looked up when something is sent, by whoever sends.
Outcome check_endpoint(fhir::Element resource);

} // namespace huitong::interaction
