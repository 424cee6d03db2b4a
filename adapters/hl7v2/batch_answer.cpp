#include "adapters/hl7v2/batch_answer.hpp"

#include "adapters/hl7v2/syntax.hpp"
#include "base/catalogue.hpp"

#include <algorithm>

namespace huitong::adapters::hl7v2 {
namespace {

/// FHS or BHS as sent: its bytes are ASCII but for names of applications, which go back as they came.
struct Header {
    std::string_view text;
    char separator = '|';

    bool is_there() const { return !text.empty(); }
    /// By position: 1 is the separator, 2 the encoding characters.
    std::string field(unsigned position) const {
        std::size_t at = 0;
        next_piece(text, separator, at);
        for (unsigned skipped = 2; skipped < position && at != std::string_view::npos; ++skipped) next_piece(text, separator, at);
        return at == std::string_view::npos ? std::string() : std::string(next_piece(text, separator, at));
    }
};

Header find_header(std::string_view batch, std::string_view name) {
    for (std::size_t at = 0; at < batch.size();) {
        const auto end = std::min(batch.find_first_of("\r\n", at), batch.size());
        const auto line = batch.substr(at, end - at);
        if (line.starts_with("MSH")) break;
        if (line.starts_with(name) && line.size() > 4) return {line, line[3]};
        at = end + 1;
    }
    return {};
}

std::string answered(std::string_view name, const Header& header, const BatchStamp& stamp) {
    const char mark = header.separator;
    std::string out(name);
    for (const auto& field : {header.field(2), header.field(5), header.field(6), header.field(3), header.field(4), stamp.time,
                              std::string(), std::string(), std::string(), stamp.control_id, header.field(11)})
        (out += mark) += field;
    while (out.back() == mark) out.pop_back();
    return out + '\r';
}

} // namespace

bool is_batch(std::string_view bytes) {
    const auto start = bytes.find_first_not_of("\r\n \t");
    if (start == bytes.npos || bytes.size() < start + 5) return false;
    const auto name = bytes.substr(start, 3);
    return (name == "FHS" || name == "BHS") && static_cast<unsigned char>(bytes[start + 3]) > ' ';
}

std::string write_batch_answer(std::string_view batch, const std::vector<std::string>& acks, const Outcome& batch_issues,
                               const BatchStamp& stamp) {
    const auto file = find_header(batch, "FHS");
    auto inner = find_header(batch, "BHS");
    if (!inner.is_there()) inner = file;
    std::string out = file.is_there() ? answered("FHS", file, stamp) : std::string();
    out += answered("BHS", inner, stamp);
    for (const auto& ack : acks) out += ack;
    (out += "BTS") += inner.separator;
    out += std::to_string(acks.size());
    const auto* issue = batch_issues.has_errors() ? batch_issues.leading() : nullptr;
    if (issue) (out += inner.separator) += text_of(*issue, Language::en);
    out += '\r';
    if (file.is_there()) ((out += "FTS") += file.separator) += "1\r";
    return out;
}

} // namespace huitong::adapters::hl7v2
