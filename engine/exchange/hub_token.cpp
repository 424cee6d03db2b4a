#include "exchange/hub_token.hpp"

#include "access/jwt.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace huitong::exchange {
namespace {

constexpr std::int64_t kAssertionSeconds = 150;  ///< half of what is allowed: a peer's clock may be off by as much either way
constexpr std::int64_t kMarginSeconds = 10;      ///< a token is renewed so long before it ends
constexpr std::int64_t kTokenSecondsMax = 3'600; ///< whatever the peer says
constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::string read_key(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string form(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        if (value.empty()) continue;
        if (!out.empty()) out += '&';
        out.append(name).append("=").append(encode_form(value));
    }
    return out;
}

} // namespace

Result<HttpAnswer> HubToken::ask(HttpClient& http, const std::stop_token& stop) {
    const auto now = clock_.now().microseconds / kMicrosecondsPerSecond + peer_ahead_seconds_;
    const auto assertion = access::sign_assertion(read_key(settings_.private_key_file), settings_.key_id, settings_.client_id,
                                                  settings_.token_url, now + kAssertionSeconds, new_id_());
    if (assertion.empty()) return Outcome(error(IssueCode::security, "", "exchange-key", {settings_.private_key_file}));
    HttpCall call;
    call.url = settings_.token_url;
    call.content_type = "application/x-www-form-urlencoded";
    call.body = form({{"grant_type", "client_credentials"},
                      {"scope", settings_.scope},
                      {"client_assertion_type", kAssertionType},
                      {"client_assertion", assertion}});
    return http.send(call, stop);
}

Result<std::string> HubToken::current(HttpClient& http, const std::stop_token& stop) {
    if (settings_.token_url.empty()) return std::string();
    const auto now = clock_.now();
    if (!token_.empty() && now < renew_at_) return token_;
    token_.clear();
    auto answer = ask(http, stop);
    if (answer && answer->status != 200 && answer->date_seconds != 0) {
        const auto ahead = answer->date_seconds - now.microseconds / kMicrosecondsPerSecond;
        if (std::abs(ahead - peer_ahead_seconds_) > kMarginSeconds) {
            peer_ahead_seconds_ = ahead;
            answer = ask(http, stop);
        }
    }
    if (!answer) return answer.error();
    const auto refused = [&] { return Outcome(error(IssueCode::login, "", "exchange-token", {std::to_string(answer->status)})); };
    if (answer->status == 503 || answer->status == 429) return Outcome(error(IssueCode::throttled, "", "exchange-busy", {}));
    if (answer->status != 200) return refused();
    fhir::JsonOptions options;
    options.root_name = "token";
    const auto parsed = fhir::read_json(std::move(answer->body), options);
    if (parsed.issues.has_errors()) return refused();
    const auto root = parsed.value->root();
    token_ = root.text("access_token");
    if (token_.empty() || token_.find_first_of("\r\n") != token_.npos) {
        token_.clear();
        return refused();
    }
    const auto seconds =
        std::clamp<std::int64_t>(std::strtoll(std::string(root.text("expires_in")).c_str(), nullptr, 10), 0, kTokenSecondsMax);
    renew_at_ = {now.microseconds + (seconds - kMarginSeconds) * kMicrosecondsPerSecond};
    ++renewals_;
    return token_;
}

} // namespace huitong::exchange
