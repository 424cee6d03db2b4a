#include "adapters/cda/touching_attributes.hpp"

namespace huitong::adapters::cda {
namespace {

/// What is no start tag, and how it ends.
struct Passage {
    std::string_view begin, end;
};
constexpr Passage kPassages[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};

/// Where the passage that begins at `at` ends; `at` when it is none.
std::size_t end_of_passage(std::string_view text, std::size_t at) {
    for (const auto& one : kPassages) {
        if (!text.substr(at).starts_with(one.begin)) continue;
        const auto end = text.find(one.end, at + one.begin.size());
        return end == text.npos ? text.size() : end + one.end.size();
    }
    return at;
}

bool may_follow_value(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '/' || c == '>'; }

} // namespace

std::string with_attributes_apart(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    char quote = 0; // of the value that is being read
    bool is_in_tag = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (!is_in_tag && c == '<') {
            if (const auto end = end_of_passage(text, at); end != at) {
                out += text.substr(at, end - at);
                at = end - 1;
                continue;
            }
            is_in_tag = true;
        } else if (is_in_tag && quote != 0 && c == quote) {
            quote = 0;
            out += c;
            if (at + 1 < text.size() && !may_follow_value(text[at + 1])) out += ' ';
            continue;
        } else if (is_in_tag && quote == 0) {
            if (c == '"' || c == '\'') quote = c;
            else if (c == '>') is_in_tag = false;
        }
        out += c;
    }
    return out;
}

} // namespace huitong::adapters::cda
