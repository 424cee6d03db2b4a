/// Files that an import fetches: by HTTP from places that the operator has listed, and from nowhere else. What is there after a cut or a
/// restart is kept and the rest is asked for; no redirect is followed; every file has a bound.
/// Source: RFC 9110 §14 (ranges), §13.1.5 (If-Range); the proposal "Bulk Data Import by manifest".
#pragma once

#include "exchange/http_client.hpp"

namespace huitong::exchange {

struct FetchSettings {
    std::vector<std::string> sources; ///< "https://files.example/bulk/": what lies below may be fetched
    HttpLimits http;
    std::uint64_t file_bytes_max = 16ULL << 30; ///< of one file, as it travels
    unsigned tries_max = 6;                     ///< in a row that bring nothing new
    std::uint32_t backoff_first_ms = 500, backoff_max_ms = 30'000;

    FetchSettings() {
        http.answer_timeout_ms = 12 * 3'600'000; // a large file on a slow line; one that stands still ends sooner
    }
};

/// True when the URL lies below one of the sources: the same scheme, host and port, and a path that begins with the source's, by steps
/// and without any that lead up.
bool may_fetch(const std::vector<std::string>& sources, std::string_view url);

/// Thread: one at a time.
class Fetcher {
public:
    explicit Fetcher(FetchSettings settings) : settings_(std::move(settings)), client_(settings_.http) {}
    /// Brings the file to `path`, going on with what lies in `path`.part. Issues: import-fetch (the peer's status), import-file-max,
    /// bulk-failed (the disk), and those of HttpClient. What stands under `path` is whole, also after a power cut.
    Outcome fetch(const std::string& url, const std::string& path, const std::stop_token& stop);
    /// What lies there of a file that nobody will go on with.
    static void discard(const std::string& path);

private:
    struct Part;
    /// One call; whether the file is whole now.
    Result<bool> fetch_more(const std::string& url, Part& part, const std::stop_token& stop, std::uint32_t& wait_ms);
    static Outcome begin_again_later(Part& part, int status);

    FetchSettings settings_;
    HttpClient client_;
};

} // namespace huitong::exchange
