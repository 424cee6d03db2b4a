/// The small doors beside /fhir: tokens, health, metrics, SMART configuration.
#pragma once

#include "access/tokens.hpp"
#include "rest/fhir_door.hpp"

#include <functional>

namespace huitong::rest {

/// POST /auth/token, /auth/introspect and /auth/revoke, each with the client's credentials.
/// Source: RFC 6749 §4.4; RFC 7662; RFC 7009; SMART App Launch 2.0, "Backend Services".
class TokenDoor final : public Door {
public:
    TokenDoor(access::Tokens& tokens, Reception& reception) : tokens_(tokens), reception_(reception) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<HttpResponse> answer_about_token(const HttpRequest& request, const access::TokenRequest& credentials,
                                                            const std::string& token);

    access::Tokens& tokens_;
    Reception& reception_;
};

/// POST /auth/local-token?client=ID&scope=…&purpose=…&reason=…&patient=…, over the control socket alone: a token without the client's
/// secret.
class LocalTokenDoor final : public Door {
public:
    LocalTokenDoor(access::Tokens& tokens, Reception& reception) : tokens_(tokens), reception_(reception) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    access::Tokens& tokens_;
    Reception& reception_;
};

/// POST /registers/reload, over the control socket alone: institutions, certificates, catalogue and rule packs read anew. What is wrong is
/// answered, and the old ones stay.
class RegistersDoor final : public Door {
public:
    /// What they hold now, as JSON.
    using Reload = std::function<Result<std::string>()>;
    RegistersDoor(Reception& reception, Reload reload) : reception_(reception), reload_(std::move(reload)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    Reception& reception_;
    Reload reload_;
};

/// GET /.well-known/smart-configuration.
class SmartConfigurationDoor final : public Door {
public:
    explicit SmartConfigurationDoor(std::string token_url) : token_url_(std::move(token_url)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    std::string token_url_;
};

/// GET /livez, /readyz and /metrics (loopback or with a token).
class HealthDoor final : public Door {
public:
    using Metrics = std::function<std::vector<std::pair<std::string, std::uint64_t>>()>;
    HealthDoor(Reception& reception, Metrics metrics) : reception_(reception), metrics_(std::move(metrics)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    Reception& reception_;
    Metrics metrics_;
};

} // namespace huitong::rest
