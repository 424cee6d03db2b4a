/// MLLP frames in a stream of bytes: <VT> message <FS><CR>. Pure; no socket.
///
/// Bytes between frames are skipped; CR, LF and NUL among them are not counted as garbage, because many senders end lines after a frame.
/// An FS without CR does not end a frame: taking it would cut a message and lose its tail.
/// Source: HL7 v2.5.1, appendix C.4 (Minimal Lower Layer Protocol); HL7 MLLP release 1. Thread: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace huitong::adapters::hl7v2 {

/// message: `text` is one. more: read on. too_long: a frame, or garbage before one, is beyond the limit; the connection must close.
enum class FrameState : std::uint8_t { message, more, too_long };

class FrameReader {
public:
    explicit FrameReader(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

    void add(std::string_view bytes) { buffer_.append(bytes); }
    /// The next complete message moves into `message`.
    FrameState next(std::string& message);
    /// A frame has begun and not ended.
    bool is_inside() const { return inside_; }
    std::uint64_t garbage_bytes() const { return garbage_bytes_; }

private:
    FrameState skip_garbage();

    std::size_t message_bytes_max_;
    std::string buffer_;
    std::size_t begin_ = 0; ///< first byte not yet consumed
    std::size_t scan_ = 0;  ///< no end block before it, so that a slow sender costs no second scan
    bool inside_ = false;
    std::uint64_t garbage_bytes_ = 0;
};

/// VT, message, FS, CR.
std::string write_frame(std::string_view message);

} // namespace huitong::adapters::hl7v2
