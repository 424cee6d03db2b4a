#include "fhir/zip_reader.hpp"

#include "fhir/package_reader.hpp"

#include <zlib.h>

#include <optional>

namespace huitong::fhir {
namespace {

constexpr std::size_t kDirectoryEnd = 22, kDirectoryEntry = 46, kLocalHeader = 30;
constexpr std::string_view kDirectoryEndMark = "PK\x05\x06", kDirectoryMark = "PK\x01\x02", kLocalMark = "PK\x03\x04";

/// Little-endian number of `size` bytes; callers have checked that it is inside.
std::size_t number(std::string_view bytes, std::size_t at, std::size_t size) {
    std::size_t out = 0;
    for (std::size_t index = size; index > 0; --index) out = out << 8 | static_cast<unsigned char>(bytes[at + index - 1]);
    return out;
}

std::optional<std::string> inflated(std::string_view bytes, std::size_t size) {
    std::string out(size, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return std::nullopt; // raw deflate, without a header of its own
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int end = inflate(&stream, Z_FINISH);
    const bool complete = end == Z_STREAM_END && stream.total_out == size;
    inflateEnd(&stream);
    return complete ? std::optional(std::move(out)) : std::nullopt;
}

/// One entry of the central directory.
struct Entry {
    std::size_t method, packed, size, checksum, header;
    std::string_view name;
};

std::optional<std::string> content_of(std::string_view archive, const Entry& entry) {
    if (entry.header + kLocalHeader > archive.size() || archive.substr(entry.header, 4) != kLocalMark) return std::nullopt;
    const auto begin = entry.header + kLocalHeader + number(archive, entry.header + 26, 2) + number(archive, entry.header + 28, 2);
    if (begin > archive.size() || entry.packed > archive.size() - begin || entry.size > kPackageFileBytesMax) return std::nullopt;
    const auto bytes = archive.substr(begin, entry.packed);
    std::optional<std::string> out;
    if (entry.method == 0 && entry.packed == entry.size) out = std::string(bytes);
    if (entry.method == 8) out = inflated(bytes, entry.size);
    if (!out) return std::nullopt;
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(out->data()), static_cast<uInt>(out->size()));
    return sum == entry.checksum ? out : std::nullopt;
}

} // namespace

Outcome read_zip(std::string_view archive, const std::string& file, const std::function<bool(std::string_view, std::size_t)>& wants,
                 const std::function<void(std::string_view, std::string)>& take) {
    const auto unreadable = [&] { return error(IssueCode::structure, "", "package-unreadable", {file}); };
    const auto end = archive.rfind(kDirectoryEndMark);
    if (end == archive.npos || archive.size() - end < kDirectoryEnd) return unreadable();
    auto at = number(archive, end + 16, 4);
    for (auto left = number(archive, end + 10, 2); left > 0; --left) {
        if (at > archive.size() || archive.size() - at < kDirectoryEntry || archive.substr(at, 4) != kDirectoryMark) return unreadable();
        const auto name_size = number(archive, at + 28, 2);
        const auto behind = name_size + number(archive, at + 30, 2) + number(archive, at + 32, 2);
        if (archive.size() - at - kDirectoryEntry < behind) return unreadable();
        const Entry entry{number(archive, at + 10, 2), number(archive, at + 20, 4), number(archive, at + 24, 4),
                          number(archive, at + 16, 4), number(archive, at + 42, 4), archive.substr(at + kDirectoryEntry, name_size)};
        at += kDirectoryEntry + behind;
        if (leaves_package(entry.name)) return error(IssueCode::invalid, "", "package-path", {file});
        if (entry.name.ends_with('/') || !wants(entry.name, entry.size)) continue;
        auto text = content_of(archive, entry);
        if (!text) return unreadable();
        take(entry.name, std::move(*text));
    }
    return {};
}

} // namespace huitong::fhir
