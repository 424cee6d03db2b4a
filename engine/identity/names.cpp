#include "identity/names.hpp"

#include "search/fold.hpp"

#include <algorithm>
#include <array>

namespace huitong::identity {
namespace {

constexpr std::string_view kPlaceholders[] = {"无名", "无名氏", "未知", "不详", "无", "未命名", "测试", "匿名"};
constexpr std::string_view kNewbornInside[] = {"之子",   "之女",   "之婴",   "之儿",   "之长子", "之长女", "之次子", "之次女",
                                               "之大子", "之大女", "之小子", "之小女", "新生儿", "婴儿",   "男婴",   "女婴"};
/// Full names of grown people end so as well (王宝宝): they mean a newborn only behind somebody's whole name.
constexpr std::string_view kNewbornEnding[] = {"毛毛", "宝宝", "贝贝", "婴"};
constexpr std::string_view kDots[] = {"·", "•", "‧", "∙", "⋅", "・", "●", "᛫"};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }

} // namespace

std::string plain_name(std::string_view text) {
    auto out = search::fold(text);
    for (const auto dot : kDots) replace_all(out, dot, "");
    std::erase_if(out, [](char c) { return c != '?' && !is_letter_or_digit(c); });
    if (std::find(std::begin(kPlaceholders), std::end(kPlaceholders), out) != std::end(kPlaceholders)) out.clear();
    return out;
}

std::string plain_pinyin(std::string_view text) {
    std::string marked(text);
    for (const auto letter : {"ü", "Ü", "ǖ", "ǘ", "ǚ", "ǜ", "Ǖ", "Ǘ", "Ǚ", "Ǜ"}) replace_all(marked, letter, "v");
    auto out = search::fold(marked);
    replace_all(out, "u:", "v");
    std::erase_if(out, [](char c) { return c < 'a' || c > 'z'; });
    replace_all(out, "lyu", "lv");
    replace_all(out, "nyu", "nv");
    return out;
}

bool is_latin(std::string_view plain) {
    return !plain.empty() && std::all_of(plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool has_lost_character(std::string_view text) {
    if (text.find('?') != text.npos || text.find("\xEF\xBF\xBD") != text.npos || text.find("？") != text.npos) return true;
    // U+E000 to U+F8FF in UTF-8: EE 80 80 to EF A3 BF.
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        const auto first = static_cast<unsigned char>(text[at]), second = static_cast<unsigned char>(text[at + 1]);
        if (first == 0xEE || (first == 0xEF && second >= 0x80 && second <= 0xA3)) return true;
    }
    return false;
}

bool is_temporary_newborn(std::string_view plain) {
    // Twins are told apart behind the name: 之女1, 之女b, 之婴大, 之子甲.
    auto stem = plain;
    while (!stem.empty() && ((stem.back() >= '0' && stem.back() <= '9') || (stem.back() >= 'a' && stem.back() <= 'z')))
        stem.remove_suffix(1);
    for (const auto mark : {"甲", "乙", "丙", "大", "小"}) {
        if (stem.ends_with(mark) && stem.size() > 3) {
            stem.remove_suffix(3);
            break;
        }
    }
    for (const auto& candidate : {plain, stem}) {
        for (const auto ending : kNewbornInside) {
            if (candidate.ends_with(ending)) return true;
        }
        for (const auto ending : kNewbornEnding) {
            if (candidate.ends_with(ending) && characters(candidate) >= characters(ending) + 2) return true;
        }
    }
    return false;
}

} // namespace huitong::identity
