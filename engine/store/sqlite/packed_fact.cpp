#include "store/sqlite/packed_fact.hpp"

#include <zstd.h>

#include <utility>

namespace huitong::store {
namespace {

constexpr std::string_view kMark = "\x02HZ";
constexpr std::size_t kPlainMax = 1'024;             ///< shorter values gain nothing that a page would notice
constexpr int kLevel = 1;                            ///< what repeats is found at once; higher levels cost more than they save
constexpr unsigned long long kValueMax = 1ULL << 30; ///< longer than any fact: a length that is not ours

} // namespace

bool is_packed_fact(std::string_view stored) { return stored.starts_with(kMark); }

std::string pack_fact(std::string value) {
    if (value.size() <= kPlainMax && !is_packed_fact(value)) return value;
    struct Context {
        ZSTD_CCtx* context = ZSTD_createCCtx();
        Context() {
            ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
            ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
        }
        Context(const Context&) = delete;
        Context& operator=(const Context&) = delete;
        ~Context() { ZSTD_freeCCtx(context); }
    };
    thread_local const Context context;
    std::string out(kMark);
    out.resize(kMark.size() + ZSTD_compressBound(value.size()));
    const auto written = ZSTD_compress2(context.context, out.data() + kMark.size(), out.size() - kMark.size(), value.data(), value.size());
    if (ZSTD_isError(written)) return value;
    out.resize(kMark.size() + written);
    out.shrink_to_fit(); // it waits in the writer's queue
    return out;
}

std::string unpack_fact(std::string stored) {
    if (!is_packed_fact(stored)) return stored;
    const auto frame = std::string_view(stored).substr(kMark.size());
    const auto size = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kValueMax) return stored;
    std::string out(size, '\0');
    const auto written = ZSTD_decompress(out.data(), out.size(), frame.data(), frame.size());
    if (ZSTD_isError(written) || written != out.size()) return stored;
    return out;
}

} // namespace huitong::store
