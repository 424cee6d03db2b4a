#include "terminology/operations/languages.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace huitong::terminology {
namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

bool is_range(std::string_view tag) {
    if (tag == "*") return true;
    std::size_t length = 0;
    for (const char c : tag) {
        if (c == '-' ? length == 0 : !std::isalnum(static_cast<unsigned char>(c))) return false;
        length = c == '-' ? 0 : length + 1;
        if (length > 8) return false;
    }
    return length > 0;
}

bool equal_folded(std::string_view a, std::string_view b) { return folded_code(a) == folded_code(b); }

} // namespace

std::optional<Languages> Languages::read(std::string_view text) {
    Languages out;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const auto item = text.substr(begin, end - begin);
        begin = end + 1;
        const auto semicolon = item.find(';');
        Range range;
        range.tag = trimmed(item.substr(0, semicolon));
        if (range.tag.empty()) continue;
        if (!is_range(range.tag)) return std::nullopt;
        if (semicolon != item.npos) {
            const auto weight = trimmed(item.substr(semicolon + 1));
            if (!weight.starts_with("q=")) return std::nullopt;
            range.weighted = true;
            range.weight = std::strtod(std::string(weight.substr(2)).c_str(), nullptr);
        }
        out.ranges_.push_back(std::move(range));
    }
    std::stable_sort(out.ranges_.begin(), out.ranges_.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
    return out;
}

std::string Languages::text() const {
    std::string out;
    for (const auto& range : ranges_) {
        if (!out.empty()) out += range.weighted ? ", " : ",";
        out += range.tag;
        if (!range.weighted) continue;
        auto weight = std::to_string(range.weight);
        weight.erase(weight.find_last_not_of('0') + 1);
        if (weight.ends_with('.')) weight.pop_back();
        out += "; q=" + weight;
    }
    return out;
}

std::string Languages::names() const {
    std::string out;
    for (const auto& range : ranges_) {
        if (range.tag == "*" || range.weight <= 0) continue;
        if (!out.empty()) out += ',';
        out += range.tag;
    }
    return out.empty() ? "--" : out;
}

bool Languages::is_strict() const {
    return std::any_of(ranges_.begin(), ranges_.end(), [](const auto& range) { return range.tag == "*" && range.weight <= 0; });
}

int Languages::fit(std::string_view language) const {
    if (language.empty()) return 0;
    int rank = 2 * static_cast<int>(ranges_.size());
    for (const auto& range : ranges_) {
        if (range.weight > 0 && range.tag != "*") {
            if (equal_folded(range.tag, language)) return rank;
            const bool prefix = language.size() > range.tag.size() && language[range.tag.size()] == '-' &&
                                equal_folded(range.tag, language.substr(0, range.tag.size()));
            if (prefix) return rank - 1;
        }
        rank -= 2;
    }
    return 0;
}

int choose_display(const Languages& languages, const DisplayText& own, const std::vector<DisplayText>& others) {
    constexpr int kOwn = -1, kNone = -2;
    if (languages.empty()) return kOwn;
    int best = languages.fit(own.language);
    int chosen = best > 0 ? kOwn : kNone;
    for (std::size_t at = 0; at < others.size(); ++at) {
        if (const int fit = languages.fit(others[at].language); fit > best) {
            best = fit;
            chosen = static_cast<int>(at);
        }
    }
    if (chosen != kNone) return chosen;
    return languages.is_strict() && !own.language.empty() ? kNone : kOwn;
}

} // namespace huitong::terminology
