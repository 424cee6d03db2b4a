#include "exchange/content.hpp"

#include "base/sha256.hpp"

namespace huitong::exchange {
namespace {

constexpr std::size_t kDigestDigits = 32;

} // namespace

std::string content_digest(std::string_view stored_body) { return sha256_hex(stored_body).substr(0, kDigestDigits); }

std::string content_digest(const store::Version& version) {
    if (version.deleted) return std::string(kRemoved);
    // The store puts both at the front of meta, and meta behind the id: what was put in is known to the byte.
    const auto spliced =
        "\"versionId\":\"" + std::to_string(version.version) + "\",\"lastUpdated\":\"" + instant_text(version.updated, 0) + '"';
    const auto at = version.body.find(spliced);
    if (at == std::string::npos) return content_digest(version.body);
    auto end = at + spliced.size();
    if (end < version.body.size() && version.body[end] == ',') ++end;
    return content_digest(version.body.substr(0, at) + version.body.substr(end));
}

} // namespace huitong::exchange
