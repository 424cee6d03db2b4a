/// The bytes of a file, decompressed when they are compressed.
#pragma once

#include "base/outcome.hpp"

#include <memory>

namespace huitong::exchange {

class ByteSource {
public:
    /// "-" is standard input. Issue: load-file.
    static Result<std::unique_ptr<ByteSource>> open(const std::string& file);
    virtual ~ByteSource() = default;
    /// Appends the next piece to `out`; false at the end. Issue: load-truncated.
    virtual Result<bool> read(std::string& out) = 0;
    virtual std::uint64_t bytes_taken() const = 0;
};

} // namespace huitong::exchange
