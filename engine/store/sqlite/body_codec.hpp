/// Bodies on disk: zstd, with dictionaries trained on this deployment's own resources once there are enough of them.
/// Codec numbers: 0 as it is, 1 zstd without a dictionary, n ≥ 2 zstd with dictionary n (kept for ever: old versions need theirs).
/// Thread: `decode` from any; `encode` and `train` by the writer's thread.
#pragma once

#include "store/sqlite/connection.hpp"

#include <zstd.h>

#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace huitong::store {

class BodyCodec {
public:
    struct Encoded {
        int codec = 0;
        std::string bytes;
    };

    BodyCodec();
    ~BodyCodec();
    BodyCodec(const BodyCodec&) = delete;
    BodyCodec& operator=(const BodyCodec&) = delete;

    void load(Connection& connection);
    Encoded encode(std::string_view body);
    /// Damaged bytes throw StoreFailure (SQLITE_CORRUPT).
    std::string decode(int codec, std::string_view bytes, std::size_t size) const;
    /// Trains and stores the next dictionary when a sample is full; call inside the writer's transaction.
    void train_when_due(Connection& writer);

private:
    void add_dictionary(int id, std::string bytes);

    struct Dictionary {
        std::string bytes;
        ZSTD_CDict* compress = nullptr;
        ZSTD_DDict* decompress = nullptr;
    };
    mutable std::shared_mutex mutex_;
    std::map<int, Dictionary> dictionaries_;
    ZSTD_CCtx* compressor_;
    std::vector<std::size_t> sample_sizes_;
    std::string sample_;
};

} // namespace huitong::store
