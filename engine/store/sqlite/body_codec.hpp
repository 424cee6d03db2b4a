/// Bodies on disk: zstd, with dictionaries trained on this deployment's own resources once there are enough of them: a general one first,
/// then one for each type of which there is much.
/// Codec numbers: -1 no body any more but the SHA-256 of what it was, in hex; 0 as it is, 1 zstd without a dictionary, n ≥ 2 zstd with
/// dictionary n (kept as long as a version needs it). A dictionary that holds pieces of what was expunged is retired: no new body uses it,
/// those that do are packed anew (Writer::tend), and then its bytes are taken out.
/// A dictionary is trained beside the work; the writer stores it and only then is it used, so that no body on disk can name a dictionary
/// that is not. With keys (base/key_ring.hpp) what was packed is sealed: the key's number stands in the codec number above bit 16, and
/// dictionaries, which hold pieces of bodies, are wrapped. Frames lack the magic number and the dictionary's id, which the column beside
/// them tells; those of older stores have both. Thread: `encode` and `decode` from any; the others by the writer's thread.
#pragma once

#include "base/key_ring.hpp"
#include "store/sqlite/symbols.hpp"

#include <zstd.h>

#include <future>
#include <map>
#include <memory>
#include <set>

namespace huitong::store {

/// Codec of a version = (number of the key << kKeyShift) | how it was packed; key 0: not sealed.
constexpr int kExpunged = -1, kWithoutDictionary = 1, kFirstDictionary = 2;
constexpr int kKeyShift = 16;
constexpr int kPackingMask = (1 << kKeyShift) - 1;
constexpr std::string_view kSealedBody = "body"; ///< context of what is sealed
/// Types of dictionaries that no new body may use.
constexpr int kRetired = -1, kDropped = -2;

class BodyCodec {
public:
    struct Encoded {
        int codec = 0;
        std::string bytes;
    };
    struct Trained {
        std::string type; ///< "" = general
        std::string bytes;
    };

    /// From now on bodies and dictionaries are sealed. Before `load`; nullptr: they are not.
    void set_keys(std::shared_ptr<const KeyRing> keys) { keys_ = std::move(keys); }
    const KeyRing* keys() const { return keys_.get(); }
    void load(Connection& connection, const Symbols& symbols);
    /// Opened and sealed with the newest key; how it was packed stays.
    Encoded reseal(int codec, std::string_view bytes) const;
    /// A dictionary as it goes to disk, and back.
    std::string seal_dictionary(const std::string& bytes) const;
    std::string open_dictionary(std::string_view stored) const;
    /// `type`: of the resource.
    Encoded encode(const std::string& type, std::string_view body);
    /// Damaged bytes throw StoreFailure (SQLITE_CORRUPT).
    std::string decode(int codec, std::string_view bytes, std::size_t size) const;
    /// nullopt: damaged, or sealed with a key that is not at hand.
    std::optional<std::string> decode_whole(int codec, std::string_view bytes, std::size_t size) const;
    /// A dictionary that was trained meanwhile; store it durably, then `adopt` it.
    std::optional<Trained> trained();
    int next_id() const;
    void adopt(int id, const Trained& trained);

    /// What was gathered for dictionaries to come, and one that is being trained, are thrown away.
    void forget_samples();
    void retire(int id);
    std::optional<int> retired() const;
    /// A body of this codec would have to be packed anew: its dictionary is retired or dropped, or its key is not the newest.
    bool is_outdated(int codec) const;
    /// Nothing on the disk needs it any more. It stays in memory for readers of older snapshots until the program ends.
    void drop_retired(int id);

private:
    struct Dictionary {
        explicit Dictionary(const std::string& bytes);
        ~Dictionary();
        Dictionary(const Dictionary&) = delete;
        Dictionary& operator=(const Dictionary&) = delete;
        ZSTD_CDict* compress;
        ZSTD_DDict* decompress;
    };
    struct Choice {
        int id = 1;
        std::shared_ptr<const Dictionary> dictionary; ///< nullptr: none
        bool is_general = false;
    };
    struct Sample {
        std::string bytes;
        std::vector<std::size_t> sizes;
    };
    static Trained train(std::string type, Sample sample, std::size_t dictionary_bytes);
    std::shared_ptr<const Dictionary> dictionary(int id) const;
    /// The type's newest dictionary, else the newest general one.
    Choice choose(const std::string& type) const;
    /// `type` "" = for the general one.
    void take_sample(const std::string& type, std::string_view body);

    Encoded seal(Encoded packed) const;
    std::string unseal(int codec, std::string_view bytes) const;
    Encoded pack(const std::string& type, std::string_view body);
    std::string unpack(int packing, std::string_view bytes, std::size_t size) const;

    std::shared_ptr<const KeyRing> keys_;
    mutable std::shared_mutex mutex_;
    std::map<int, std::shared_ptr<const Dictionary>> dictionaries_;
    std::map<std::string, int> newest_; ///< by type
    std::vector<int> retired_;
    std::set<int> given_up_; ///< retired, or dropped since: a body that was packed before may still come
    int last_id_ = 1;        ///< ids are never used twice
    std::mutex sample_mutex_;
    std::map<std::string, Sample> samples_;
    std::size_t sample_bytes_ = 0;  ///< of all
    std::future<Trained> training_; ///< valid while a dictionary is being made
    std::string training_type_;     ///< whose
    bool is_training_stale_ = false;
};

} // namespace huitong::store
