#include "fhir/package_reader.hpp"

#include "fhir/zip_reader.hpp"

#include <zlib.h>

#include <fstream>
#include <iterator>
#include <memory>

namespace huitong::fhir {
namespace {

constexpr std::size_t kBlock = 512;

struct CloseFile {
    void operator()(gzFile_s* file) const { gzclose(file); }
};

bool read_exactly(gzFile file, char* to, std::size_t bytes) {
    while (bytes > 0) {
        const int count = gzread(file, to, static_cast<unsigned>(std::min<std::size_t>(bytes, 1 << 20)));
        if (count <= 0) return false;
        to += count;
        bytes -= static_cast<std::size_t>(count);
    }
    return true;
}

std::size_t octal(std::string_view text) {
    std::size_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '7') break;
        value = value * 8 + static_cast<std::size_t>(c - '0');
    }
    return value;
}

std::string name_of(std::string_view header) {
    const auto text = [&](std::size_t at, std::size_t length) {
        const auto field = header.substr(at, length);
        return std::string(field.substr(0, field.find('\0')));
    };
    const auto prefix = header.substr(257, 5) == "ustar" ? text(345, 155) : std::string();
    return prefix.empty() ? text(0, 100) : prefix + "/" + text(0, 100);
}

/// The sum of the header's bytes with its own field taken as blanks (POSIX ustar): what is no tar fails here.
bool is_header(std::string_view header) {
    std::size_t sum = 0;
    for (std::size_t at = 0; at < header.size(); ++at) sum += at >= 148 && at < 156 ? ' ' : static_cast<unsigned char>(header[at]);
    auto written = header.substr(148, 8);
    while (written.starts_with(' ')) written.remove_prefix(1);
    return octal(written) == sum;
}

/// The whole file when it begins as a zip does, else "".
std::string zip_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string out(4, '\0');
    if (!in.read(out.data(), 4) || out != "PK\x03\x04") return {};
    return out.append(std::istreambuf_iterator<char>(in), {});
}

} // namespace

bool leaves_package(std::string_view name) { return name.starts_with('/') || name.find("..") != name.npos; }

Outcome read_package(const std::string& file, const std::function<bool(std::string_view)>& wants,
                     const std::function<void(std::string_view, std::string)>& take) {
    if (const auto zip = zip_text(file); !zip.empty()) {
        const auto is_wanted = [&](std::string_view name, std::size_t) { return wants(name); };
        return read_zip(zip, file, is_wanted, take);
    }
    const std::unique_ptr<gzFile_s, CloseFile> in(gzopen(file.c_str(), "rb"));
    if (!in) return error(IssueCode::not_found, "", "package-unreadable", {file});
    std::string header(kBlock, '\0');
    while (read_exactly(in.get(), header.data(), kBlock)) {
        if (header[0] == '\0') break; // two zero blocks end the archive
        if (!is_header(header)) return error(IssueCode::structure, "", "package-unreadable", {file});
        const auto name = name_of(header);
        const auto bytes = octal(std::string_view(header).substr(124, 12));
        if (leaves_package(name)) return error(IssueCode::invalid, "", "package-path", {file});
        if (bytes > kPackageFileBytesMax) return error(IssueCode::too_long, "", "package-unreadable", {file});
        const auto padded = (bytes + kBlock - 1) / kBlock * kBlock;
        std::string text(padded, '\0');
        if (!read_exactly(in.get(), text.data(), padded)) return error(IssueCode::structure, "", "package-unreadable", {file});
        text.resize(bytes);
        const char type = header[156];
        if ((type == '0' || type == '\0') && wants(name)) take(name, std::move(text));
    }
    return {};
}

} // namespace huitong::fhir
