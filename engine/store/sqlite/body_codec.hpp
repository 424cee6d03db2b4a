/// Bodies on disk: zstd, with dictionaries trained on this deployment's own resources once there are enough of them.
/// Codec numbers: 0 as it is, 1 zstd without a dictionary, n ≥ 2 zstd with dictionary n (kept for ever: old versions need theirs).
/// A dictionary is trained beside the work once enough bodies were seen; the writer stores it and only then is it used, so that no body on
/// disk can name a dictionary that is not. Thread: `encode` and `decode` from any; the others by the writer's thread.
#pragma once

#include "store/sqlite/connection.hpp"

#include <zstd.h>

#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

namespace huitong::store {

class BodyCodec {
public:
    struct Encoded {
        int codec = 0;
        std::string bytes;
    };

    void load(Connection& connection);
    Encoded encode(std::string_view body);
    /// Damaged bytes throw StoreFailure (SQLITE_CORRUPT).
    std::string decode(int codec, std::string_view bytes, std::size_t size) const;
    /// A dictionary that was trained meanwhile; store it durably, then `adopt` it.
    std::optional<std::string> trained();
    int next_id() const;
    void adopt(int id, const std::string& bytes);

private:
    struct Dictionary {
        explicit Dictionary(const std::string& bytes);
        ~Dictionary();
        Dictionary(const Dictionary&) = delete;
        Dictionary& operator=(const Dictionary&) = delete;
        ZSTD_CDict* compress;
        ZSTD_DDict* decompress;
    };
    std::shared_ptr<const Dictionary> dictionary(int id) const;
    std::pair<int, std::shared_ptr<const Dictionary>> newest() const;
    void take_sample(std::string_view body);

    mutable std::shared_mutex mutex_;
    std::map<int, std::shared_ptr<const Dictionary>> dictionaries_;
    std::mutex sample_mutex_;
    std::vector<std::size_t> sample_sizes_;
    std::string sample_;
    std::future<std::string> training_; ///< valid while a dictionary is being made
};

} // namespace huitong::store
