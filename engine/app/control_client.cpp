#include "app/control_client.hpp"

#include "feeds/message_record.hpp"
#include "fhir/json.hpp"

#include <curl/curl.h>

#include <memory>

namespace huitong::app {
namespace {

constexpr long kAnswerSecondsMax = 600; ///< a replay of many dead letters takes a while

std::size_t take(char* bytes, std::size_t, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(bytes, count);
    return count;
}

} // namespace

Result<HubAnswer> ask_hub(const std::string& data_directory, const std::string& method, const std::string& target,
                          const std::string& body) {
    const auto unreachable = [&] { return Outcome(error(IssueCode::transient, "", "control-unreachable", {data_directory})); };
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    if (!curl) return unreachable();
    HubAnswer out;
    const auto socket = data_directory + "/control";
    const auto url = "http://hub" + target;
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kAnswerSecondsMax);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &out.body);
    if (!body.empty()) {
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
        curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    }
    if (curl_easy_perform(curl.get()) != CURLE_OK) return unreachable();
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    out.status = static_cast<int>(status);
    return out;
}

Outcome issues_of(const HubAnswer& answer) {
    const auto parsed = fhir::read_plain_json(answer.body);
    if (!parsed.issues.has_errors() && parsed.value) {
        auto issues = feeds::read_issues(parsed.value->root(), "issues");
        if (issues.has_errors()) return issues;
    }
    return error(IssueCode::transient, "", "control-answer", {std::to_string(answer.status)});
}

std::string query_text(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char c : text) {
        const bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        if (is_plain) {
            out += static_cast<char>(c);
        } else {
            out += '%';
            out += kDigits[c >> 4];
            out += kDigits[c & 15];
        }
    }
    return out;
}

} // namespace huitong::app
