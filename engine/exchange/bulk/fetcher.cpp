#include "exchange/bulk/fetcher.hpp"

#include "exchange/backoff.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;
namespace urls = boost::urls;

std::string_view port_of(const urls::url_view& url) {
    if (url.has_port() && !url.port().empty()) return {url.port().data(), url.port().size()};
    return url.scheme() == "https" ? "443" : "80";
}

/// A step that leads up, or whose spelling hides one.
bool is_crooked(std::string_view path) {
    std::string text(path);
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    for (const std::string_view bad : {"/../", "/./", "//", "%2e", "%2f", "%5c", "\\"}) {
        if (text.find(bad) != text.npos) return true;
    }
    return text.ends_with("/..") || text.ends_with("/.");
}

std::string lower_host(const urls::url_view& url) {
    std::string out = url.host();
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool lies_below(const urls::url_view& url, const urls::url_view& source) {
    if (url.scheme() != source.scheme() || lower_host(url) != lower_host(source) || port_of(url) != port_of(source)) return false;
    std::string folder(source.encoded_path());
    if (!folder.ends_with('/')) folder += '/';
    const std::string path(url.encoded_path());
    return path.size() > folder.size() && path.starts_with(folder) && !is_crooked(path);
}

/// Waits, and ends at once when it is stopped.
void pause(std::uint64_t milliseconds, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, std::chrono::milliseconds(milliseconds), [] { return false; });
}

} // namespace

bool may_fetch(const std::vector<std::string>& sources, std::string_view url) {
    const auto parsed = urls::parse_uri(url);
    if (!parsed || parsed->has_userinfo() || parsed->has_fragment() || (parsed->scheme() != "http" && parsed->scheme() != "https"))
        return false;
    return std::any_of(sources.begin(), sources.end(), [&](const auto& one) {
        const auto source = urls::parse_uri(one);
        return source && lies_below(*parsed, *source);
    });
}

/// What is there of a file, and which file of the peer it is a part of.
struct Fetcher::Part {
    explicit Part(const std::string& path) : file(path + ".part"), mark(path + ".etag") {
        std::error_code failure;
        bytes = files::file_size(file, failure);
        if (failure) bytes = 0;
        std::ifstream in(mark);
        std::getline(in, etag);
        if (etag.empty()) bytes = 0; // whether the rest belongs to it, nobody could say
    }
    void begin_again(const std::string& new_etag) {
        bytes = 0;
        etag = new_etag;
        std::ofstream(mark, std::ios::trunc) << etag << '\n';
    }
    std::string file, mark, etag;
    std::uint64_t bytes = 0;
};

std::optional<Outcome> Fetcher::fetch_more(const std::string& url, Part& part, const std::stop_token& stop, std::uint32_t& wait_ms) {
    HttpCall call;
    call.url = url;
    // A weak validator, or none, does not say whether the bytes are the same.
    const bool goes_on = part.bytes > 0 && part.etag.starts_with('"');
    if (goes_on) call.headers = {{"Range", "bytes=" + std::to_string(part.bytes) + '-'}, {"If-Range", part.etag}};
    call.headers.emplace_back("Accept", "application/fhir+ndjson, */*;q=0.5");
    std::ofstream out;
    bool disk_failed = false, is_too_long = false;
    call.take = [&](const HttpAnswer& head, std::string_view piece) {
        if (!out.is_open()) {
            const bool appends = head.status == 206 && head.content_range.starts_with("bytes " + std::to_string(part.bytes) + '-');
            if (head.status == 206 && !appends) return false;
            if (!appends) part.begin_again(head.etag);
            out.open(part.file, std::ios::binary | (appends ? std::ios::app : std::ios::trunc));
        }
        is_too_long = part.bytes + piece.size() > settings_.file_bytes_max;
        if (is_too_long) return false;
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        part.bytes += piece.size();
        disk_failed = !out;
        return !disk_failed;
    };
    const auto answer = client_.send(call, stop);
    out.close();
    if (disk_failed) return fatal(IssueCode::no_store, "", "bulk-failed");
    if (is_too_long) return error(IssueCode::too_long, "", "import-file-max", {std::to_string(settings_.file_bytes_max)});
    if (!answer) return answer.error();
    if (answer->status == 200 || answer->status == 206) {
        if (part.bytes == 0) std::ofstream(part.file, std::ios::binary | std::ios::trunc); // an empty file is one
        return std::nullopt;
    }
    wait_ms = answer->retry_after_s * 1'000;
    if (answer->status == 416) { // the peer's file is shorter than what is there
        part.begin_again("");
        return error(IssueCode::transient, "", "import-fetch", {"416"});
    }
    const bool may_pass = answer->status == 429 || answer->status >= 500;
    return error(may_pass ? IssueCode::transient : IssueCode::not_found, "", "import-fetch", {std::to_string(answer->status)});
}

Outcome Fetcher::fetch(const std::string& url, const std::string& path, const std::stop_token& stop) {
    Part part(path);
    for (unsigned failures = 0; !stop.stop_requested();) {
        const auto before = part.bytes;
        std::uint32_t wait_ms = 0;
        const auto failed = fetch_more(url, part, stop, wait_ms);
        if (!failed) {
            std::error_code failure;
            files::rename(part.file, path, failure);
            files::remove(part.mark, failure);
            return files::exists(path) ? Outcome() : Outcome(fatal(IssueCode::no_store, "", "bulk-failed"));
        }
        const auto code = failed->leading()->code;
        const bool may_pass = code == IssueCode::transient || code == IssueCode::timeout;
        failures = part.bytes > before ? 1 : failures + 1;
        if (!may_pass || failures >= settings_.tries_max) return *failed;
        pause(std::max<std::uint64_t>(std::min(wait_ms, settings_.backoff_max_ms),
                                      backoff_ms(failures, settings_.backoff_first_ms, settings_.backoff_max_ms, 0.5)),
              stop);
    }
    return {};
}

} // namespace huitong::exchange
