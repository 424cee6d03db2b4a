#include "exchange/bulk/fetcher.hpp"

#include "base/durable_file.hpp"
#include "exchange/backoff.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <charconv>
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

/// "bytes 100-199/1000": where a piece begins, and how long the whole is (0 = the peer does not say).
struct ContentRange {
    std::uint64_t first = 0, total = 0;
};

/// The number that the text begins with, which is taken off it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failure != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return out;
}

bool take_text(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

std::optional<ContentRange> read_content_range(std::string_view text) {
    if (!take_text(text, "bytes ")) return std::nullopt;
    const auto first = take_number(text);
    if (!first || !take_text(text, "-")) return std::nullopt;
    const auto last = take_number(text);
    if (!last || *last < *first || !take_text(text, "/")) return std::nullopt;
    if (text == "*") return ContentRange{*first, 0};
    const auto total = take_number(text);
    if (!total || !text.empty() || *total <= *last) return std::nullopt;
    return ContentRange{*first, *total};
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
    /// The old bytes are gone before the new mark stands: a stop between the two must not leave them under it. False: the disk refused.
    bool begin_again(const std::string& new_etag) {
        bytes = 0;
        etag = new_etag;
        std::ofstream(file, std::ios::binary | std::ios::trunc).close();
        return make_durable(file) && replace_durably(mark, etag + '\n');
    }
    /// The whole file under its name, which is there only when all its bytes are: whoever finds it after a power cut asks no further.
    bool put_in_place(const std::string& path) const {
        std::error_code failure;
        if (!make_durable(file)) return false;
        files::rename(file, path, failure);
        if (failure || !make_durable(files::path(path).parent_path().string())) return false;
        files::remove(mark, failure);
        return true;
    }
    std::string file, mark, etag;
    std::uint64_t bytes = 0;
};

void Fetcher::discard(const std::string& path) {
    const Part part(path);
    std::error_code ignored;
    files::remove(part.file, ignored);
    files::remove(part.mark, ignored);
}

Result<bool> Fetcher::fetch_more(const std::string& url, Part& part, const std::stop_token& stop, std::uint32_t& wait_ms) {
    HttpCall call;
    call.url = url;
    // A weak validator, or none, does not say whether the bytes are the same.
    const bool goes_on = part.bytes > 0 && part.etag.starts_with('"');
    if (goes_on) call.headers = {{"Range", "bytes=" + std::to_string(part.bytes) + '-'}, {"If-Range", part.etag}};
    call.headers.emplace_back("Accept", "application/fhir+ndjson, */*;q=0.5");
    std::ofstream out;
    bool disk_failed = false, is_too_long = false, is_of_another = false;
    call.take = [&](const HttpAnswer& head, std::string_view piece) {
        if (!out.is_open()) {
            const auto range = read_content_range(head.content_range);
            is_of_another =
                head.status == 206 && (!goes_on || !range || range->first != part.bytes || (!head.etag.empty() && head.etag != part.etag));
            if (is_of_another) return false;
            disk_failed = head.status != 206 && !part.begin_again(head.etag);
            if (disk_failed) return false;
            out.open(part.file, std::ios::binary | std::ios::app);
        }
        is_too_long = part.bytes + piece.size() > settings_.file_bytes_max;
        if (is_too_long) return false;
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        part.bytes += piece.size();
        disk_failed = !out;
        return !disk_failed;
    };
    const auto answer = client_.send(call, stop);
    const bool has_body = out.is_open();
    if (has_body) {
        out.close();
        disk_failed = disk_failed || !out;
    }
    if (disk_failed) return Outcome(fatal(IssueCode::no_store, "", "bulk-failed"));
    if (is_too_long) return Outcome(error(IssueCode::too_long, "", "import-file-max", {std::to_string(settings_.file_bytes_max)}));
    if (is_of_another) return begin_again_later(part, 206);
    if (!answer) return answer.error();
    if (answer->status == 200) { // whole, also when it is empty and a longer one lies there
        if (has_body || part.begin_again(answer->etag)) return true;
        return Outcome(fatal(IssueCode::no_store, "", "bulk-failed"));
    }
    if (answer->status == 206) {
        const auto range = read_content_range(answer->content_range);
        if (!has_body || !range || (range->total != 0 && part.bytes > range->total)) return begin_again_later(part, 206);
        return part.bytes == range->total; // a peer may answer with less than it was asked for (RFC 9110 §15.3.7)
    }
    wait_ms = answer->retry_after_s * 1'000;
    // Nothing stands behind what is there: that was the end when the length is the same, else the peer's file is shorter.
    if (answer->status == 416 && answer->etag == part.etag && answer->content_range == "bytes */" + std::to_string(part.bytes)) return true;
    if (answer->status == 416) return begin_again_later(part, 416);
    const bool may_pass = answer->status == 429 || answer->status >= 500;
    return Outcome(error(may_pass ? IssueCode::transient : IssueCode::not_found, "", "import-fetch", {std::to_string(answer->status)}));
}

Outcome Fetcher::begin_again_later(Part& part, int status) {
    if (!part.begin_again("")) return fatal(IssueCode::no_store, "", "bulk-failed");
    return error(IssueCode::transient, "", "import-fetch", {std::to_string(status)});
}

Outcome Fetcher::fetch(const std::string& url, const std::string& path, const std::stop_token& stop) {
    Part part(path);
    for (unsigned failures = 0; !stop.stop_requested();) {
        const auto before = part.bytes;
        std::uint32_t wait_ms = 0;
        const auto is_whole = fetch_more(url, part, stop, wait_ms);
        if (is_whole && *is_whole) return part.put_in_place(path) ? Outcome() : Outcome(fatal(IssueCode::no_store, "", "bulk-failed"));
        if (is_whole) { // the next slice
            failures = 0;
            continue;
        }
        auto failed = is_whole.error();
        const auto code = failed.leading()->code;
        const bool may_pass = code == IssueCode::transient || code == IssueCode::timeout;
        failures = part.bytes > before ? 1 : failures + 1;
        if (!may_pass || failures >= settings_.tries_max) return failed;
        pause(std::max<std::uint64_t>(std::min(wait_ms, settings_.backoff_max_ms),
                                      backoff_ms(failures, settings_.backoff_first_ms, settings_.backoff_max_ms, 0.5)),
              stop);
    }
    return {};
}

} // namespace huitong::exchange
