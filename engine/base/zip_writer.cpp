#include "base/zip_writer.hpp"

#include "base/assert.hpp"

#include <zlib.h>

#include <array>
#include <cstdint>

namespace huitong {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034B50, kCentralHeader = 0x02014B50, kEndRecord = 0x06054B50;
constexpr unsigned kVersionNeeded = 20; ///< 2.0: deflate
constexpr unsigned kNamesInUtf8 = 0x0800;
constexpr unsigned kDeflated = 8;
constexpr unsigned kNoTime = 0, kFirstDay = 0x0021; ///< 1980-01-01, the first day that the format knows
constexpr int kRawDeflate = -15;                    ///< window bits of zlib: without its own header

void put(std::string& out, std::uint32_t value, int bytes) {
    for (int index = 0; index < bytes; ++index) out += static_cast<char>((value >> (8 * index)) & 0xFF);
}

std::string deflated(std::string_view content) {
    z_stream stream{};
    HT_ASSERT(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, static_cast<uLong>(content.size())), '\0');
    std::string input(content); // zlib's pointer is not to const
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    HT_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

void ZipWriter::add(std::string_view name, std::string_view content) {
    const auto packed = deflated(content);
    const auto checksum =
        static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())));
    const auto offset = static_cast<std::uint32_t>(files_.size());
    std::string common; // what both headers say
    put(common, kVersionNeeded, 2);
    put(common, kNamesInUtf8, 2);
    put(common, kDeflated, 2);
    put(common, kNoTime, 2);
    put(common, kFirstDay, 2);
    put(common, checksum, 4);
    put(common, static_cast<std::uint32_t>(packed.size()), 4);
    put(common, static_cast<std::uint32_t>(content.size()), 4);
    put(common, static_cast<std::uint32_t>(name.size()), 2);
    put(common, 0, 2); // no extra field
    put(files_, kLocalHeader, 4);
    files_ += common;
    files_ += name;
    files_ += packed;
    put(directory_, kCentralHeader, 4);
    put(directory_, kVersionNeeded, 2); // made by
    directory_ += common;
    put(directory_, 0, 2); // no comment
    put(directory_, 0, 2); // disk
    put(directory_, 0, 2); // internal attributes
    put(directory_, 0, 4); // external attributes
    put(directory_, offset, 4);
    directory_ += name;
    ++count_;
}

std::string ZipWriter::take() {
    auto out = std::move(files_);
    const auto begin = static_cast<std::uint32_t>(out.size());
    out += directory_;
    put(out, kEndRecord, 4);
    put(out, 0, 2); // this disk
    put(out, 0, 2); // disk of the directory
    put(out, count_, 2);
    put(out, count_, 2);
    put(out, static_cast<std::uint32_t>(directory_.size()), 4);
    put(out, begin, 4);
    put(out, 0, 2); // no comment
    return out;
}

} // namespace huitong
