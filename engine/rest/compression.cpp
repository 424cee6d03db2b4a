#include "rest/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

namespace huitong::rest {
namespace {

constexpr std::size_t kWorthBytes = 1'024; ///< smaller bodies fit one packet as they are
constexpr std::size_t kPieceBytes = 64 * 1'024;
constexpr int kGzipWindow = 15 + 16; ///< zlib's sign for a gzip frame
constexpr int kLevel = 1;            ///< the line is local, the processor is not idle

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// An ended stream frees itself.
struct Inflater {
    z_stream stream{};
    bool ready = false;
    explicit Inflater(int window) { ready = inflateInit2(&stream, window) == Z_OK; }
    ~Inflater() {
        if (ready) inflateEnd(&stream);
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
};

Result<std::string> inflated(const std::string& body, int window, const Limits& limits) {
    Inflater inflater(window);
    auto& stream = inflater.stream;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data())); // zlib reads only
    stream.avail_in = static_cast<uInt>(body.size());
    const auto most = std::min(limits.inflated_bytes_max, std::max(body.size() * limits.inflate_ratio_max, kPieceBytes));
    std::string out;
    int status = inflater.ready ? Z_OK : Z_MEM_ERROR;
    while (status == Z_OK) {
        const auto begin = out.size();
        out.resize(begin + kPieceBytes);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
        stream.avail_out = static_cast<uInt>(kPieceBytes);
        status = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (out.size() > most) return Outcome(error(IssueCode::too_long, "", "http-inflated-max", {std::to_string(most)}));
        if (status == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) break; // cut off
    }
    if (status != Z_STREAM_END) return Outcome(error(IssueCode::invalid, "", "http-inflate"));
    return out;
}

} // namespace

bool takes_gzip(std::string_view accept_encoding) {
    bool out = false;
    while (!accept_encoding.empty()) {
        const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
        auto one = trimmed(accept_encoding.substr(0, end));
        accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
        const auto semicolon = one.find(';');
        const auto name = trimmed(one.substr(0, semicolon));
        const auto quality = semicolon == one.npos ? std::string("q=1") : std::string(trimmed(one.substr(semicolon + 1)));
        const bool wanted = !quality.starts_with("q=") || std::strtod(quality.c_str() + 2, nullptr) > 0;
        if (name == "gzip" || name == "x-gzip") return wanted;
        if (name == "*") out = wanted;
    }
    return out;
}

Outcome inflate_body(HttpRequest& request, const Limits& limits) {
    const std::string coding(request.header("content-encoding"));
    if (coding.empty() || coding == "identity") return {};
    if (coding != "gzip" && coding != "x-gzip" && coding != "deflate")
        return error(IssueCode::not_supported, "", "http-encoding", {"gzip, deflate"});
    auto body = inflated(request.body, coding == "deflate" ? 15 : kGzipWindow, limits);
    if (!body) return body.error();
    request.body = std::move(*body);
    std::erase_if(request.headers, [](const auto& header) { return header.first == "content-encoding"; });
    return {};
}

void deflate_body(std::string_view accept_encoding, HttpResponse& response) {
    if (response.body.size() < kWorthBytes) return;
    for (const auto& [name, value] : response.headers) {
        if (name == "Content-Encoding") return;
        if (name == "Content-Type" && (value.starts_with("image/") || value.starts_with("video/"))) return;
    }
    vary_by(response, "Accept-Encoding");
    if (!takes_gzip(accept_encoding)) return;
    z_stream stream{};
    if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return;
    std::string out(deflateBound(&stream, response.body.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(response.body.data());
    stream.avail_in = static_cast<uInt>(response.body.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (!done) return;
    response.body = std::move(out);
    response.set("Content-Encoding", "gzip");
}

} // namespace huitong::rest
