/// Access tokens for calls to another hub: SMART Backend Services as its client. A token is kept until shortly before it ends.
/// The peer's clock may differ: when it refuses an assertion, its own Date is used for the next one.
/// Thread: one. Source: SMART App Launch 2.0, "Backend Services"; RFC 7523 §2.2.
#pragma once

#include "base/instant.hpp"
#include "exchange/http_client.hpp"

#include <functional>

namespace huitong::exchange {

struct TokenSettings {
    std::string token_url; ///< "" = the hub asks for no token (open mode on this machine)
    std::string client_id, private_key_file, key_id, scope;
};

class HubToken {
public:
    /// `new_id` makes the assertion's `jti`, unique for this client.
    HubToken(TokenSettings settings, const Clock& clock, std::function<std::string()> new_id)
        : settings_(std::move(settings)), clock_(clock), new_id_(std::move(new_id)) {}
    /// "" when no token is needed. Issues: exchange-key (cannot be read), exchange-token (refused, with the status), those of HttpClient.
    Result<std::string> current(HttpClient& http, const std::stop_token& stop);
    /// The hub said that the token is no good: the next `current` asks for a new one.
    void forget() { token_.clear(); }
    std::uint64_t renewals() const { return renewals_; }

private:
    Result<HttpAnswer> ask(HttpClient& http, const std::stop_token& stop);

    TokenSettings settings_;
    const Clock& clock_;
    std::function<std::string()> new_id_;
    std::string token_;
    Instant renew_at_;
    std::int64_t peer_ahead_seconds_ = 0;
    std::uint64_t renewals_ = 0;
};

} // namespace huitong::exchange
