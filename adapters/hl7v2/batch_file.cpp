#include "adapters/hl7v2/batch_file.hpp"

#include <charconv>

namespace huitong::adapters::hl7v2 {
namespace {

bool is_name(std::string_view line, std::string_view id) {
    return line.starts_with(id) &&
           (line.size() == 3 || (static_cast<unsigned char>(line[3]) > ' ' && static_cast<unsigned char>(line[3]) < 0x7F));
}

bool is_blank(std::string_view text) {
    constexpr std::string_view kBlank("\r\n \t\0\x0B\x1C\x1A", 8);
    return text.find_first_not_of(kBlank) == text.npos;
}

/// CR and LF are never the second byte of a character in GB18030, Big5 or UTF-8, so lines can be found before decoding.
class Splitter {
public:
    explicit Splitter(std::string_view bytes) : bytes_(bytes) {}

    Parsed<std::vector<std::string_view>> run() {
        std::size_t at = 0;
        while (at < bytes_.size()) {
            const auto end = std::min(bytes_.find_first_of("\r\n\x0B\x1C", at), bytes_.size());
            take_line(at, end);
            at = end + 1;
        }
        finish(bytes_.size());
        if (out_.value.empty()) out_.issues.add(error(IssueCode::required, "", "drop-file-empty"));
        return std::move(out_);
    }

private:
    void take_line(std::size_t begin, std::size_t end) {
        const auto line = bytes_.substr(begin, end - begin);
        const bool starts = is_name(line, "MSH");
        const bool envelope = is_name(line, "FHS") || is_name(line, "BHS") || is_name(line, "BTS") || is_name(line, "FTS");
        const bool framed = begin > 0 && (bytes_[begin - 1] == '\x0B' || bytes_[begin - 1] == '\x1C');
        if (!starts && !envelope && !framed) return;
        finish(begin);
        begin_ = envelope ? end : begin;
        if (is_name(line, "BHS")) in_batch_ = 0;
        if (is_name(line, "BTS")) check_count(line);
    }

    void finish(std::size_t end) {
        const auto piece = bytes_.substr(begin_, end - begin_);
        if (!is_blank(piece)) {
            auto text = piece;
            while (!text.empty() && (text.back() == '\x1C' || text.back() == '\x0B' || text.back() == '\x1A')) text.remove_suffix(1);
            out_.value.push_back(text);
            ++in_batch_;
        }
        begin_ = end;
    }

    void check_count(std::string_view line) {
        if (line.size() < 5) return;
        std::size_t announced = 0;
        const auto [stop, failure] = std::from_chars(line.data() + 4, line.data() + line.size(), announced);
        if (failure != std::errc() || announced == in_batch_) return;
        out_.issues.add(error(IssueCode::structure, "BTS-1", "drop-batch-count", {std::to_string(announced), std::to_string(in_batch_)}));
    }

    std::string_view bytes_;
    std::size_t begin_ = 0;
    std::size_t in_batch_ = 0;
    Parsed<std::vector<std::string_view>> out_;
};

} // namespace

Parsed<std::vector<std::string_view>> split_messages(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    return Splitter(bytes).run();
}

} // namespace huitong::adapters::hl7v2
