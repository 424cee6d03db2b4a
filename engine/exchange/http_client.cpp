#include "exchange/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <boost/url/parse.hpp>

namespace huitong::exchange {
namespace {

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What libcurl's callbacks of one call share.
struct Receiving {
    HttpAnswer answer;
    std::size_t bytes_max = 0;
    bool too_long = false;
    std::stop_token stop;
    const HttpCall* call = nullptr;
};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    return out;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& receiving = *static_cast<Receiving*>(context);
    const auto length = size * count;
    const auto& head = receiving.answer;
    if (receiving.call->take && head.status >= 200 && head.status < 300)
        return receiving.call->take(head, {bytes, length}) ? length : CURL_WRITEFUNC_ERROR;
    receiving.too_long = receiving.answer.body.size() + length > receiving.bytes_max;
    if (receiving.too_long) return CURL_WRITEFUNC_ERROR;
    receiving.answer.body.append(bytes, length);
    return length;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& answer = static_cast<Receiving*>(context)->answer;
    const std::string_view line(bytes, size * count);
    if (line.starts_with("HTTP/")) {
        const auto blank = std::min(line.find(' '), line.size());
        answer.status = static_cast<int>(std::strtol(std::string(line.substr(blank)).c_str(), nullptr, 10));
    }
    const auto colon = line.find(':');
    if (colon == line.npos) return line.size();
    const auto name = lower(line.substr(0, colon));
    auto value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '\r' || value.back() == '\n' || value.back() == ' ')) value.remove_suffix(1);
    if (name == "content-type") answer.content_type = lower(value.substr(0, value.find(';')));
    else if (name == "etag") answer.etag = value;
    else if (name == "content-range") answer.content_range = value;
    else if (name == "date") answer.date_seconds = std::max<std::int64_t>(0, curl_getdate(std::string(value).c_str(), nullptr));
    else if (name == "retry-after")
        answer.retry_after_s = static_cast<std::uint32_t>(std::strtoul(std::string(value).c_str(), nullptr, 10));
    return line.size();
}

int look_at_stop(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Receiving*>(context)->stop.stop_requested() ? 1 : 0;
}

/// host of an http or https URL; nullopt: no such URL.
struct Target {
    std::string host;
    bool is_plain = false;
};
std::optional<Target> read_target(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->host().empty()) return std::nullopt;
    return Target{parsed->host(), parsed->scheme() == "http"};
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "[::1]" || host.starts_with("127."); }

Outcome outcome_of(CURLcode code, const Receiving& receiving, const std::string& host) {
    if (receiving.too_long) return error(IssueCode::too_long, "", "exchange-answer-bytes", {host, std::to_string(receiving.bytes_max)});
    switch (code) {
    case CURLE_ABORTED_BY_CALLBACK: return error(IssueCode::suppressed, "", "exchange-cancelled", {host});
    case CURLE_OPERATION_TIMEDOUT: return error(IssueCode::timeout, "", "exchange-timeout", {host});
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return error(IssueCode::transient, "", "exchange-unreachable", {host});
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return error(IssueCode::security, "", "exchange-tls", {host});
    default: return error(IssueCode::transient, "", "exchange-cut", {host, std::to_string(static_cast<int>(code))});
    }
}

} // namespace

struct HttpClient::State {
    HttpLimits limits;
    std::unique_ptr<CURL, FreeHandle> handle;
};

HttpClient::HttpClient(HttpLimits limits) : state_(std::make_unique<State>()) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    state_->limits = std::move(limits);
    state_->handle.reset(curl_easy_init());
}

HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::send(const HttpCall& call, const std::stop_token& stop) {
    const auto target = read_target(call.url);
    if (!target) return Outcome(error(IssueCode::invalid, "", "exchange-url"));
    const auto& limits = state_->limits;
    if (target->is_plain && !limits.plain_http && !is_this_machine(target->host))
        return Outcome(error(IssueCode::security, "", "exchange-plain-http", {target->host}));
    auto* handle = state_->handle.get();
    if (!handle) return Outcome(fatal(IssueCode::exception, "", "exchange-cut", {target->host, "0"}));
    Receiving receiving{{}, limits.answer_bytes_max, false, stop, &call};
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, call.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    if (!call.take) curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout_ms));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.answer_timeout_ms));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max(1U, limits.stall_timeout_ms / 1000)));
    if (!limits.unix_socket.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, limits.unix_socket.c_str());
    if (!limits.authorities_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, limits.authorities_file.c_str());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &receiving);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_at_stop);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &receiving);
    std::unique_ptr<curl_slist, FreeList> headers;
    const auto add_header = [&](const std::string& name, const std::string& value) {
        auto* longer = curl_slist_append(headers.get(), (name + ": " + value).c_str());
        if (longer) static_cast<void>(headers.release());
        headers.reset(longer);
    };
    for (const auto& [name, value] : call.headers) add_header(name, value);
    if (!call.content_type.empty()) {
        add_header("Content-Type", call.content_type);
        add_header("Expect", ""); // no round trip before a body
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, call.body.c_str());
    }
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    const auto code = curl_easy_perform(handle);
    if (code != CURLE_OK) return outcome_of(code, receiving, target->host);
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    receiving.answer.status = static_cast<int>(status);
    return std::move(receiving.answer);
}

std::string encode_form(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const unsigned char c : text) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == '~';
        if (plain) {
            out += static_cast<char>(c);
        } else {
            out += '%';
            out += kDigits[c >> 4];
            out += kDigits[c & 15];
        }
    }
    return out;
}

} // namespace huitong::exchange
