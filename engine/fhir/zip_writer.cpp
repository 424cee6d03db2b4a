#include "fhir/zip_writer.hpp"

#include <zlib.h>

#include <cstdint>

namespace huitong::fhir {
namespace {

constexpr std::uint16_t kVersionNeeded = 20, kNamesAreUtf8 = 1u << 11;
constexpr std::uint32_t kFirstDay = 0x21u << 16; ///< 1980-01-01 00:00 as MS-DOS writes it

void number(std::string& out, std::uint64_t value, int bytes) {
    for (int index = 0; index < bytes; ++index) out += static_cast<char>(value >> (8 * index) & 0xFF);
}

/// What local header and directory entry have in common, from the version needed to the length of the name.
std::string common_part(const ZipFile& file) {
    std::string out;
    number(out, kVersionNeeded, 2);
    number(out, kNamesAreUtf8, 2);
    number(out, 0, 2); // stored
    number(out, kFirstDay, 4);
    number(out, crc32(0, reinterpret_cast<const Bytef*>(file.text.data()), static_cast<uInt>(file.text.size())), 4);
    number(out, file.text.size(), 4);
    number(out, file.text.size(), 4);
    number(out, file.name.size(), 2);
    number(out, 0, 2); // no extra field
    return out;
}

} // namespace

std::string write_zip(const std::vector<ZipFile>& files) {
    std::string out, directory;
    for (const auto& file : files) {
        const auto header_at = out.size();
        const auto common = common_part(file);
        out += "PK\x03\x04" + common + file.name + file.text;
        directory += "PK\x01\x02";
        number(directory, kVersionNeeded, 2);
        directory += common;
        number(directory, 0, 2); // no comment
        number(directory, 0, 2); // first disk
        number(directory, 0, 2); // internal attributes
        number(directory, 0, 4); // external attributes
        number(directory, header_at, 4);
        directory += file.name;
    }
    const auto directory_at = out.size();
    out += directory + "PK\x05\x06";
    number(out, 0, 4); // one disk
    number(out, files.size(), 2);
    number(out, files.size(), 2);
    number(out, directory.size(), 4);
    number(out, directory_at, 4);
    number(out, 0, 2); // no comment
    return out;
}

} // namespace huitong::fhir
