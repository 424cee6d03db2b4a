#include "adapters/hl7v2/frames.hpp"

#include <algorithm>

namespace huitong::adapters::hl7v2 {
namespace {

constexpr char kStart = '\x0B';
constexpr std::string_view kEnd = "\x1C\r";
constexpr std::uint64_t kGarbageBytesMax = 64 * 1024;

bool is_silent(char c) { return c == '\r' || c == '\n' || c == '\0'; }

} // namespace

FrameState FrameReader::skip_garbage() {
    const auto start = buffer_.find(kStart, begin_);
    const auto end = start == buffer_.npos ? buffer_.size() : start;
    for (auto at = begin_; at < end; ++at) garbage_bytes_ += is_silent(buffer_[at]) ? 0 : 1;
    begin_ = end;
    if (garbage_bytes_ > kGarbageBytesMax) return FrameState::too_long;
    if (start == buffer_.npos) {
        buffer_.clear();
        begin_ = 0;
        return FrameState::more;
    }
    inside_ = true;
    begin_ = start + 1;
    scan_ = begin_;
    return FrameState::message;
}

FrameState FrameReader::next(std::string& message) {
    if (!inside_) {
        if (const auto state = skip_garbage(); state != FrameState::message) return state;
    }
    const auto end = buffer_.find(kEnd, scan_);
    const auto length = (end == buffer_.npos ? buffer_.size() : end) - begin_;
    if (length > message_bytes_max_) return FrameState::too_long;
    if (end == buffer_.npos) {
        scan_ = std::max(begin_, buffer_.size() - 1);
        return FrameState::more;
    }
    message.assign(buffer_, begin_, length);
    begin_ = end + kEnd.size();
    inside_ = false;
    if (begin_ == buffer_.size() || begin_ > 64 * 1024) {
        buffer_.erase(0, begin_);
        begin_ = 0;
        if (buffer_.capacity() > 1024 * 1024 && buffer_.size() < 64 * 1024) buffer_.shrink_to_fit();
    }
    return FrameState::message;
}

std::string write_frame(std::string_view message) {
    std::string out;
    out.reserve(message.size() + 3);
    out += kStart;
    out += message;
    out += kEnd;
    return out;
}

} // namespace huitong::adapters::hl7v2
