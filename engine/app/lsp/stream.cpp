#include "app/lsp/stream.hpp"

#include <charconv>
#include <istream>
#include <ostream>

namespace huitong::app::lsp {
namespace {

constexpr std::size_t kMessageBytesMax = 64 << 20;
constexpr std::string_view kLength = "Content-Length:";

} // namespace

std::optional<std::string> Stream::read() {
    std::size_t length = 0;
    for (std::string line; std::getline(in_, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty()) break;
        if (!line.starts_with(kLength)) continue;
        const auto digits = line.find_first_not_of(' ', kLength.size());
        if (digits != line.npos) std::from_chars(line.data() + digits, line.data() + line.size(), length);
    }
    if (!in_ || length == 0 || length > kMessageBytesMax) return std::nullopt;
    std::string out(length, '\0');
    in_.read(out.data(), static_cast<std::streamsize>(length));
    return in_ ? std::optional(std::move(out)) : std::nullopt;
}

void Stream::write(std::string_view json) { out_ << "Content-Length: " << json.size() << "\r\n\r\n" << json << std::flush; }

} // namespace huitong::app::lsp
