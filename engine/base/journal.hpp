/// Append-only segment files whose records are durable before anybody is told, and chained by hashes: the inbox of messages and the access
/// log.
///
/// A thread of its own takes all appends that wait, writes them and makes them durable with one fdatasync. Format of a segment
/// (`NNNNNNNN.journal`): records of [u32 length, little endian][32 bytes SHA-256 of (hash of the record before + payload)][payload]; the
/// chain goes on over segments. A half-written tail (power cut) is cut off when the journal is opened, kept beside its segment, and told;
/// damage before it is reported. With keys, payloads are sealed before they are chained: the chain is checked without keys, and a key that
/// is replaced stays needed as long as its records are. Thread: `append` from any. Described for auditors in docs/formats/journal.md.
#pragma once

#include "base/key_ring.hpp"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <functional>
#include <memory>

namespace huitong {

/// Where a record begins: (segment number << 40) + offset. Grows with time.
using JournalPosition = std::uint64_t;

struct JournalRecord {
    JournalPosition position = 0;
    JournalPosition next = 0; ///< where the record after it begins
    std::string payload;
    std::string hash; ///< of this record, lower-case hex: covers everything before it
};

struct JournalOptions {
    std::string directory;
    std::uint64_t segment_bytes_max = 256ULL << 20; ///< a segment is closed behind the record that passes this
    std::size_t queue_max = 4'096;                  ///< appends waiting for their fdatasync; beyond: journal-full (throttled)
    std::shared_ptr<const KeyRing> keys;            ///< payloads are sealed with them; nullptr: they are written as they are
};

class Journal {
public:
    /// Opens or makes the journal. Issues: journal-directory, journal-damaged (segment and offset: damage that is not at the tail).
    static Result<std::unique_ptr<Journal>> open(const JournalOptions& options);
    virtual ~Journal() = default;

    /// Completes when the record is durable. Issues: journal-full, journal-failed.
    virtual boost::asio::awaitable<Result<JournalPosition>> append(std::string payload) = 0;
    /// For threads that are no coroutine: blocks.
    virtual Result<JournalPosition> append_and_wait(std::string payload) = 0;
    /// Record at a position; nullopt at the end. Issues: journal-damaged, journal-key (its key is not there).
    virtual Result<std::optional<JournalRecord>> read(JournalPosition position) const = 0;
    /// Walks durable records from a position (0 = the first) in order until `visit` gives false.
    virtual Result<void> walk(JournalPosition from, const std::function<bool(const JournalRecord&)>& visit) const = 0;
    /// End of what is durable, and the hash of the last record (lower-case hex, "" when empty).
    virtual JournalPosition end() const = 0;
    virtual std::string head_hash() const = 0;
    /// Walks the whole chain; the Outcome names the first record that does not agree (journal-damaged).
    virtual Outcome verify() const = 0;
    virtual std::uint64_t syncs() const = 0;
    /// An fdatasync failed: nothing is taken any more until the journal is opened anew. Any thread.
    virtual bool is_failed() const = 0;
    /// What opening it did: empty, or journal-cut (warning: segment, byte, bytes that were cut off, the file that keeps them).
    virtual const Outcome& recovery() const = 0;
};

/// Reads the files of a journal that nobody has open, changing nothing (opening one cuts off a damaged tail), and checks the chain. Visits
/// every record up to the first that does not agree; sealed payloads stay sealed. Issues: journal-damaged (segment and byte of the first
/// bad record, or of the first missing segment), journal-tail (warning: an unfinished record at the very end, as a power cut leaves it).
Outcome inspect_journal(const std::string& directory, const std::function<void(const JournalRecord&)>& visit);

/// Tails that were ever cut off and are kept beside their segments: a warning journal-kept for each (file, bytes). None: empty.
Outcome kept_tails(const std::string& directory);

} // namespace huitong
