/// A file as the body of an answer: opened once, read piece by piece while it goes out, and whole even when it is removed meanwhile.
/// Thread: one at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

namespace huitong {

class FileBody {
public:
    /// nullptr: it cannot be opened.
    static std::shared_ptr<FileBody> open(const std::string& path);
    std::uint64_t size() const { return size_; }
    /// Puts the next bytes into `piece`, at most `bytes_max`; empty at the end. False: the file cannot be read, or is shorter than it was.
    bool read(std::string& piece, std::size_t bytes_max);

    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    FileBody(std::unique_ptr<std::FILE, Close> file, std::uint64_t size) : file_(std::move(file)), size_(size), left_(size) {}

private:
    std::unique_ptr<std::FILE, Close> file_;
    std::uint64_t size_, left_;
};

} // namespace huitong
