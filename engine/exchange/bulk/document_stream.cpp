#include "exchange/bulk/document_stream.hpp"

#include "exchange/bulk/byte_source.hpp"

#include <algorithm>
#include <cstring>

namespace huitong::exchange {
namespace {

/// Finds where a JSON value ends, block by block, by its brackets and strings; what is inside is the reader's business.
class ValueEnd {
public:
    /// Looks at more bytes of the value; the number of bytes up to its end, or npos when it goes on.
    std::size_t find(std::string_view bytes) {
        std::size_t at = 0;
        while (at < bytes.size()) {
            if (in_string_) {
                at = skip_string(bytes, at);
                continue;
            }
            switch (bytes[at++]) {
            case '"': in_string_ = true; break;
            case '{':
            case '[': ++depth_; break;
            case '}':
            case ']':
                if (--depth_ == 0) return at;
                break;
            default: break;
            }
        }
        return std::string_view::npos;
    }

private:
    std::size_t skip_string(std::string_view bytes, std::size_t at) {
        if (escaped_) {
            escaped_ = false;
            return at + 1;
        }
        const auto end = bytes.find_first_of("\"\\", at);
        if (end == bytes.npos) return bytes.size();
        if (bytes[end] == '"') in_string_ = false;
        else escaped_ = true;
        return end + 1;
    }

    std::size_t depth_ = 0;
    bool in_string_ = false, escaped_ = false;
};

class JsonValues final : public DocumentStream {
public:
    explicit JsonValues(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

    Result<std::optional<LoadDocument>> next() override {
        while (true) {
            skip_space();
            if (at_ < buffer_.size()) break;
            const auto more = refill();
            if (!more) return more.error();
            if (!*more) return std::optional<LoadDocument>();
        }
        if (buffer_[at_] != '{' && buffer_[at_] != '[') return skip_line();
        LoadDocument document;
        document.line = line_;
        ValueEnd value;
        while (true) {
            const auto rest = std::string_view(buffer_).substr(at_);
            const auto end = value.find(rest);
            const auto taken = rest.substr(0, end);
            if (document.text.size() + taken.size() > kDocumentBytesMax)
                return stop(error(IssueCode::too_long, "", "load-document-bytes", {std::to_string(kDocumentBytesMax)}), document.line);
            document.text += taken;
            line_ += static_cast<std::uint32_t>(std::count(taken.begin(), taken.end(), '\n'));
            at_ += taken.size();
            if (end != rest.npos) return std::optional<LoadDocument>(std::move(document));
            const auto more = refill();
            if (!more) return more.error();
            if (!*more) return stop(error(IssueCode::incomplete, "", "load-truncated"), document.line);
        }
    }
    std::uint64_t bytes_taken() const override { return source_->bytes_taken(); }

private:
    Result<bool> refill() {
        if (over_) return false;
        buffer_.clear();
        at_ = 0;
        auto more = source_->read(buffer_);
        if (!more) return stop(std::move(more.error().issues().front()), line_);
        over_ = !*more;
        return more;
    }

    void skip_space() {
        if (line_ == 1 && at_ == 0 && buffer_.starts_with("\xEF\xBB\xBF")) at_ = 3;
        while (at_ < buffer_.size() && std::strchr(" \t\r\n", buffer_[at_])) line_ += buffer_[at_++] == '\n';
    }

    /// What stands here begins no object: it is named, and the next line is looked at.
    Outcome skip_line() {
        auto issue = error(IssueCode::structure, "", "load-syntax");
        issue.position = TextPosition{"", line_, 0};
        while (true) {
            const auto end = buffer_.find('\n', at_);
            at_ = end == std::string::npos ? buffer_.size() : end;
            if (end != std::string::npos) return issue;
            const auto more = refill();
            if (!more || !*more) return issue;
        }
    }

    Outcome stop(Issue issue, std::uint32_t line) {
        issue.position = TextPosition{"", line, 0};
        over_ = true;
        buffer_.clear();
        at_ = 0;
        return issue;
    }

    std::unique_ptr<ByteSource> source_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    bool over_ = false;
};

} // namespace

Result<std::unique_ptr<DocumentStream>> DocumentStream::open(const std::string& file) {
    auto source = ByteSource::open(file);
    if (!source) return source.error();
    return std::unique_ptr<DocumentStream>(std::make_unique<JsonValues>(std::move(*source)));
}

} // namespace huitong::exchange
