#include "store/sqlite/body_codec.hpp"

#include <zdict.h>

#include <algorithm>
#include <utility>

namespace huitong::store {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kRawBytesMax = 64; ///< shorter bodies do not shrink
// The first dictionary comes soon and serves until the types have theirs; samples are some sixty times as large, as zstd advises.
constexpr std::size_t kGeneralDictionaryBytes = 32 * 1024, kGeneralSampleBytes = 1536 * 1024;
constexpr std::size_t kTypeDictionaryBytes = 32 * 1024, kTypeSampleBytes = 2 * 1024 * 1024;
constexpr std::size_t kSamplesBytesMax = 24 * 1024 * 1024;
constexpr std::size_t kSampleBodyMax = 64 * 1024;
constexpr std::size_t kRoomMax = 1024 * 1024; ///< of a thread between two bodies
constexpr std::string_view kMagic = "\x28\xB5\x2F\xFD";
// ZSTD_c_format and ZSTD_d_format; their value 1 is the format without a magic number.
constexpr auto kCompressFormat = ZSTD_c_experimentalParam2;
constexpr auto kDecompressFormat = ZSTD_d_experimentalParam1;

constexpr std::string_view kDictionary = "dictionary"; ///< context of what is sealed

struct CompressContext {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    CompressContext() {
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
        ZSTD_CCtx_setParameter(context, ZSTD_c_dictIDFlag, 0);
        ZSTD_CCtx_setParameter(context, kCompressFormat, 1);
    }
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

} // namespace

/// Without bytes when zstd finds nothing to learn.
BodyCodec::Trained BodyCodec::train(std::string type, Sample sample, std::size_t dictionary_bytes) {
    Trained out{std::move(type), std::string(dictionary_bytes, '\0')};
    const auto size = ZDICT_trainFromBuffer(out.bytes.data(), out.bytes.size(), sample.bytes.data(), sample.sizes.data(),
                                            static_cast<unsigned>(sample.sizes.size()));
    out.bytes.resize(ZDICT_isError(size) ? 0 : size);
    return out;
}

BodyCodec::Dictionary::Dictionary(const std::string& bytes)
    : compress(ZSTD_createCDict(bytes.data(), bytes.size(), kLevel)), decompress(ZSTD_createDDict(bytes.data(), bytes.size())) {}

BodyCodec::Dictionary::~Dictionary() {
    ZSTD_freeCDict(compress);
    ZSTD_freeDDict(decompress);
}

void BodyCodec::adopt(int id, const Trained& trained) {
    auto dictionary = std::make_shared<const Dictionary>(trained.bytes);
    const std::unique_lock lock(mutex_);
    dictionaries_[id] = std::move(dictionary);
    last_id_ = std::max(last_id_, id);
    auto& newest = newest_[trained.type];
    newest = std::max(newest, id);
    // What was gathered while it was made is of no more use.
    const std::lock_guard sample_lock(sample_mutex_);
    const auto sample = samples_.find(trained.type);
    if (sample == samples_.end()) return;
    sample_bytes_ -= sample->second.bytes.size();
    samples_.erase(sample);
}

std::shared_ptr<const BodyCodec::Dictionary> BodyCodec::dictionary(int id) const {
    const std::shared_lock lock(mutex_);
    const auto found = dictionaries_.find(id);
    return found == dictionaries_.end() ? nullptr : found->second;
}

BodyCodec::Choice BodyCodec::choose(const std::string& type) const {
    const std::shared_lock lock(mutex_);
    auto found = newest_.find(type);
    const bool is_general = found == newest_.end();
    if (is_general) found = newest_.find(std::string());
    if (found == newest_.end()) return {};
    return {found->second, dictionaries_.at(found->second), is_general};
}

void BodyCodec::load(Connection& connection, const Symbols& symbols) {
    auto rows = connection.prepare("SELECT id, bytes, type FROM dictionary");
    while (rows.step()) {
        const auto id = static_cast<int>(rows.integer(0));
        const auto type = rows.integer(2);
        if (type >= 0) {
            adopt(id, {symbols.text(type), open_dictionary(rows.text(1))});
            continue;
        }
        const std::unique_lock lock(mutex_);
        last_id_ = std::max(last_id_, id);
        given_up_.insert(id);
        if (type != kRetired) continue;
        dictionaries_[id] = std::make_shared<const Dictionary>(open_dictionary(rows.text(1)));
        retired_.push_back(id);
    }
}

void BodyCodec::forget_samples() {
    const std::lock_guard lock(sample_mutex_);
    samples_.clear();
    sample_bytes_ = 0;
    is_training_stale_ = training_.valid();
}

void BodyCodec::retire(int id) {
    const std::unique_lock lock(mutex_);
    retired_.push_back(id);
    given_up_.insert(id);
    std::erase_if(newest_, [&](const auto& one) { return one.second == id; });
}

std::optional<int> BodyCodec::retired() const {
    const std::shared_lock lock(mutex_);
    return retired_.empty() ? std::nullopt : std::optional(retired_.front());
}

void BodyCodec::drop_retired(int id) {
    const std::unique_lock lock(mutex_);
    std::erase(retired_, id);
}

void BodyCodec::take_sample(const std::string& type, std::string_view body) {
    if (body.size() > kSampleBodyMax) return;
    const auto wanted = type.empty() ? kGeneralSampleBytes : kTypeSampleBytes;
    const std::lock_guard lock(sample_mutex_);
    if (training_.valid() && training_type_ == type) return;
    auto& sample = samples_[type];
    if (sample.bytes.size() < wanted && sample_bytes_ < kSamplesBytesMax) {
        sample.bytes += body;
        sample.sizes.push_back(body.size());
        sample_bytes_ += body.size();
    }
    if (sample.bytes.size() < wanted || training_.valid()) return;
    sample_bytes_ -= sample.bytes.size();
    training_type_ = type;
    training_ =
        std::async(std::launch::async, train, type, std::move(sample), type.empty() ? kGeneralDictionaryBytes : kTypeDictionaryBytes);
    samples_.erase(type);
}

std::string BodyCodec::seal_dictionary(const std::string& bytes) const { return keys_ ? keys_->wrap(bytes, kDictionary) : bytes; }

std::string BodyCodec::open_dictionary(std::string_view stored) const {
    auto out = open_wrapped(keys_.get(), stored, kDictionary);
    if (!out) throw StoreFailure(SQLITE_AUTH, "a dictionary does not open with the keys at hand");
    return std::move(*out);
}

BodyCodec::Encoded BodyCodec::encode(const std::string& type, std::string_view body) { return seal(pack(type, body)); }

/// Deletions have no body to seal.
BodyCodec::Encoded BodyCodec::seal(Encoded packed) const {
    if (!keys_ || packed.bytes.empty()) return packed;
    auto sealed = keys_->seal(packed.bytes, kSealedBody);
    return {static_cast<int>(sealed.number << kKeyShift) | packed.codec, std::move(sealed.bytes)};
}

std::string BodyCodec::unseal(int codec, std::string_view bytes) const {
    const auto key = static_cast<KeyNumber>(codec >> kKeyShift);
    if (key == 0) return std::string(bytes);
    auto opened = keys_ ? keys_->unseal(key, bytes, kSealedBody) : std::nullopt;
    if (!opened) throw StoreFailure(SQLITE_AUTH, "a body does not open with the keys at hand");
    return std::move(*opened);
}

bool BodyCodec::is_outdated(int codec) const {
    {
        const std::shared_lock lock(mutex_);
        if (given_up_.contains(codec & kPackingMask)) return true;
    }
    return keys_ && static_cast<KeyNumber>(codec >> kKeyShift) != keys_->current();
}

BodyCodec::Encoded BodyCodec::reseal(int codec, std::string_view bytes) const { return seal({codec & kPackingMask, unseal(codec, bytes)}); }

std::string BodyCodec::decode(int codec, std::string_view bytes, std::size_t size) const {
    if (codec >> kKeyShift == 0) return unpack(codec, bytes, size);
    return unpack(codec & kPackingMask, unseal(codec, bytes), size);
}

std::optional<std::string> BodyCodec::decode_whole(int codec, std::string_view bytes, std::size_t size) const {
    try {
        return decode(codec, bytes, size);
    } catch (const StoreFailure& failure) {
        if (!failure.is_damage()) throw;
        return std::nullopt;
    }
}

BodyCodec::Encoded BodyCodec::pack(const std::string& type, std::string_view body) {
    if (body.size() <= kRawBytesMax) return {0, std::string(body)};
    thread_local const CompressContext context;
    const auto choice = choose(type);
    if (!choice.dictionary) take_sample({}, body);
    else if (choice.is_general) take_sample(type, body);
    thread_local std::string room;
    if (room.size() < ZSTD_compressBound(body.size())) room.resize(ZSTD_compressBound(body.size()));
    ZSTD_CCtx_refCDict(context.context, choice.dictionary ? choice.dictionary->compress : nullptr);
    const auto written = ZSTD_compress2(context.context, room.data(), room.size(), body.data(), body.size());
    if (ZSTD_isError(written)) return {0, std::string(body)};
    Encoded out{choice.id, room.substr(0, written)};
    if (room.size() > kRoomMax) room = std::string();
    return out;
}

std::string BodyCodec::unpack(int codec, std::string_view bytes, std::size_t size) const {
    if (codec == 0) return std::string(bytes);
    thread_local const DecompressContext context;
    const auto used = codec == 1 ? nullptr : dictionary(codec);
    if (codec != 1 && !used) throw StoreFailure(SQLITE_CORRUPT, "a body names an unknown dictionary");
    std::string out(size, '\0');
    // A frame without a magic number cannot begin like one: its first byte's reserved bit would be set.
    ZSTD_DCtx_setParameter(context.context, kDecompressFormat, bytes.starts_with(kMagic) ? 0 : 1);
    ZSTD_DCtx_refDDict(context.context, used ? used->decompress : nullptr);
    const auto written = ZSTD_decompressDCtx(context.context, out.data(), out.size(), bytes.data(), bytes.size());
    ZSTD_DCtx_refDDict(context.context, nullptr);
    if (ZSTD_isError(written) || written != size) throw StoreFailure(SQLITE_CORRUPT, "a body cannot be decompressed");
    return out;
}

std::optional<BodyCodec::Trained> BodyCodec::trained() {
    const std::lock_guard lock(sample_mutex_);
    if (!training_.valid() || training_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return std::nullopt;
    auto out = training_.get();
    if (std::exchange(is_training_stale_, false) || out.bytes.empty()) return std::nullopt;
    return out;
}

int BodyCodec::next_id() const {
    const std::shared_lock lock(mutex_);
    return last_id_ + 1;
}

} // namespace huitong::store
