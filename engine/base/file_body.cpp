#include "base/file_body.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace huitong {

std::shared_ptr<FileBody> FileBody::open(const std::string& path) {
    std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rbe"));
    struct stat facts {};
    if (!file || ::fstat(::fileno(file.get()), &facts) != 0 || !S_ISREG(facts.st_mode)) return nullptr;
    return std::make_shared<FileBody>(std::move(file), static_cast<std::uint64_t>(facts.st_size));
}

bool FileBody::read(std::string& piece, std::size_t bytes_max) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, left_)));
    const auto taken = std::fread(piece.data(), 1, piece.size(), file_.get());
    const bool is_whole = taken == piece.size();
    piece.resize(taken);
    left_ -= taken;
    return is_whole;
}

} // namespace huitong
