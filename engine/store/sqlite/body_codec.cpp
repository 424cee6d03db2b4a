#include "store/sqlite/body_codec.hpp"

#include <zdict.h>

namespace huitong::store {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kRawBytesMax = 64; ///< shorter bodies do not shrink
constexpr std::size_t kDictionaryBytes = 96 * 1024;
constexpr std::size_t kSampleBytes = 6 * 1024 * 1024; ///< some sixty times the dictionary, as zstd advises
constexpr std::size_t kSampleBodyMax = 64 * 1024;
constexpr std::size_t kRoomMax = 1024 * 1024; ///< of a thread between two bodies

struct CompressContext {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    CompressContext() = default;
    CompressContext(const CompressContext&) = delete;
    CompressContext& operator=(const CompressContext&) = delete;
    ~CompressContext() { ZSTD_freeCCtx(context); }
};

struct DecompressContext {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    DecompressContext() = default;
    DecompressContext(const DecompressContext&) = delete;
    DecompressContext& operator=(const DecompressContext&) = delete;
    ~DecompressContext() { ZSTD_freeDCtx(context); }
};

/// "" when zstd finds nothing to learn.
std::string train(const std::string& sample, const std::vector<std::size_t>& sizes) {
    std::string bytes(kDictionaryBytes, '\0');
    const auto size = ZDICT_trainFromBuffer(bytes.data(), bytes.size(), sample.data(), sizes.data(), static_cast<unsigned>(sizes.size()));
    bytes.resize(ZDICT_isError(size) ? 0 : size);
    return bytes;
}

} // namespace

BodyCodec::Dictionary::Dictionary(const std::string& bytes)
    : compress(ZSTD_createCDict(bytes.data(), bytes.size(), kLevel)), decompress(ZSTD_createDDict(bytes.data(), bytes.size())) {}

BodyCodec::Dictionary::~Dictionary() {
    ZSTD_freeCDict(compress);
    ZSTD_freeDDict(decompress);
}

void BodyCodec::adopt(int id, const std::string& bytes) {
    auto dictionary = std::make_shared<const Dictionary>(bytes);
    const std::unique_lock lock(mutex_);
    dictionaries_[id] = std::move(dictionary);
}

std::shared_ptr<const BodyCodec::Dictionary> BodyCodec::dictionary(int id) const {
    const std::shared_lock lock(mutex_);
    const auto found = dictionaries_.find(id);
    return found == dictionaries_.end() ? nullptr : found->second;
}

std::pair<int, std::shared_ptr<const BodyCodec::Dictionary>> BodyCodec::newest() const {
    const std::shared_lock lock(mutex_);
    if (dictionaries_.empty()) return {1, nullptr};
    return *dictionaries_.rbegin();
}

void BodyCodec::load(Connection& connection) {
    auto rows = connection.prepare("SELECT id, bytes FROM dictionary");
    while (rows.step()) adopt(static_cast<int>(rows.integer(0)), std::string(rows.text(1)));
}

void BodyCodec::take_sample(std::string_view body) {
    if (body.size() > kSampleBodyMax) return;
    const std::lock_guard lock(sample_mutex_);
    if (training_.valid()) return;
    sample_ += body;
    sample_sizes_.push_back(body.size());
    if (sample_.size() < kSampleBytes) return;
    training_ = std::async(std::launch::async, train, std::move(sample_), std::move(sample_sizes_));
    sample_.clear();
    sample_sizes_.clear();
}

BodyCodec::Encoded BodyCodec::encode(std::string_view body) {
    if (body.size() <= kRawBytesMax) return {0, std::string(body)};
    thread_local const CompressContext context;
    const auto [id, dictionary] = newest();
    thread_local std::string room;
    if (room.size() < ZSTD_compressBound(body.size())) room.resize(ZSTD_compressBound(body.size()));
    std::size_t written = 0;
    if (dictionary) {
        written = ZSTD_compress_usingCDict(context.context, room.data(), room.size(), body.data(), body.size(), dictionary->compress);
    } else {
        written = ZSTD_compressCCtx(context.context, room.data(), room.size(), body.data(), body.size(), kLevel);
        take_sample(body);
    }
    if (ZSTD_isError(written)) return {0, std::string(body)};
    Encoded out{id, room.substr(0, written)};
    if (room.size() > kRoomMax) room = std::string();
    return out;
}

std::string BodyCodec::decode(int codec, std::string_view bytes, std::size_t size) const {
    if (codec == 0) return std::string(bytes);
    thread_local const DecompressContext context;
    std::string out(size, '\0');
    std::size_t written = 0;
    if (codec == 1) {
        written = ZSTD_decompressDCtx(context.context, out.data(), out.size(), bytes.data(), bytes.size());
    } else {
        const auto found = dictionary(codec);
        if (!found) throw StoreFailure(SQLITE_CORRUPT, "a body names an unknown dictionary");
        written = ZSTD_decompress_usingDDict(context.context, out.data(), out.size(), bytes.data(), bytes.size(), found->decompress);
    }
    if (ZSTD_isError(written) || written != size) throw StoreFailure(SQLITE_CORRUPT, "a body cannot be decompressed");
    return out;
}

std::optional<std::string> BodyCodec::trained() {
    const std::lock_guard lock(sample_mutex_);
    if (!training_.valid() || training_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
    auto bytes = training_.get();
    if (bytes.empty()) return std::nullopt;
    return bytes;
}

int BodyCodec::next_id() const {
    const auto [id, dictionary] = newest();
    return dictionary ? id + 1 : 2;
}

} // namespace huitong::store
