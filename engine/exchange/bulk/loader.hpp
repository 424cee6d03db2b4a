/// Loading files: documents are prepared by several threads and finished in the order of the input, so that a later one may build on an
/// earlier one. What "prepare" and "finish" mean is the sink's: a store in this process, a hub over HTTP, or nothing but a look.
/// A document that fails while others were still under way is tried once more when its turn comes.
/// Source: docs/guides/loading.md.
#pragma once

#include "exchange/bulk/document_stream.hpp"

#include <functional>
#include <stop_token>
#include <vector>

namespace huitong::exchange {

struct LoadCounts {
    std::uint64_t documents = 0, resources = 0, written = 0, unchanged = 0, refused = 0;
    LoadCounts& operator+=(const LoadCounts& other);
};

/// A document under way.
struct LoadItem {
    std::string file;
    LoadDocument document;
    Outcome issues; ///< why it was refused; in a batch: why an entry of it was
    LoadItem() = default;
};

/// What a sink keeps of a piece between preparing and finishing.
struct PreparedPiece {
    virtual ~PreparedPiece() = default;
};

/// Documents that travel together, in the order of the input. An item that comes with issues was no readable document.
struct LoadPiece {
    std::size_t number = 0, bytes = 0;
    std::vector<LoadItem> items;
    std::unique_ptr<PreparedPiece> prepared;
};

class LoadSink {
public:
    virtual ~LoadSink() = default;
    /// From any of the preparing threads, in any order, at the same time. May take the items' texts.
    virtual void prepare(LoadPiece& piece) = 0;
    /// From one thread, in the order of the input. May hold the piece back to finish it with others; what it did shows in `counts` at the
    /// latest after `flush`, what it refused goes to `refuse`.
    virtual void finish(LoadPiece piece) = 0;
    virtual void flush() = 0;
    /// Why going on is useless (store failed, hub gone): the loader stops. Empty: go on.
    virtual const Outcome& broken() const = 0;
    LoadCounts counts;
    std::function<void(const LoadItem&)> refuse;
};

struct LoadProgress {
    LoadCounts counts;
    std::uint64_t bytes_taken = 0; ///< of all files, compressed if they are
};

struct LoadOptions {
    unsigned workers = 2;
    std::function<void(const LoadProgress&)> on_progress; ///< between documents, from the thread of `load`
    std::stop_token stop;
};

/// Loads the files one after another ("-": standard input). Returns when everything is finished or the sink is broken or it was stopped.
/// Refusals go to `sink.refuse` with file and line; a file that cannot be read is refused as an item without text.
LoadProgress load(const std::vector<std::string>& files, LoadSink& sink, const LoadOptions& options);

} // namespace huitong::exchange
