#include "fhir/package_writer.hpp"

#include "base/assert.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdio>

namespace huitong::fhir {
namespace {

constexpr std::size_t kBlock = 512;

/// A POSIX ustar header of a plain file without owner and time.
std::string header_of(std::string_view name, std::size_t bytes) {
    std::string out(kBlock, '\0');
    const auto put = [&](std::size_t at, std::string_view text) {
        std::copy(text.begin(), text.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
    };
    char digits[16];
    const auto octal = [&](std::size_t at, int width, std::size_t value) {
        std::snprintf(digits, sizeof digits, "%0*zo", width, value);
        put(at, digits);
    };
    put(0, name);
    octal(100, 7, 0644);
    octal(108, 7, 0);
    octal(116, 7, 0);
    octal(124, 11, bytes);
    octal(136, 11, 0);
    put(148, "        ");
    out[156] = '0';
    put(257, "ustar");
    put(263, "00");
    std::size_t sum = 0;
    for (const char c : out) sum += static_cast<unsigned char>(c);
    octal(148, 6, sum);
    out[154] = '\0';
    return out;
}

} // namespace

bool PackageWriter::add(std::string_view name, std::string_view text) {
    if (name.size() >= 100) return false;
    tar_ += header_of(name, text.size());
    tar_ += text;
    tar_.resize((tar_.size() + kBlock - 1) / kBlock * kBlock, '\0');
    return true;
}

std::string PackageWriter::finish() {
    tar_.resize(tar_.size() + 2 * kBlock, '\0');
    z_stream stream{};
    HT_ASSERT(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, static_cast<uLong>(tar_.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(tar_.data());
    stream.avail_in = static_cast<uInt>(tar_.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    HT_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace huitong::fhir
