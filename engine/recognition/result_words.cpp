#include "recognition/result_words.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace huitong::recognition {
namespace {

/// What a result says, as a whole word: longer ones stand before those that they begin with.
constexpr std::string_view kResult[] = {"未见异常",      "无反应性", "非反应性", "反应性",   "未检出",   "未见",  "检出",   "阴性",
                                        "阳性",          "可疑",     "痕量",     "微量",     "少量",     "正常",  "阴",     "阳",
                                        "nonreactive",   "negative", "positive", "reactive", "detected", "trace", "normal", "equivocal",
                                        "indeterminate", "neg",      "pos",      "ab",       "a",        "b",     "o"};

/// What may stand beside it and says nothing by itself.
constexpr std::string_view kBeside[] = {"结果",   "定性",   "定量",     "滴度",   "轻度",  "弱",  "强",   "呈",    "为",    "型",
                                        "weakly", "weak",   "strongly", "strong", "not",   "non", "type", "titer", "titre", "index",
                                        "ratio",  "cutoff", "s/co",     "coi",    "iu/ml", "rhd", "rh",   "d"};

struct Form {
    std::string_view from;
    char to;
};
/// Full-width and other writings of the signs that results are made of.
constexpr Form kForms[] = {{"（", '('}, {"）", ')'}, {"＋", '+'}, {"－", '-'}, {"—", '-'},  {"–", '-'},
                           {"−", '-'},  {"±", '~'},  {"：", ':'}, {"∶", ':'},  {"＜", '<'}, {"＞", '>'},
                           {"≤", '<'},  {"≥", '>'},  {"．", '.'}, {"，", ','}, {"　", ' '}, {"\xC2\xA0", ' '}};

/// Lower case, plain signs ("±" as "~").
std::string plain(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto* const form =
            std::find_if(std::begin(kForms), std::end(kForms), [&](const auto& one) { return text.starts_with(one.from); });
        const bool is_formed = form != std::end(kForms);
        char character = is_formed ? form->to : text.front();
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
        out += character;
        text.remove_prefix(is_formed ? form->from.size() : 1);
    }
    return out;
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }
bool is_letter(char character) { return character >= 'a' && character <= 'z'; }

/// The first of the words that stands there whole; 0: none.
std::size_t word_at(std::string_view text, std::size_t at, std::span<const std::string_view> words) {
    for (const auto word : words) {
        if (!text.substr(at).starts_with(word)) continue;
        const auto end = at + word.size();
        const bool is_whole =
            !is_letter(word.front()) || ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end])));
        if (is_whole) return word.size();
    }
    return 0;
}

/// "0.05", "1:128", "3", "1-3", but no date, time or telephone: one sign between numbers, and behind a colon the titre of one.
bool is_number(std::string_view text) {
    constexpr std::string_view kBetween = "-:/";
    std::size_t between = 0, points = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        points = text[at] == '.' ? points + 1 : is_digit(text[at]) ? points : 0;
        if (points > 1) return false;
        if (kBetween.find(text[at]) == kBetween.npos) continue;
        if (++between > 1 || at == 0 || at + 1 == text.size()) return false;
        if (text[at] == ':' && text.substr(0, at) != "1") return false;
        if (text[at] != ':' && (at > 2 || text.size() - at > 4)) return false;
    }
    return true;
}

/// Length of what begins with a digit and holds digits and the signs between them.
std::size_t number_length(std::string_view text) {
    auto end = text.find_first_not_of("0123456789.:-/");
    if (end == text.npos) end = text.size();
    while (end > 0 && !is_digit(text[end - 1])) --end;
    return end;
}

} // namespace

bool says_a_result(std::string_view text, bool is_strip) {
    constexpr std::string_view kSigns = " +-~()<>=,;/:";
    const auto words = plain(text);
    auto bare = words;
    std::erase(bare, ' ');
    if (bare == "(-)" || (bare == "-" && is_strip)) return true;
    bool says = false;
    for (std::size_t at = 0; at < words.size();) {
        if (const auto length = word_at(words, at, kResult)) {
            says = true;
            at += length;
        } else if (const auto beside = word_at(words, at, kBeside)) {
            at += beside;
        } else if (is_digit(words[at])) {
            const auto number = number_length(std::string_view(words).substr(at));
            if (!is_number(std::string_view(words).substr(at, number))) return false;
            says = true;
            at += number;
        } else if (kSigns.find(words[at]) != kSigns.npos) {
            says = says || words[at] == '+' || words[at] == '~';
            ++at;
        } else {
            return false; // whatever else it says, it is not known to be a result
        }
    }
    return says;
}

} // namespace huitong::recognition
