#include "app/line_diff.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace huitong::app {
namespace {

constexpr std::size_t kAround = 2; ///< unchanged lines shown before and after a change

std::vector<std::string_view> lines_of(std::string_view text, std::size_t lines_max) {
    std::vector<std::string_view> out;
    while (!text.empty() && out.size() < lines_max) {
        const auto end = std::min(text.find('\n'), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

struct Line {
    char mark;
    std::string_view text;
};

/// The shortest way from one text to the other by a longest common subsequence.
std::vector<Line> changes(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
    const auto width = b.size() + 1;
    std::vector<std::uint16_t> common((a.size() + 1) * width);
    for (auto i = a.size(); i-- > 0;) {
        for (auto j = b.size(); j-- > 0;) {
            const auto here = i * width + j;
            common[here] =
                a[i] == b[j] ? static_cast<std::uint16_t>(common[here + width + 1] + 1) : std::max(common[here + width], common[here + 1]);
        }
    }
    std::vector<Line> out;
    std::size_t i = 0, j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) out.push_back({' ', a[i++]}), ++j;
        else if (i < a.size() && (j == b.size() || common[(i + 1) * width + j] >= common[i * width + j + 1])) out.push_back({'-', a[i++]});
        else out.push_back({'+', b[j++]});
    }
    return out;
}

} // namespace

std::string line_diff(std::string_view expected, std::string_view made, std::size_t lines_max) {
    if (expected == made) return {};
    const auto all = changes(lines_of(expected, lines_max), lines_of(made, lines_max));
    std::vector<bool> shown(all.size());
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (all[at].mark == ' ') continue;
        const auto last = std::min(all.size() - 1, at + kAround);
        for (auto near = at < kAround ? 0 : at - kAround; near <= last; ++near) shown[near] = true;
    }
    std::string out;
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (!shown[at]) continue;
        if (at > 0 && !shown[at - 1]) out += "  …\n";
        (out += all[at].mark) += ' ';
        (out += all[at].text) += '\n';
    }
    return out;
}

} // namespace huitong::app
