#include "store/sqlite/body_codec.hpp"

#include <zdict.h>

namespace huitong::store {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kRawBytesMax = 64; ///< shorter bodies do not shrink
constexpr std::size_t kDictionaryBytes = 96 * 1024;
constexpr std::size_t kSampleBytes = 6 * 1024 * 1024; ///< some sixty times the dictionary, as zstd advises
constexpr std::size_t kSampleBodyMax = 64 * 1024;

struct DecompressContext {
    ZSTD_DCtx* context = ZSTD_createDCtx();
    DecompressContext() = default;
    DecompressContext(const DecompressContext&) = delete;
    DecompressContext& operator=(const DecompressContext&) = delete;
    ~DecompressContext() { ZSTD_freeDCtx(context); }
};

} // namespace

BodyCodec::BodyCodec() : compressor_(ZSTD_createCCtx()) {}

BodyCodec::~BodyCodec() {
    ZSTD_freeCCtx(compressor_);
    for (auto& [id, dictionary] : dictionaries_) {
        ZSTD_freeCDict(dictionary.compress);
        ZSTD_freeDDict(dictionary.decompress);
    }
}

void BodyCodec::add_dictionary(int id, std::string bytes) {
    const std::unique_lock lock(mutex_);
    auto& dictionary = dictionaries_[id];
    dictionary.bytes = std::move(bytes);
    dictionary.compress = ZSTD_createCDict(dictionary.bytes.data(), dictionary.bytes.size(), kLevel);
    dictionary.decompress = ZSTD_createDDict(dictionary.bytes.data(), dictionary.bytes.size());
}

void BodyCodec::load(Connection& connection) {
    auto rows = connection.prepare("SELECT id, bytes FROM dictionary");
    while (rows.step()) add_dictionary(static_cast<int>(rows.integer(0)), std::string(rows.text(1)));
}

BodyCodec::Encoded BodyCodec::encode(std::string_view body) {
    if (body.size() <= kRawBytesMax) return {0, std::string(body)};
    Encoded out{1, std::string(ZSTD_compressBound(body.size()), '\0')};
    std::size_t written = 0;
    if (dictionaries_.empty()) {
        written = ZSTD_compressCCtx(compressor_, out.bytes.data(), out.bytes.size(), body.data(), body.size(), kLevel);
        if (body.size() <= kSampleBodyMax) {
            sample_ += body;
            sample_sizes_.push_back(body.size());
        }
    } else {
        const auto& [id, dictionary] = *dictionaries_.rbegin();
        out.codec = id;
        written = ZSTD_compress_usingCDict(compressor_, out.bytes.data(), out.bytes.size(), body.data(), body.size(), dictionary.compress);
    }
    if (ZSTD_isError(written)) return {0, std::string(body)};
    out.bytes.resize(written);
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
        const std::shared_lock lock(mutex_);
        const auto found = dictionaries_.find(codec);
        if (found == dictionaries_.end()) throw StoreFailure(SQLITE_CORRUPT, "a body names an unknown dictionary");
        written = ZSTD_decompress_usingDDict(context.context, out.data(), out.size(), bytes.data(), bytes.size(), found->second.decompress);
    }
    if (ZSTD_isError(written) || written != size) throw StoreFailure(SQLITE_CORRUPT, "a body cannot be decompressed");
    return out;
}

void BodyCodec::train_when_due(Connection& writer) {
    if (sample_.size() < kSampleBytes) return;
    std::string bytes(kDictionaryBytes, '\0');
    const auto size = ZDICT_trainFromBuffer(bytes.data(), bytes.size(), sample_.data(), sample_sizes_.data(),
                                            static_cast<unsigned>(sample_sizes_.size()));
    sample_.clear();
    sample_.shrink_to_fit();
    sample_sizes_.clear();
    if (ZDICT_isError(size)) return;
    bytes.resize(size);
    const int id = dictionaries_.empty() ? 2 : dictionaries_.rbegin()->first + 1;
    auto insert = writer.prepare("INSERT INTO dictionary(id, bytes) VALUES(?, ?)");
    insert.bind_one(1, id);
    insert.bind_blob(2, bytes);
    insert.run();
    add_dictionary(id, std::move(bytes));
}

} // namespace huitong::store
