#include "base/file_digest.hpp"

#include "base/sha256.hpp"

#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <vector>

namespace huitong {

std::optional<std::string> sha256_of_file(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    if (!in || !context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return std::nullopt;
    std::vector<char> room(1 << 20);
    while (in) {
        in.read(room.data(), static_cast<std::streamsize>(room.size()));
        if (EVP_DigestUpdate(context.get(), room.data(), static_cast<std::size_t>(in.gcount())) != 1) return std::nullopt;
    }
    if (!in.eof()) return std::nullopt;
    Digest digest;
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1 || size != digest.size()) return std::nullopt;
    return hex_text(digest);
}

} // namespace huitong
