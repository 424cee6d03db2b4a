#include "access/used_assertions.hpp"

#include "base/durable_file.hpp"
#include "base/sha256.hpp"

#include <fstream>

namespace huitong::access {

void UsedAssertions::keep_in(std::string file, Instant now) {
    file_ = std::move(file);
    std::ifstream in(file_);
    std::string digest;
    for (std::int64_t expires = 0; in >> digest >> expires;) expires_[digest] = Instant{expires};
    forget_expired(now);
}

bool UsedAssertions::use(const std::string& client, const std::string& assertion, Instant expires) {
    return expires_.emplace(sha256_hex(client + ' ' + assertion), expires).second;
}

bool UsedAssertions::save(Instant now) {
    if (file_.empty()) return true;
    forget_expired(now);
    std::string text;
    for (const auto& [digest, expires] : expires_) text += digest + ' ' + std::to_string(expires.microseconds) + '\n';
    return replace_durably(file_, text);
}

void UsedAssertions::forget_expired(Instant now) {
    std::erase_if(expires_, [&](const auto& row) { return row.second < now; });
}

} // namespace huitong::access
