/// The small doors beside /fhir: tokens, health, metrics, SMART configuration.
#pragma once

#include "access/authorization.hpp"
#include "rest/fhir_door.hpp"

#include <functional>

namespace huitong::rest {

/// POST /auth/token, /auth/introspect and /auth/revoke, each with the client's credentials (an app without any shows its id).
/// With an authorisation code the token is the person's who signed in (access/authorization.hpp).
/// Source: RFC 6749 §4.1.3, §4.4; RFC 7636; RFC 7662; RFC 7009; SMART App Launch 2.0, "Backend Services", "Obtain access token".
class TokenDoor final : public Door {
public:
    /// `authorization`: nullptr = no people sign in here.
    TokenDoor(access::Tokens& tokens, Reception& reception, access::Authorization* authorization = nullptr)
        : tokens_(tokens), reception_(reception), authorization_(authorization) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<HttpResponse> answer_about_token(const HttpRequest& request, const access::TokenRequest& credentials,
                                                            const std::string& token);
    Result<access::Token> issue(const access::TokenRequest& request);

    access::Tokens& tokens_;
    Reception& reception_;
    access::Authorization* authorization_;
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
    /// `has_people`: people sign in here too.
    SmartConfigurationDoor(std::string token_url, bool has_people) : token_url_(std::move(token_url)), has_people_(has_people) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    std::string token_url_;
    bool has_people_;
};

/// GET /livez (the program answers), /readyz (503 while something keeps it from its work) and /metrics. Names of what fails and figures are
/// for callers with a token and, when it is so configured, for this machine without one.
class HealthDoor final : public Door {
public:
    using Metrics = std::function<std::vector<std::pair<std::string, std::uint64_t>>()>;
    using Failures = std::function<std::vector<std::string>()>; ///< names of what does not work; empty: all does
    HealthDoor(Reception& reception, Metrics metrics, Failures failures, bool loopback_is_trusted)
        : reception_(reception), metrics_(std::move(metrics)), failures_(std::move(failures)), loopback_is_trusted_(loopback_is_trusted) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    HttpResponse readiness(const HttpRequest& request);

    Reception& reception_;
    Metrics metrics_;
    Failures failures_;
    bool loopback_is_trusted_;
};

} // namespace huitong::rest
