#include "adapters/drop/sftp_session.hpp"

#include <boost/url/parse.hpp>
#include <curl/curl.h>

namespace huitong::adapters::drop {
namespace {

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// Where the bytes of one call go.
struct Receiving {
    std::string* bytes = nullptr;
    std::size_t bytes_max = 0;
    bool too_long = false;
    std::stop_token stop;
};

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* context) {
    auto& receiving = *static_cast<Receiving*>(context);
    const auto length = size * count;
    receiving.too_long = receiving.bytes->size() + length > receiving.bytes_max;
    if (receiving.too_long) return CURL_WRITEFUNC_ERROR;
    receiving.bytes->append(bytes, length);
    return length;
}

int look_at_stop(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Receiving*>(context)->stop.stop_requested() ? 1 : 0;
}

Outcome outcome_of(CURLcode code, const Receiving& receiving, const std::string& url) {
    if (receiving.too_long) return error(IssueCode::too_long, "", "drop-file-bytes-max", {std::to_string(receiving.bytes_max)});
    switch (code) {
    case CURLE_OK: return {};
    case CURLE_PEER_FAILED_VERIFICATION: return error(IssueCode::security, "", "sftp-host-key", {url});
    case CURLE_LOGIN_DENIED: return error(IssueCode::login, "", "sftp-login", {url});
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return error(IssueCode::transient, "", "sftp-unreachable", {url});
    case CURLE_OPERATION_TIMEDOUT: return error(IssueCode::timeout, "", "sftp-timeout", {url});
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_REMOTE_ACCESS_DENIED: return error(IssueCode::processing, "", "sftp-folder", {url});
    case CURLE_QUOTE_ERROR: return error(IssueCode::processing, "", "sftp-move", {url});
    default: return error(IssueCode::transient, "", "sftp-cut", {url, std::to_string(static_cast<int>(code))});
    }
}

/// A path as libcurl's quoted commands read it.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

/// ed25519 keys and the like; a private key brings its public one.
void set_login(CURL* handle, const SftpSettings& settings, std::string& password) {
    if (!settings.key_file.empty()) {
        curl_easy_setopt(handle, CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
        curl_easy_setopt(handle, CURLOPT_SSH_PRIVATE_KEYFILE, settings.key_file.c_str());
        return;
    }
    password = read_secret(settings.password_file);
    curl_easy_setopt(handle, CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PASSWORD));
    curl_easy_setopt(handle, CURLOPT_PASSWORD, password.c_str());
}

} // namespace

struct SftpSession::State {
    std::unique_ptr<CURL, FreeHandle> handle;
    Receiving receiving;
    std::size_t resume_from = 0;
};

SftpSession::SftpSession(const SftpSettings& settings) : settings_(settings), state_(std::make_unique<State>()) {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    static_cast<void>(started);
    state_->handle.reset(curl_easy_init());
    if (!settings_.url.ends_with('/')) settings_.url += '/';
    if (const auto url = boost::urls::parse_uri(settings_.url)) folder_ = url->path();
}

SftpSession::~SftpSession() = default;

std::string SftpSession::path(const std::string& name) const { return quoted(folder_ + name); }

Outcome SftpSession::perform(const std::string& url, const std::vector<std::string>& commands, const std::stop_token& stop) {
    auto* handle = state_->handle.get();
    if (!handle) return error(IssueCode::exception, "", "sftp-cut", {settings_.url, "0"});
    auto& receiving = state_->receiving;
    receiving.too_long = false;
    receiving.stop = stop;
    std::string password;
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "sftp");
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    auto fingerprint = settings_.host_key;
    if (fingerprint.starts_with("SHA256:")) fingerprint.erase(0, 7);
    curl_easy_setopt(handle, CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, fingerprint.c_str());
    set_login(handle, settings_, password);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout_ms));
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(std::max(1U, settings_.stall_timeout_ms / 1000)));
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, look_at_stop);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &receiving);
    if (state_->resume_from > 0) curl_easy_setopt(handle, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(state_->resume_from));
    std::unique_ptr<curl_slist, FreeList> list;
    for (const auto& command : commands) {
        auto* longer = curl_slist_append(list.get(), command.c_str());
        if (longer) static_cast<void>(list.release());
        list.reset(longer);
    }
    if (list) {
        curl_easy_setopt(handle, CURLOPT_QUOTE, list.get());
        curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    }
    const auto code = curl_easy_perform(handle);
    return outcome_of(code, receiving, settings_.url);
}

Result<std::string> SftpSession::list(const std::stop_token& stop) {
    constexpr std::size_t kListingBytesMax = 64 << 20;
    std::string out;
    state_->receiving = {&out, kListingBytesMax, false, stop};
    state_->resume_from = 0;
    if (auto issues = perform(settings_.url, {}, stop); issues.has_errors()) return issues;
    return out;
}

Outcome SftpSession::fetch(const std::string& name, std::size_t bytes_max, std::string& bytes, const std::stop_token& stop) {
    state_->receiving = {&bytes, bytes_max, false, stop};
    state_->resume_from = bytes.size();
    char* encoded = curl_easy_escape(state_->handle.get(), name.c_str(), static_cast<int>(name.size()));
    const auto url = settings_.url + (encoded ? encoded : "");
    curl_free(encoded);
    return perform(url, {}, stop);
}

Outcome SftpSession::move(const std::string& name, const std::string& folder, const std::stop_token& stop) {
    constexpr int kNamesTried = 20;
    std::string unused;
    Outcome issues;
    for (int number = 1; number <= kNamesTried; ++number) {
        const auto target = folder + '/' + name + (number == 1 ? std::string() : '.' + std::to_string(number));
        state_->receiving = {&unused, 0, false, stop};
        state_->resume_from = 0;
        // '*': a folder that is there already is no failure.
        issues = perform(settings_.url, {"*mkdir " + path(folder), "rename " + path(name) + ' ' + path(target)}, stop);
        const bool is_taken = issues.has_errors() && issues.leading()->rule == "sftp-move";
        if (!is_taken) break;
    }
    return issues;
}

Outcome SftpSession::remove(const std::string& name, const std::stop_token& stop) {
    std::string unused;
    state_->receiving = {&unused, 0, false, stop};
    state_->resume_from = 0;
    return perform(settings_.url, {"rm " + path(name)}, stop);
}

} // namespace huitong::adapters::drop
