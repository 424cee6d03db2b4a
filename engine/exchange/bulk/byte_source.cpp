#include "exchange/bulk/byte_source.hpp"

#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace huitong::exchange {
namespace {

constexpr std::size_t kBlockBytes = 256 * 1024;
constexpr int kZstdWindowLogMax = 27; ///< `zstd --long`, 128 MB

Outcome truncated() { return error(IssueCode::incomplete, "", "load-truncated"); }

struct CloseFile {
    void operator()(std::FILE* file) const {
        if (file != stdin) std::fclose(file);
    }
};

/// Blocks of a file as they are; a block is valid until the next call (and over a move: the buffer lies on the heap).
class Blocks {
public:
    explicit Blocks(std::unique_ptr<std::FILE, CloseFile> file) : file_(std::move(file)), buffer_(kBlockBytes, '\0') {}
    std::string_view next() {
        if (peeked_) {
            peeked_ = false;
            return block_;
        }
        const auto size = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
        taken_ += size;
        block_ = std::string_view(buffer_.data(), size);
        return block_;
    }
    std::string_view peek() {
        const auto block = next();
        peeked_ = true;
        return block;
    }
    std::uint64_t taken() const { return taken_; }

private:
    std::unique_ptr<std::FILE, CloseFile> file_;
    std::string buffer_;
    std::string_view block_;
    bool peeked_ = false;
    std::uint64_t taken_ = 0;
};

class PlainSource final : public ByteSource {
public:
    explicit PlainSource(Blocks blocks) : blocks_(std::move(blocks)) {}
    Result<bool> read(std::string& out) override {
        const auto block = blocks_.next();
        out += block;
        return !block.empty();
    }
    std::uint64_t bytes_taken() const override { return blocks_.taken(); }

private:
    Blocks blocks_;
};

/// gzip, also several members one after another (RFC 1952 §2.2).
class GzipSource final : public ByteSource {
public:
    explicit GzipSource(Blocks blocks) : blocks_(std::move(blocks)) { inflateInit2(&stream_, 15 + 16); }
    ~GzipSource() override { inflateEnd(&stream_); }
    GzipSource(const GzipSource&) = delete;
    GzipSource& operator=(const GzipSource&) = delete;

    Result<bool> read(std::string& out) override {
        while (true) {
            if (rest_.empty()) rest_ = blocks_.next();
            if (rest_.empty()) {
                if (inside_) return truncated();
                return false;
            }
            if (!inside_) inflateReset(&stream_);
            inside_ = true;
            // zlib's input is not const by history; it is not written to.
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
            stream_.avail_in = static_cast<uInt>(rest_.size());
            stream_.next_out = reinterpret_cast<Bytef*>(inflated_.data());
            stream_.avail_out = static_cast<uInt>(inflated_.size());
            const int code = inflate(&stream_, Z_NO_FLUSH);
            rest_ = rest_.substr(rest_.size() - stream_.avail_in);
            if (code == Z_STREAM_END) inside_ = false;
            else if (code != Z_OK && code != Z_BUF_ERROR) return truncated();
            const auto made = inflated_.size() - stream_.avail_out;
            out.append(inflated_, 0, made);
            if (made != 0) return true;
        }
    }
    std::uint64_t bytes_taken() const override { return blocks_.taken(); }

private:
    Blocks blocks_;
    std::string_view rest_;
    std::string inflated_ = std::string(kBlockBytes, '\0');
    z_stream stream_{};
    bool inside_ = false;
};

class ZstdSource final : public ByteSource {
public:
    explicit ZstdSource(Blocks blocks) : blocks_(std::move(blocks)), stream_(ZSTD_createDCtx()) {
        ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
    ~ZstdSource() override { ZSTD_freeDCtx(stream_); }
    ZstdSource(const ZstdSource&) = delete;
    ZstdSource& operator=(const ZstdSource&) = delete;

    Result<bool> read(std::string& out) override {
        while (true) {
            if (rest_.empty()) rest_ = blocks_.next();
            if (rest_.empty() && !pending_) {
                if (inside_) return truncated();
                return false;
            }
            ZSTD_inBuffer in{rest_.data(), rest_.size(), 0};
            ZSTD_outBuffer made{inflated_.data(), inflated_.size(), 0};
            const auto left = ZSTD_decompressStream(stream_, &made, &in);
            if (ZSTD_isError(left)) return truncated();
            rest_ = rest_.substr(in.pos);
            inside_ = left != 0;
            // A full output may mean that more waits inside, though all input is taken.
            pending_ = made.pos == made.size;
            out.append(inflated_, 0, made.pos);
            if (made.pos != 0) return true;
        }
    }
    std::uint64_t bytes_taken() const override { return blocks_.taken(); }

private:
    Blocks blocks_;
    ZSTD_DCtx* stream_;
    std::string_view rest_;
    std::string inflated_ = std::string(kBlockBytes, '\0');
    bool inside_ = false, pending_ = false;
};

} // namespace

Result<std::unique_ptr<ByteSource>> ByteSource::open(const std::string& file) {
    std::unique_ptr<std::FILE, CloseFile> opened(file == "-" ? stdin : std::fopen(file.c_str(), "rb"));
    std::error_code failure; // a folder opens like a file and has no bytes
    if (!opened || std::filesystem::is_directory(file, failure)) return Outcome(error(IssueCode::not_found, "", "load-file", {file}));
    Blocks blocks(std::move(opened));
    const auto head = blocks.peek();
    if (head.starts_with("\x1f\x8b")) return std::unique_ptr<ByteSource>(std::make_unique<GzipSource>(std::move(blocks)));
    if (head.starts_with("\x28\xb5\x2f\xfd")) return std::unique_ptr<ByteSource>(std::make_unique<ZstdSource>(std::move(blocks)));
    return std::unique_ptr<ByteSource>(std::make_unique<PlainSource>(std::move(blocks)));
}

} // namespace huitong::exchange
