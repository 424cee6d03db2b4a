/// Files of resources and bundles as one document after another: JSON, NDJSON or JSON values in any layout, gzip or zstd, or standard
/// input. What a file is shows in its bytes, not in its name. Memory: one document and one block.
/// Thread: one at a time. Source: RFC 8259; NDJSON; RFC 1952; RFC 8878.
#pragma once

#include "base/outcome.hpp"

#include <memory>

namespace huitong::exchange {

constexpr std::size_t kDocumentBytesMax = 1ULL << 30; ///< spans count in 32 bits; no bundle comes near

/// One JSON value with the place where it began.
struct LoadDocument {
    std::string text;
    std::uint32_t line = 0; ///< from 1
};

class DocumentStream {
public:
    /// "-" is standard input. Issue: load-file (cannot be read).
    static Result<std::unique_ptr<DocumentStream>> open(const std::string& file);
    virtual ~DocumentStream() = default;
    /// nullopt at the end. Issues, with the line: load-syntax (no JSON value begins here; the stream goes on behind the line),
    /// load-truncated (the file ends inside a value, or its compression is damaged), load-document-bytes; after the last two it is over.
    virtual Result<std::optional<LoadDocument>> next() = 0;
    /// Bytes of the file taken so far, compressed if it is.
    virtual std::uint64_t bytes_taken() const = 0;
};

} // namespace huitong::exchange
