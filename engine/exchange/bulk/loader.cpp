#include "exchange/bulk/loader.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace huitong::exchange {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;        ///< small documents travel together, so that threads do not meet for each
constexpr std::size_t kBytesUnderWayMax = 96ULL << 20; ///< texts taken and not finished; their trees are some three times as large

/// Gives out pieces in order; all files look like one.
class Input {
public:
    explicit Input(const std::vector<std::string>& files) : files_(files) {}

    /// nullopt at the end of the last file.
    std::optional<LoadPiece> take() {
        LoadPiece piece;
        piece.number = next_number_;
        while (piece.bytes < kPieceBytes) {
            if (!stream_ && !open_next(piece)) break;
            if (!stream_) continue;
            auto document = stream_->next();
            LoadItem item;
            item.file = files_[file_ - 1];
            if (!document) {
                item.issues = document.error();
                if (const auto& position = item.issues.leading()->position) item.document.line = position->line;
            } else if (!*document) {
                bytes_before_ += stream_->bytes_taken();
                stream_.reset();
                continue;
            } else {
                item.document = std::move(**document);
            }
            piece.bytes += item.document.text.size();
            piece.items.push_back(std::move(item));
        }
        if (piece.items.empty()) return std::nullopt;
        ++next_number_;
        return piece;
    }
    std::uint64_t bytes_taken() const { return bytes_before_ + (stream_ ? stream_->bytes_taken() : 0); }

private:
    bool open_next(LoadPiece& piece) {
        if (file_ == files_.size()) return false;
        const auto& file = files_[file_++];
        auto opened = DocumentStream::open(file);
        if (opened) {
            stream_ = std::move(*opened);
            return true;
        }
        LoadItem item;
        item.file = file;
        item.issues = opened.error();
        piece.items.push_back(std::move(item));
        return true;
    }

    const std::vector<std::string>& files_;
    std::size_t file_ = 0, next_number_ = 0;
    std::unique_ptr<DocumentStream> stream_;
    std::uint64_t bytes_before_ = 0;
};

/// What the preparing threads and the finishing one share.
class Belt {
public:
    Belt(const std::vector<std::string>& files, LoadSink& sink, const LoadOptions& options)
        : input_(files), sink_(sink), options_(options) {}

    /// A preparing thread: takes, prepares, puts down, until the input or the work is over.
    void work() {
        while (auto piece = take()) {
            try {
                sink_.prepare(*piece);
            } catch (const std::exception&) {
                // The worker root: the piece is refused, the thread goes on.
                for (auto& item : piece->items) item.issues.add(fatal(IssueCode::exception, "", "load-internal"));
                piece->prepared.reset();
            }
            const std::lock_guard lock(mutex_);
            const auto number = piece->number;
            ready_.emplace(number, std::move(*piece));
            put_down_.notify_one();
        }
        const std::lock_guard lock(mutex_);
        --workers_;
        put_down_.notify_one();
    }

    /// The finishing thread: next piece in order, nullopt when there is no more.
    std::optional<LoadPiece> next() {
        std::unique_lock lock(mutex_);
        put_down_.wait(lock, [this] { return ready_.contains(finished_) || workers_ == 0; });
        const auto found = ready_.find(finished_);
        if (found == ready_.end()) return std::nullopt;
        auto piece = std::move(found->second);
        ready_.erase(found);
        ++finished_;
        return piece;
    }

    void give_back(std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        bytes_under_way_ -= bytes;
        room_.notify_all();
    }
    void stop() {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        room_.notify_all();
    }
    void set_workers(unsigned workers) { workers_ = workers; }
    std::uint64_t bytes_taken() {
        const std::lock_guard lock(mutex_);
        return bytes_taken_;
    }

private:
    std::optional<LoadPiece> take() {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return stopping_ || bytes_under_way_ < kBytesUnderWayMax; });
        if (stopping_ || options_.stop.stop_requested()) return std::nullopt;
        auto piece = input_.take();
        if (piece) bytes_under_way_ += piece->bytes;
        bytes_taken_ = input_.bytes_taken();
        return piece;
    }

    Input input_;
    LoadSink& sink_;
    const LoadOptions& options_;
    std::mutex mutex_;
    std::condition_variable room_, put_down_;
    std::map<std::size_t, LoadPiece> ready_;
    std::size_t finished_ = 0, bytes_under_way_ = 0;
    std::uint64_t bytes_taken_ = 0;
    unsigned workers_ = 0;
    bool stopping_ = false;
};

} // namespace

LoadCounts& LoadCounts::operator+=(const LoadCounts& other) {
    documents += other.documents;
    resources += other.resources;
    written += other.written;
    unchanged += other.unchanged;
    refused += other.refused;
    return *this;
}

LoadProgress load(const std::vector<std::string>& files, LoadSink& sink, const LoadOptions& options) {
    Belt belt(files, sink, options);
    const auto workers = std::max(1U, options.workers);
    belt.set_workers(workers);
    std::vector<std::jthread> threads;
    for (unsigned number = 0; number < workers; ++number) threads.emplace_back([&belt] { belt.work(); });
    while (auto piece = belt.next()) {
        const auto bytes = piece->bytes;
        sink.finish(std::move(*piece));
        belt.give_back(bytes);
        if (!sink.broken().empty() || options.stop.stop_requested()) {
            belt.stop();
            break;
        }
        if (options.on_progress) options.on_progress({sink.counts, belt.bytes_taken()});
    }
    threads.clear();
    if (sink.broken().empty()) sink.flush();
    return {sink.counts, belt.bytes_taken()};
}

} // namespace huitong::exchange
