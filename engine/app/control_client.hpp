/// Asks the hub that holds a data directory, over its control socket. Source: design "One process holds a data directory".
#pragma once

#include "base/outcome.hpp"

namespace huitong::app {

struct HubAnswer {
    int status = 0;
    std::string body;
};
/// `target` is path and query. Issue: control-unreachable (no hub runs on the directory).
Result<HubAnswer> ask_hub(const std::string& data_directory, const std::string& method, const std::string& target,
                          const std::string& body = {});

/// The issues that the hub refused with (`{"issues":[…]}`); control-answer when the answer holds none.
Outcome issues_of(const HubAnswer& answer);

/// Percent-encodes a query value.
std::string query_text(std::string_view text);

} // namespace huitong::app
