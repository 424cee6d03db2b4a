#include "rest/service_doors.hpp"

#include "access/jwt.hpp"
#include "base/catalogue.hpp"
#include "base/json_writer.hpp"
#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "rest/form.hpp"
#include "rest/sign_in/sign_in_door.hpp"

namespace huitong::rest {
namespace {

/// RFC 6749 §5.2: an OAuth error is its own JSON form, not an OperationOutcome.
HttpResponse oauth_error(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    std::string_view code = "invalid_client";
    int status = 401;
    if (issue->rule == "authorize-code") code = "invalid_grant", status = 400;
    if (issue->rule == "token-grant") code = "unsupported_grant_type", status = 400;
    if (issue->rule == "token-scope") code = "invalid_scope", status = 400;
    if (issue->rule == "token-reason" || issue->rule == "token-patient") code = "invalid_request", status = 400;
    return json_response(status, "{\"error\":\"" + std::string(code) +
                                     "\",\"error_description\":" + fhir::json_text(text_of(*issue, Language::en)) + '}')
        .set("Cache-Control", "no-store");
}

HttpResponse token_response(const access::Token& token) {
    return json_response(200, "{\"access_token\":" + fhir::json_text(token.access_token) + ",\"token_type\":\"bearer\",\"expires_in\":" +
                                  std::to_string(token.expires_in_seconds) + ",\"scope\":" + fhir::json_text(token.scope) +
                                  (token.patient.empty() ? "" : ",\"patient\":" + fhir::json_text(token.patient)) +
                                  (token.encounter.empty() ? "" : ",\"encounter\":" + fhir::json_text(token.encounter)) +
                                  (token.refresh_token.empty() ? "" : ",\"refresh_token\":" + fhir::json_text(token.refresh_token)) + '}')
        .set("Cache-Control", "no-store");
}

std::optional<std::string> decode_basic(std::string_view header) {
    if (!header.starts_with("Basic ")) return std::nullopt;
    std::string text(header.substr(6));
    for (auto& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
    while (text.ends_with('=')) text.pop_back();
    return access::decode_base64url(text);
}

} // namespace

namespace {

/// What a client asks for and how it shows who it is. Source: RFC 6749 §2.3.1, RFC 7523.
access::TokenRequest read_token_request(const HttpRequest& request, const Form& form) {
    access::TokenRequest out;
    out.address = request.peer_address;
    out.grant_type = form_field(form, "grant_type");
    out.scope = form_field(form, "scope");
    out.client_id = form_field(form, "client_id");
    out.client_secret = form_field(form, "client_secret");
    out.client_assertion_type = form_field(form, "client_assertion_type");
    out.client_assertion = form_field(form, "client_assertion");
    out.purpose = form_field(form, "purpose");
    out.reason = form_field(form, "reason");
    out.patient = form_field(form, "patient");
    out.code = form_field(form, "code");
    out.redirect_uri = form_field(form, "redirect_uri");
    out.code_verifier = form_field(form, "code_verifier");
    out.refresh_token = form_field(form, "refresh_token");
    if (const auto basic = decode_basic(request.header("authorization"))) {
        const auto colon = basic->find(':');
        out.client_id = basic->substr(0, colon);
        if (colon != basic->npos) out.client_secret = basic->substr(colon + 1);
    }
    return out;
}

/// An emergency is an event of its own kind, and raises the alarm.
std::string sign_in_of(const Result<access::Token>& token) {
    return token && token->caller.purpose == access::kBreakGlass ? "break-glass" : "sign-in";
}

} // namespace

Result<access::Token> TokenDoor::issue(const access::TokenRequest& request) {
    const bool refreshes = request.grant_type == "refresh_token";
    if (!authorization_ || (request.grant_type != "authorization_code" && !refreshes)) return tokens_.issue(request);
    std::string next, encounter;
    auto token = tokens_.issue_for_person(request, [&]() -> Result<access::Caller> {
        if (refreshes) {
            auto again = authorization_->refresh(request.refresh_token, request.client_id);
            if (!again) return again.error();
            next = std::move(again->token);
            encounter = again->grant.encounter;
            return caller_of(again->grant);
        }
        auto grant = authorization_->redeem(request.code, request.client_id, request.redirect_uri, request.code_verifier);
        if (!grant) return grant.error();
        next = authorization_->refreshable(*grant);
        encounter = grant->encounter;
        return caller_of(*grant);
    });
    if (token) token->encounter = std::move(encounter);
    if (!token || next.empty()) return token;
    authorization_->came_with(next, token->access_token);
    token->refresh_token = std::move(next);
    return token;
}

boost::asio::awaitable<HttpResponse> TokenDoor::answer(HttpRequest request) {
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    const auto form = read_url_query(request.body);
    const auto token_request = read_token_request(request, form);
    if (request.path != "/auth/token") co_return co_await answer_about_token(request, token_request, form_field(form, "token"));
    auto token = issue(token_request);
    auto caller = token ? token->caller : access::Caller();
    caller.address = request.peer_address;
    auto recorded = co_await reception_.record(caller, sign_in_of(token), "", "", token ? 200 : 401, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    // A client whose clock is off learns ours from the refusal and can word its next assertion by it.
    if (!token) co_return oauth_error(token.error()).set("Date", http_date(reception_.clock().now()));
    co_return token_response(*token);
}

boost::asio::awaitable<HttpResponse> TokenDoor::answer_about_token(const HttpRequest& request, const access::TokenRequest& credentials,
                                                                   const std::string& token) {
    const bool revokes = request.path == "/auth/revoke";
    Outcome refused;
    std::string body = "{\"active\":false}";
    if (revokes) {
        const auto client = tokens_.app_of(credentials);
        if (!client) {
            refused = client.error();
        } else {
            tokens_.revoke(**client, token);
            if (authorization_) authorization_->revoke(token, (*client)->id);
        }
    } else if (const auto facts = tokens_.introspect(credentials, token); !facts) {
        refused = facts.error();
    } else if (*facts) {
        const auto& known = **facts;
        body = "{\"active\":true,\"token_type\":\"bearer\",\"client_id\":" + fhir::json_text(known.client_id) +
               ",\"scope\":" + fhir::json_text(known.scope) + ",\"purpose\":" + fhir::json_text(known.purpose) +
               (known.patient.empty() ? "" : ",\"patient\":" + fhir::json_text(known.patient)) +
               ",\"exp\":" + std::to_string(known.expires_seconds) + '}';
    }
    access::Caller caller;
    if (refused.empty()) caller.client_id = credentials.client_id;
    caller.address = request.peer_address;
    auto recorded =
        co_await reception_.record(caller, revokes ? "token-revoked" : "token-looked-at", "", "", refused.empty() ? 200 : 401, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    if (!refused.empty()) co_return oauth_error(refused);
    auto response = json_response(200, revokes ? "{}" : body);
    response.set("Cache-Control", "no-store");
    co_return response;
}

boost::asio::awaitable<HttpResponse> LocalTokenDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    access::TokenRequest asked;
    asked.client_id = form_field(request.query, "client");
    asked.scope = form_field(request.query, "scope");
    asked.purpose = form_field(request.query, "purpose");
    asked.reason = form_field(request.query, "reason");
    asked.patient = form_field(request.query, "patient");
    auto token = tokens_.issue_locally(asked);
    if (token) caller->purpose = token->caller.purpose, caller->reason = token->caller.reason;
    auto recorded = co_await reception_.record(*caller, sign_in_of(token), "", asked.client_id, token ? 200 : 401, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    if (!token) co_return oauth_error(token.error());
    co_return token_response(*token);
}

boost::asio::awaitable<HttpResponse> RegistersDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.path != "/registers/reload") co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    auto reloaded = reload_();
    auto response = reloaded ? json_response(200, std::move(*reloaded)) : outcome_response(reloaded.error());
    auto recorded = co_await reception_.record(*caller, "registers-reload", "", "", response.status, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

boost::asio::awaitable<HttpResponse> SmartConfigurationDoor::answer(HttpRequest) {
    const auto beside = token_url_.substr(0, token_url_.rfind('/') + 1);
    co_return json_response(
        200,
        "{\"token_endpoint\":" + fhir::json_text(token_url_) + ",\"introspection_endpoint\":" + fhir::json_text(beside + "introspect") +
            ",\"revocation_endpoint\":" + fhir::json_text(beside + "revoke") +
            ",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"client_secret_basic\",\"client_secret_post\"],"
            "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS384\",\"ES384\"],\"grant_types_supported\":[\"client_credentials\"" +
            (has_people_
                 ? ",\"authorization_code\",\"refresh_token\"],\"authorization_endpoint\":" + fhir::json_text(beside + "authorize") +
                       ",\"response_types_supported\":[\"code\"],\"code_challenge_methods_supported\":[\"S256\"],"
                       "\"authorization_response_iss_parameter_supported\":true"
                 : std::string("]")) +
            ",\"scopes_supported\":[\"system/*.cruds\",\"system/*.rs\"" +
            (has_people_ ? ",\"user/*.cruds\",\"patient/*.rs\",\"launch\",\"launch/patient\",\"offline_access\",\"online_access\"" : "") +
            "],\"capabilities\":[\"client-confidential-asymmetric\",\"client-confidential-symmetric\"," +
            (has_people_ ? "\"launch-standalone\",\"launch-ehr\",\"context-ehr-patient\",\"context-ehr-encounter\",\"client-public\","
                           "\"context-standalone-patient\",\"permission-patient\",\"permission-user\","
                           "\"permission-offline\",\"permission-online\","
                         : "") +
            "\"permission-v2\"]}");
}

HttpResponse HealthDoor::readiness(const HttpRequest& request) {
    const auto failures = failures_();
    if (failures.empty()) return json_response(200, "{\"status\":\"ok\"}");
    JsonWriter json;
    json.object().member("status", "failing");
    if ((request.peer_is_loopback && loopback_is_trusted_) || reception_.caller_of(request)) json.texts("because", failures);
    json.end_object();
    return json_response(503, json.take());
}

boost::asio::awaitable<HttpResponse> HealthDoor::answer(HttpRequest request) {
    if (request.path == "/metrics") {
        if (!loopback_is_trusted_ || !request.peer_is_loopback) {
            auto caller = reception_.caller_of(request);
            if (!caller) co_return outcome_response(caller.error());
        }
        HttpResponse response;
        response.set("Content-Type", "text/plain; version=0.0.4");
        for (const auto& [name, value] : metrics_()) response.body += "huitong_" + name + ' ' + std::to_string(value) + '\n';
        co_return response;
    }
    if (request.path == "/readyz") co_return readiness(request);
    co_return json_response(200, "{\"status\":\"ok\"}");
}

} // namespace huitong::rest
