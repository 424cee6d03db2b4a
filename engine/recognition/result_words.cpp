#include "recognition/result_words.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace huitong::recognition {
namespace {

/// Words with which laboratories say that there is no result, or not yet. They win over everything that stands beside them.
constexpr std::string_view kNoResult[] = {
    "不合格",     "重抽",        "重采",         "重新",   "重送",    "再送",     "补送",       "未做",          "未检测",    "未检验",
    "未检查",     "未测",        "未查",         "未送",   "未收",    "待",       "请复查",     "建议复查",      "见备注",    "见附",
    "另见",       "取消",        "退单",         "作废",   "无法",    "不能",     "拒收",       "溶血",          "凝固",      "凝块",
    "脂血",       "量不足",      "量少",         "污染",   "标本",    "样本",     "失败",       "故障",          "干扰",      "稍后",
    "延迟",       "外送",        "不做",         "停做",   "错误",    "not done", "not tested", "not performed", "pending",   "cancel",
    "see note",   "see comment", "insufficient", "hemoly", "haemoly", "clotted",  "reject",     "repeat",        "recollect", "unsuitable",
    "contaminat", "invalid",     "unable",       "error",  "qns",     "tnp"};

/// Words of results, wherever they stand: "阴性(-)", "弱阳性", "非反应性", "not detected".
constexpr std::string_view kResult[] = {"阴性",     "阳性",  "反应性", "可疑",      "检出",         "未见",     "痕量",
                                        "微量",     "少量",  "正常",   "型",        "negative",     "positive", "reactive",
                                        "detected", "trace", "normal", "equivocal", "indeterminate"};

/// Short ones count alone only.
constexpr std::string_view kWholeResult[] = {"neg", "pos", "a", "b", "o", "ab", "阴", "阳"};

struct Form {
    std::string_view from;
    char to;
};
/// Full-width and other writings of the signs that results are made of.
constexpr Form kForms[] = {{"（", '('}, {"）", ')'}, {"＋", '+'}, {"－", '-'}, {"—", '-'},       {"–", '-'},
                           {"−", '-'},  {"±", '~'},  {"：", ':'}, {"∶", ':'},  {"＜", '<'},      {"＞", '>'},
                           {"≤", '<'},  {"≥", '>'},  {"．", '.'}, {"　", ' '}, {"\xC2\xA0", ' '}};

/// Lower case, plain signs ("±" as "~"), no blanks.
std::string plain(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto form = std::find_if(std::begin(kForms), std::end(kForms), [&](const auto& one) { return text.starts_with(one.from); });
        const bool is_formed = form != std::end(kForms);
        char character = is_formed ? form->to : text.front();
        if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
        out += character;
        text.remove_prefix(is_formed ? form->from.size() : 1);
    }
    return out;
}

bool holds_one_of(std::string_view text, std::span<const std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != text.npos; });
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }

/// "1:128", "<0.05", "3+", "+++", "(-)", "+/-": digits and signs alone, with at least a digit or a plus, or a minus in brackets.
bool is_sign_or_number(std::string_view text, bool is_strip) {
    constexpr std::string_view kSigns = "0123456789+-~():<>=./";
    if (text.empty() || text.find_first_not_of(kSigns) != text.npos) return false;
    if (text == "(-)" || (text == "-" && is_strip)) return true;
    return std::any_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '+' || c == '~'; });
}

} // namespace

bool says_a_result(std::string_view text, bool is_strip) {
    auto words = plain(text);
    if (holds_one_of(words, kNoResult)) return false;
    if (holds_one_of(words, kResult)) return true;
    std::erase(words, ' ');
    if (std::find(std::begin(kWholeResult), std::end(kWholeResult), words) != std::end(kWholeResult)) return true;
    return is_sign_or_number(words, is_strip);
}

} // namespace huitong::recognition
