/// Assertions of clients that were used once, until they expire: kept in a file too, so that none is good again after a restart.
/// Thread: one at a time. Source: RFC 7523, "jti"; SMART App Launch 2.0, "Backend Services".
#pragma once

#include "base/instant.hpp"

#include <map>
#include <string>

namespace huitong::access {

class UsedAssertions {
public:
    /// Reads what the file holds, when there is one, and keeps there from now on what is used; without a file memory alone does.
    void keep_in(std::string file, Instant now);
    /// False: it was used before.
    bool use(const std::string& client, const std::string& assertion, Instant expires);
    /// False: the file could not be written.
    bool save(Instant now);
    void forget_expired(Instant now);

private:
    std::string file_;
    std::map<std::string, Instant> expires_; ///< by SHA-256 of client and jti
};

} // namespace huitong::access
