#include "adapters/cda/enclosure.hpp"

#include "base/sha256.hpp"

#include <optional>

namespace huitong::adapters::cda {
namespace {

constexpr std::string_view kMultipart = "multipart/related; boundary=";
constexpr std::string_view kLine = "\r\n";

/// The content of the part that begins behind `from`; `from` moves behind its closing line.
std::optional<std::string_view> next_part(std::string_view bytes, const std::string& border, std::size_t& from) {
    const auto head_end = bytes.find("\r\n\r\n", from);
    const auto end = head_end == bytes.npos ? head_end : bytes.find(border, head_end + 2 * kLine.size());
    if (end == bytes.npos) return std::nullopt;
    from = end + border.size();
    return bytes.substr(head_end + 2 * kLine.size(), end - head_end - 2 * kLine.size());
}

} // namespace

Enclosure enclose(std::string_view document, std::string_view signature) {
    // What follows from all of the content cannot stand in it.
    const auto boundary = hex_text(sha256(document, signature)).substr(0, 32);
    Enclosure out;
    out.media_type = std::string(kMultipart) + boundary;
    const auto add = [&](std::string_view kind, std::string_view content) {
        out.bytes.append("--").append(boundary).append(kLine).append("Content-Type: ").append(kind).append("\r\n\r\n").append(content);
        out.bytes.append(kLine);
    };
    add("application/hl7-cda+xml", document);
    add(signature.starts_with('<') ? "application/signature+xml" : "application/pkcs7-signature", signature);
    out.bytes.append("--").append(boundary).append("--").append(kLine);
    return out;
}

Enclosed opened(std::string_view bytes, std::string_view media_type) {
    Enclosed out;
    out.document = bytes;
    if (!media_type.starts_with(kMultipart)) return out;
    const std::string border = "\r\n--" + std::string(media_type.substr(kMultipart.size()));
    if (!bytes.starts_with(std::string_view(border).substr(kLine.size()))) return out;
    std::size_t at = 0;
    const auto document = next_part(bytes, border, at);
    const auto signature = document ? next_part(bytes, border, at) : std::nullopt;
    if (!signature) return out;
    out.document = *document;
    out.signature = *signature;
    return out;
}

} // namespace huitong::adapters::cda
