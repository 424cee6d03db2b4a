#include "base/journal.hpp"

#include "base/await_callback.hpp"
#include "base/durable_file.hpp"
#include "base/sha256.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bitset>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <future>
#include <map>
#include <mutex>
#include <thread>

namespace huitong {
namespace {

namespace asio = boost::asio;

constexpr int kSegmentShift = 40;
constexpr std::size_t kHeaderBytes = 4 + 32;
constexpr std::string_view kSealedFor = "journal";    ///< context of the cipher
constexpr std::uint32_t kRecordBytesMax = 256U << 20; ///< a longer length is damage, not a message

std::uint64_t segment_of(JournalPosition position) { return position >> kSegmentShift; }
std::uint64_t offset_of(JournalPosition position) { return position & ((1ULL << kSegmentShift) - 1); }
JournalPosition position_of(std::uint64_t segment, std::uint64_t offset) { return (segment << kSegmentShift) | offset; }

/// A file descriptor that closes itself.
class File {
public:
    File() = default;
    explicit File(int descriptor) : descriptor_(descriptor) {}
    File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    File& operator=(File&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        return *this;
    }
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int descriptor() const { return descriptor_; }
    explicit operator bool() const { return descriptor_ >= 0; }
    std::uint64_t size() const {
        struct stat found {};
        return ::fstat(descriptor_, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
    }
    bool read_at(std::uint64_t offset, char* out, std::size_t size) const {
        while (size != 0) {
            const auto got = ::pread(descriptor_, out, size, static_cast<off_t>(offset));
            if (got <= 0) return false;
            out += got;
            offset += static_cast<std::uint64_t>(got);
            size -= static_cast<std::size_t>(got);
        }
        return true;
    }
    bool write_at(std::uint64_t offset, std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto put = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (put < 0 && errno == EINTR) continue;
            if (put <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(put));
            offset += static_cast<std::uint64_t>(put);
        }
        return true;
    }

private:
    int descriptor_ = -1;
};

struct RawRecord {
    Digest digest{};
    std::string payload;
    std::uint64_t next_offset = 0;
};

std::string_view bytes_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

std::uint32_t length_at(std::string_view bytes) {
    std::uint32_t out = 0;
    for (std::size_t index = 4; index-- > 0;) out = (out << 8) | static_cast<unsigned char>(bytes[index]);
    return out;
}

/// nullopt: there is no whole record at that offset.
std::optional<RawRecord> read_record(const File& file, std::uint64_t offset, std::uint64_t size) {
    if (offset + kHeaderBytes > size) return std::nullopt;
    std::array<char, kHeaderBytes> header{};
    if (!file.read_at(offset, header.data(), header.size())) return std::nullopt;
    const std::uint32_t length = length_at({header.data(), header.size()});
    if (length > kRecordBytesMax || offset + kHeaderBytes + length > size) return std::nullopt;
    RawRecord out;
    std::memcpy(out.digest.data(), header.data() + 4, out.digest.size());
    out.payload.resize(length);
    if (!file.read_at(offset + kHeaderBytes, out.payload.data(), length)) return std::nullopt;
    out.next_offset = offset + kHeaderBytes + length;
    return out;
}

/// Numbers and patterns repeat their bytes, a hash hardly does: of 32 bytes 16 or fewer differ in one of 10^13.
bool may_be_hash(std::string_view bytes) {
    constexpr std::size_t kDifferentMin = 17;
    std::bitset<256> seen;
    for (const char byte : bytes) seen.set(static_cast<unsigned char>(byte));
    return seen.count() >= kDifferentMin;
}

/// The payload of a record that may begin there. Empty ones are passed over: where zeros stand everything looks like one.
std::optional<std::string_view> payload_in(std::string_view bytes, std::size_t length_max) {
    if (bytes.size() <= kHeaderBytes) return std::nullopt;
    const std::size_t length = length_at(bytes);
    if (length == 0 || length > length_max || length > bytes.size() - kHeaderBytes) return std::nullopt;
    if (!may_be_hash(bytes.substr(4, kHeaderBytes - 4))) return std::nullopt;
    return bytes.substr(kHeaderBytes, length);
}

/// The record at `offset`, whose length may be wrong, has the hash that it names when it is taken to the end of the file, or a record that
/// follows it stands somewhere behind. Nobody can write such a record into a message: it would have to know the hash of the whole. But a
/// message may be made of lengths: whoever has so many that looking takes too long is taken for damage, which cuts nothing.
bool has_wrong_length(const File& file, const Digest& before, std::uint64_t offset, std::uint64_t size) {
    constexpr std::size_t kSearched = 4U << 20, kLengthMax = 1U << 20;
    // Bytes; some seconds. Of sealed payloads, which are random, a fourth of it is to be expected.
    constexpr std::size_t kHashedMax = std::size_t{2} << 30;
    std::string bytes(std::min<std::uint64_t>(size - offset, kRecordBytesMax), '\0');
    if (bytes.size() <= kHeaderBytes || !file.read_at(offset, bytes.data(), bytes.size())) return false;
    const std::string_view all(bytes), own = all.substr(4, kHeaderBytes - 4);
    if (bytes_of(sha256(bytes_of(before), all.substr(kHeaderBytes))) == own) return true;
    for (std::size_t at = kHeaderBytes, hashed = 0; at < std::min(all.size(), kSearched); ++at) {
        const auto rest = all.substr(at);
        const auto payload = payload_in(rest, kLengthMax);
        hashed += payload ? payload->size() : 0;
        if (hashed > kHashedMax) return true;
        if (payload && bytes_of(sha256(own, *payload)) == rest.substr(4, kHeaderBytes - 4)) return true;
    }
    return false;
}

/// Behind the record at `offset`, which does not fit the chain, stands one that fits it: the record was damaged after it was written whole.
bool goes_on_behind(const File& file, const Digest& hash, std::uint64_t offset, std::uint64_t size) {
    auto before = read_record(file, offset, size);
    while (before) {
        auto next = read_record(file, before->next_offset, size);
        if (next && sha256(bytes_of(before->digest), next->payload) == next->digest) return true;
        before = std::move(next);
    }
    return has_wrong_length(file, hash, offset, size);
}

std::string file_of(const std::string& directory, std::uint64_t segment) {
    auto number = std::to_string(segment);
    return directory + '/' + std::string(number.size() < 8 ? 8 - number.size() : 0, '0') + number + ".journal";
}

Outcome damaged(std::uint64_t segment, std::uint64_t offset) {
    return fatal(IssueCode::exception, "", "journal-damaged", {std::to_string(segment), std::to_string(offset)});
}

Outcome key_missing(std::uint64_t segment, std::uint64_t offset) {
    return fatal(IssueCode::security, "", "journal-key", {std::to_string(segment), std::to_string(offset)});
}

class SegmentJournal final : public Journal {
public:
    using Done = std::function<void(Result<JournalPosition>)>;
    explicit SegmentJournal(JournalOptions options) : options_(std::move(options)) {}
    ~SegmentJournal() override;
    Outcome start();

    asio::awaitable<Result<JournalPosition>> append(std::string payload) override {
        auto shared = std::make_shared<std::string>(std::move(payload));
        std::function<void(Done)> start = [this, shared](Done done) { enqueue(std::move(*shared), std::move(done)); };
        co_return co_await await_callback<Result<JournalPosition>>(std::move(start));
    }
    Result<JournalPosition> append_and_wait(std::string payload) override {
        auto promise = std::make_shared<std::promise<Result<JournalPosition>>>();
        auto future = promise->get_future();
        enqueue(std::move(payload), [promise](Result<JournalPosition> result) { promise->set_value(std::move(result)); });
        return future.get();
    }
    Result<std::optional<JournalRecord>> read(JournalPosition position) const override;
    Result<void> walk(JournalPosition from, const std::function<bool(const JournalRecord&)>& visit) const override;
    JournalPosition end() const override { return end_.load(); }
    std::string head_hash() const override {
        const std::lock_guard lock(mutex_);
        return end_.load() == position_of(1, 0) ? std::string() : hex_text(durable_hash_);
    }
    Outcome verify() const override;
    std::uint64_t syncs() const override { return syncs_.load(); }
    bool is_failed() const override { return failed_.load(); }
    const Outcome& recovery() const override { return recovery_; }

private:
    struct Job {
        std::string payload;
        Done done;
    };

    std::string segment_file(std::uint64_t segment) const { return file_of(options_.directory, segment); }
    /// Makes it what was appended; false: sealed, and it does not open.
    bool open_payload(std::string& payload) const {
        if (!KeyRing::key_of(payload)) return true;
        auto opened = open_wrapped(options_.keys.get(), payload, kSealedFor);
        if (opened) payload = std::move(*opened);
        return opened.has_value();
    }
    File open_segment(std::uint64_t segment, int flags) const {
        return File(::open(segment_file(segment).c_str(), flags | O_CLOEXEC, 0600));
    }
    void enqueue(std::string payload, Done done);
    void run();
    void write_group(std::deque<Job> jobs);
    /// False: errno says why.
    bool write_bytes(const std::string& bytes);
    static void refuse_all(std::deque<Job>& jobs, const char* rule);
    /// Last record's hash of a segment; cuts off a half-written tail of the last one.
    Outcome recover(std::uint64_t last_segment);
    Outcome cut_tail(const File& file, std::uint64_t size);
    /// A new segment's name is durable before a record in it is acknowledged.
    File make_segment(std::uint64_t segment) const {
        auto made = open_segment(segment, O_RDWR | O_CREAT);
        return made && make_durable(options_.directory) ? std::move(made) : File(-1);
    }

    JournalOptions options_;
    File file_;
    std::uint64_t segment_ = 1, offset_ = 0;
    Digest hash_{}, durable_hash_{};
    std::atomic<JournalPosition> end_{position_of(1, 0)};
    std::atomic<std::uint64_t> syncs_{0};
    std::atomic<bool> failed_{false};
    Outcome recovery_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> queue_;
    bool stopping_ = false;
    std::thread thread_;
};

SegmentJournal::~SegmentJournal() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Outcome SegmentJournal::start() {
    std::error_code failure;
    std::filesystem::create_directories(options_.directory, failure);
    if (failure) return error(IssueCode::exception, "", "journal-directory");
    std::uint64_t last = 1;
    while (std::filesystem::exists(segment_file(last + 1))) ++last;
    if (auto issues = recover(last); !issues.empty()) return issues;
    file_ = make_segment(segment_);
    if (!file_) return error(IssueCode::exception, "", "journal-directory");
    end_ = position_of(segment_, offset_);
    durable_hash_ = hash_;
    thread_ = std::thread([this] { run(); });
    return {};
}

Outcome SegmentJournal::recover(std::uint64_t last_segment) {
    segment_ = last_segment;
    offset_ = 0;
    if (last_segment > 1) {
        // The chain goes on from the last record of the segment before.
        const auto before = open_segment(last_segment - 1, O_RDONLY);
        std::uint64_t offset = 0;
        while (const auto record = read_record(before, offset, before.size())) {
            hash_ = record->digest;
            offset = record->next_offset;
        }
        if (offset != before.size()) return damaged(last_segment - 1, offset);
    }
    const auto file = open_segment(last_segment, O_RDWR);
    if (!file) return {};
    const auto size = file.size();
    while (const auto record = read_record(file, offset_, size)) {
        if (sha256(bytes_of(hash_), record->payload) != record->digest) break;
        hash_ = record->digest;
        offset_ = record->next_offset;
    }
    return offset_ == size ? Outcome() : cut_tail(file, size);
}

// What stands behind the last whole record was never acknowledged: its fdatasync had not returned.
// It is kept beside the segment all the same, for the case that a disk lost what it had promised.
Outcome SegmentJournal::cut_tail(const File& file, std::uint64_t size) {
    if (goes_on_behind(file, hash_, offset_, size)) return damaged(segment_, offset_);
    std::string tail(size - offset_, '\0');
    if (!file.read_at(offset_, tail.data(), tail.size())) return damaged(segment_, offset_);
    std::string name;
    for (int number = 1; name.empty() || std::filesystem::exists(name); ++number)
        name = segment_file(segment_) + ".cut" + std::to_string(number);
    if (!create_private(name, tail) || ::ftruncate(file.descriptor(), static_cast<off_t>(offset_)) != 0)
        return error(IssueCode::exception, "", "journal-directory");
    recovery_ = warning(
        IssueCode::incomplete, "", "journal-cut",
        {std::to_string(segment_), std::to_string(offset_), std::to_string(tail.size()), std::filesystem::path(name).filename().string()});
    return {};
}

void SegmentJournal::enqueue(std::string payload, Done done) {
    if (options_.keys) payload = options_.keys->wrap(payload, kSealedFor); // on the caller's thread
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < options_.queue_max && !stopping_) {
            queue_.push_back({std::move(payload), std::move(done)});
            wake_.notify_one();
            return;
        }
    }
    done(Outcome(error(IssueCode::throttled, "", "journal-full")));
}

void SegmentJournal::run() {
    while (true) {
        std::deque<Job> jobs;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            jobs.swap(queue_);
        }
        write_group(std::move(jobs));
    }
}

bool SegmentJournal::write_bytes(const std::string& bytes) {
    if (!file_.write_at(offset_, bytes) || ::fdatasync(file_.descriptor()) != 0) return false;
    ++syncs_;
    return true;
}

void SegmentJournal::refuse_all(std::deque<Job>& jobs, const char* rule) {
    const auto code = std::string_view(rule) == "store-full" ? IssueCode::no_store : IssueCode::exception;
    for (auto& job : jobs) job.done(Outcome(fatal(code, "", rule)));
}

void SegmentJournal::write_group(std::deque<Job> jobs) {
    std::string bytes;
    std::vector<JournalPosition> positions;
    auto hash = hash_;
    for (const auto& job : jobs) {
        positions.push_back(position_of(segment_, offset_ + bytes.size()));
        hash = sha256(bytes_of(hash), job.payload);
        const auto length = static_cast<std::uint32_t>(job.payload.size());
        for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((length >> shift) & 0xFF);
        bytes += bytes_of(hash);
        bytes += job.payload;
    }
    if (failed_) return refuse_all(jobs, "journal-failed");
    if (!write_bytes(bytes)) {
        // After a failed fdatasync nobody knows what is on the disk: nothing more is acknowledged until the journal is opened anew.
        const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG; // the disk's, the account's, the process's limit
        failed_ = !full || ::ftruncate(file_.descriptor(), static_cast<off_t>(offset_)) != 0;
        return refuse_all(jobs, full ? "store-full" : "journal-failed");
    }
    hash_ = hash;
    offset_ += bytes.size();
    if (offset_ >= options_.segment_bytes_max) {
        if (auto next = make_segment(segment_ + 1)) {
            file_ = std::move(next);
            ++segment_;
            offset_ = 0;
        }
    }
    {
        const std::lock_guard lock(mutex_);
        durable_hash_ = hash_;
    }
    end_ = position_of(segment_, offset_);
    for (std::size_t index = 0; index < jobs.size(); ++index) jobs[index].done(positions[index]);
}

Result<std::optional<JournalRecord>> SegmentJournal::read(JournalPosition position) const {
    if (position >= end_.load()) return std::optional<JournalRecord>();
    const auto segment = std::max<std::uint64_t>(segment_of(position), 1);
    const auto file = open_segment(segment, O_RDONLY);
    auto record = file ? read_record(file, offset_of(position), file.size()) : std::nullopt;
    if (!record) return damaged(segment, offset_of(position));
    if (!open_payload(record->payload)) return key_missing(segment, offset_of(position));
    const bool is_last = record->next_offset >= file.size() && std::filesystem::exists(segment_file(segment + 1));
    JournalRecord out;
    out.position = position;
    out.next = is_last ? position_of(segment + 1, 0) : position_of(segment, record->next_offset);
    out.payload = std::move(record->payload);
    out.hash = hex_text(record->digest);
    return std::optional<JournalRecord>(std::move(out));
}

Result<void> SegmentJournal::walk(JournalPosition from, const std::function<bool(const JournalRecord&)>& visit) const {
    auto position = from == 0 ? position_of(1, 0) : from;
    const auto end = end_.load();
    while (position < end) {
        const auto segment = segment_of(position);
        const auto file = open_segment(segment, O_RDONLY);
        const auto size = segment == segment_of(end) ? offset_of(end) : file ? file.size() : 0;
        auto offset = offset_of(position);
        while (offset < size) {
            auto record = read_record(file, offset, size);
            if (!record) return damaged(segment, offset);
            if (!open_payload(record->payload)) return key_missing(segment, offset);
            const bool is_last = record->next_offset >= size && segment != segment_of(end);
            JournalRecord out{position_of(segment, offset),
                              is_last ? position_of(segment + 1, 0) : position_of(segment, record->next_offset), std::move(record->payload),
                              hex_text(record->digest)};
            if (!visit(out)) return {};
            offset = record->next_offset;
        }
        position = position_of(segment + 1, 0);
    }
    return {};
}

Outcome SegmentJournal::verify() const {
    Digest hash{};
    const auto end = end_.load();
    for (std::uint64_t segment = 1; segment <= segment_of(end); ++segment) {
        const auto file = open_segment(segment, O_RDONLY);
        const auto size = segment == segment_of(end) ? offset_of(end) : file ? file.size() : 0;
        for (std::uint64_t offset = 0; offset < size;) {
            const auto record = file ? read_record(file, offset, size) : std::nullopt;
            if (!record || sha256(bytes_of(hash), record->payload) != record->digest) return damaged(segment, offset);
            hash = record->digest;
            offset = record->next_offset;
        }
    }
    return {};
}

} // namespace

Result<std::unique_ptr<Journal>> Journal::open(const JournalOptions& options) {
    auto journal = std::make_unique<SegmentJournal>(options);
    if (auto issues = journal->start(); !issues.empty()) return issues;
    return std::unique_ptr<Journal>(std::move(journal));
}

namespace {

/// How many segments there should be: the highest number of a file.
std::uint64_t last_segment_of(const std::string& directory) {
    std::uint64_t last = 0;
    std::error_code failure;
    for (const auto& file : std::filesystem::directory_iterator(directory, failure)) {
        if (file.path().extension() == ".journal")
            last = std::max<std::uint64_t>(last, std::strtoull(file.path().stem().c_str(), nullptr, 10));
    }
    return last;
}

/// True when what stands at the end could be a record that a power cut left unfinished: too short for its own length.
bool is_unfinished(const File& file, std::uint64_t offset, std::uint64_t size) {
    std::array<char, kHeaderBytes> header{};
    if (size - offset < header.size() || !file.read_at(offset, header.data(), header.size())) return true;
    const std::uint64_t length = length_at({header.data(), header.size()});
    return length <= kRecordBytesMax && offset + kHeaderBytes + length > size;
}

} // namespace

Outcome inspect_journal(const std::string& directory, const std::function<void(const JournalRecord&)>& visit) {
    Digest hash{};
    const auto last = last_segment_of(directory);
    for (std::uint64_t segment = 1; segment <= last; ++segment) {
        const File file(::open(file_of(directory, segment).c_str(), O_RDONLY | O_CLOEXEC));
        if (!file) return damaged(segment, 0);
        const auto size = file.size();
        for (std::uint64_t offset = 0; offset < size;) {
            auto record = read_record(file, offset, size);
            if (!record || sha256(bytes_of(hash), record->payload) != record->digest) {
                if (segment == last && is_unfinished(file, offset, size) && !goes_on_behind(file, hash, offset, size))
                    return warning(IssueCode::incomplete, "", "journal-tail", {std::to_string(segment), std::to_string(offset)});
                return damaged(segment, offset);
            }
            hash = record->digest;
            const bool closes = record->next_offset >= size && segment != last;
            visit({position_of(segment, offset), closes ? position_of(segment + 1, 0) : position_of(segment, record->next_offset),
                   std::move(record->payload), hex_text(hash)});
            offset = record->next_offset;
        }
    }
    return {};
}

Outcome kept_tails(const std::string& directory) {
    std::map<std::string, std::uint64_t> kept; // in order of names
    std::error_code failure;
    for (const auto& file : std::filesystem::directory_iterator(directory, failure)) {
        if (file.path().extension().string().starts_with(".cut")) kept[file.path().filename().string()] = file.file_size(failure);
    }
    Outcome out;
    for (const auto& [name, bytes] : kept) out.add(warning(IssueCode::incomplete, "", "journal-kept", {name, std::to_string(bytes)}));
    return out;
}

} // namespace huitong
