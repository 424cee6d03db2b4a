#include "rest/service_doors.hpp"

#include "access/jwt.hpp"
#include "base/catalogue.hpp"
#include "base/url_query.hpp"
#include "fhir/json.hpp"

namespace huitong::rest {
namespace {

std::string quoted(std::string_view text) {
    std::string out;
    fhir::write_json_string(text, out);
    return out;
}

/// RFC 6749 §5.2: an OAuth error is its own JSON form, not an OperationOutcome.
HttpResponse oauth_error(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    std::string_view code = "invalid_client";
    int status = 401;
    if (issue->rule == "token-grant") code = "unsupported_grant_type", status = 400;
    if (issue->rule == "token-scope") code = "invalid_scope", status = 400;
    return json_response(status,
                         "{\"error\":\"" + std::string(code) + "\",\"error_description\":" + quoted(text_of(*issue, Language::en)) + '}')
        .set("Cache-Control", "no-store");
}

HttpResponse token_response(const access::Token& token) {
    return json_response(200, "{\"access_token\":" + quoted(token.access_token) + ",\"token_type\":\"bearer\",\"expires_in\":" +
                                  std::to_string(token.expires_in_seconds) + ",\"scope\":" + quoted(token.scope) + '}')
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

boost::asio::awaitable<HttpResponse> TokenDoor::answer(HttpRequest request) {
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    access::TokenRequest token_request;
    token_request.address = request.peer_address;
    for (auto& [name, value] : read_url_query(request.body)) {
        if (name == "grant_type") token_request.grant_type = value;
        else if (name == "scope") token_request.scope = value;
        else if (name == "client_id") token_request.client_id = value;
        else if (name == "client_secret") token_request.client_secret = value;
        else if (name == "client_assertion_type") token_request.client_assertion_type = value;
        else if (name == "client_assertion") token_request.client_assertion = value;
    }
    if (const auto basic = decode_basic(request.header("authorization"))) {
        const auto colon = basic->find(':');
        token_request.client_id = basic->substr(0, colon);
        if (colon != basic->npos) token_request.client_secret = basic->substr(colon + 1);
    }
    auto token = tokens_.issue(token_request);
    access::Caller caller;
    caller.client_id = token ? token->client_id : "";
    caller.address = request.peer_address;
    auto recorded = co_await reception_.record(caller, "sign-in", "", "", token ? 200 : 401, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    // A client whose clock is off learns ours from the refusal and can word its next assertion by it.
    if (!token) co_return oauth_error(token.error()).set("Date", http_date(reception_.clock().now()));
    co_return token_response(*token);
}

boost::asio::awaitable<HttpResponse> LocalTokenDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    std::string client, scope, purpose;
    for (const auto& [name, value] : request.query) {
        if (name == "client") client = value;
        else if (name == "scope") scope = value;
        else if (name == "purpose") purpose = value;
    }
    auto token = tokens_.issue_locally(client, scope, purpose);
    auto recorded = co_await reception_.record(*caller, "sign-in", "", client, token ? 200 : 401, {});
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
    co_return json_response(
        200,
        "{\"token_endpoint\":" + quoted(token_url_) +
            ",\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\",\"client_secret_basic\",\"client_secret_post\"],"
            "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS384\",\"ES384\"],\"grant_types_supported\":[\"client_credentials\"],"
            "\"scopes_supported\":[\"system/*.cruds\",\"system/"
            "*.rs\"],\"capabilities\":[\"client-confidential-asymmetric\",\"client-confidential-symmetric\","
            "\"permission-v2\"]}");
}

boost::asio::awaitable<HttpResponse> HealthDoor::answer(HttpRequest request) {
    if (request.path == "/metrics") {
        if (!request.peer_is_loopback) {
            auto caller = reception_.caller_of(request);
            if (!caller) co_return outcome_response(caller.error());
        }
        HttpResponse response;
        response.set("Content-Type", "text/plain; version=0.0.4");
        for (const auto& [name, value] : metrics_()) response.body += "huitong_" + name + ' ' + std::to_string(value) + '\n';
        co_return response;
    }
    co_return json_response(200, "{\"status\":\"ok\"}");
}

} // namespace huitong::rest
