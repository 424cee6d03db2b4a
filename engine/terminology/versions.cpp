#include "terminology/versions.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::terminology {
namespace {

bool is_wildcard(std::string_view part) { return part == "x" || part == "X" || part == "*"; }

/// Cuts the next part off.
std::string_view next_part(std::string_view& rest) {
    const auto end = std::min(rest.find_first_of(".-"), rest.size());
    const auto part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

int compare_parts(std::string_view a, std::string_view b) {
    std::uint64_t left = 0, right = 0;
    const auto read_a = std::from_chars(a.data(), a.data() + a.size(), left);
    const auto read_b = std::from_chars(b.data(), b.data() + b.size(), right);
    const bool numbers = !a.empty() && !b.empty() && read_a.ptr == a.data() + a.size() && read_b.ptr == b.data() + b.size();
    if (numbers) return left < right ? -1 : left > right ? 1 : 0;
    return a.compare(b);
}

} // namespace

std::string_view without_version(std::string_view canonical) { return canonical.substr(0, canonical.find('|')); }

std::string_view version_of(std::string_view canonical) {
    const auto bar = canonical.find('|');
    return bar == canonical.npos ? std::string_view() : canonical.substr(bar + 1);
}

std::string versioned(std::string_view url, std::string_view version) {
    std::string out(url);
    if (!version.empty()) out.append("|").append(version);
    return out;
}

int compare_versions(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        const auto left = next_part(a);
        const auto right = next_part(b);
        if (const int order = compare_parts(left, right); order != 0) return order;
    }
    return a.empty() ? (b.empty() ? 0 : -1) : 1;
}

bool is_version_pattern(std::string_view pattern) {
    while (!pattern.empty()) {
        if (is_wildcard(next_part(pattern))) return true;
    }
    return false;
}

bool fits_version(std::string_view version, std::string_view pattern) {
    if (pattern.empty() || version == pattern) return true;
    if (!is_version_pattern(pattern)) return false;
    while (!pattern.empty()) {
        const auto wanted = next_part(pattern);
        if (is_wildcard(wanted) && pattern.empty()) return !version.empty();
        if (version.empty()) return false;
        const auto part = next_part(version);
        if (!is_wildcard(wanted) && wanted != part) return false;
    }
    return version.empty();
}

} // namespace huitong::terminology
