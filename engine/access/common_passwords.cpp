#include "access/common_passwords.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

namespace huitong::access {
namespace {

constexpr std::size_t kDistinctMin = 5;
constexpr std::size_t kPieceMax = 6; ///< a piece that is repeated
constexpr std::size_t kOwnMin = 4;   ///< letters beside the known words that make a password one's own

/// Words of passwords in English and pinyin, and of the places where this program runs.
constexpr std::string_view kWords[] = {
    "password", "passwort", "passwd", "welcome", "letmein", "iloveyou", "admin",    "administrator", "root",   "user",     "guest",
    "test",     "login",    "master", "secret",  "default", "changeme", "hospital", "doctor",        "nurse",  "clinic",   "huitong",
    "fhir",     "woaini",   "yiyuan", "yisheng", "mima",    "zhongguo", "china",    "monkey",        "dragon", "sunshine", "princess",
    "football", "superman", "hello",  "abc",     "aini",    "huanying", "xitong",   "guanliyuan"};
/// Rows and columns of a keyboard, the alphabet and the digits: in both directions.
constexpr std::string_view kRuns[] = {"abcdefghijklmnopqrstuvwxyz",           "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
                                      "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()"};

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// Digits and signs that stand for letters.
std::string with_letters(std::string text) {
    constexpr std::pair<char, char> kLooks[] = {{'0', 'o'}, {'1', 'l'}, {'3', 'e'}, {'4', 'a'}, {'5', 's'},
                                                {'7', 't'}, {'@', 'a'}, {'$', 's'}, {'!', 'i'}};
    for (auto& c : text) {
        for (const auto& [look, letter] : kLooks) {
            if (c == look) c = letter;
        }
    }
    return text;
}

bool is_repeated_piece(const std::string& text) {
    for (std::size_t size = 1; size <= kPieceMax && size * 2 <= text.size(); ++size) {
        bool repeats = true;
        for (std::size_t at = size; at < text.size() && repeats; ++at) repeats = text[at] == text[at - size];
        if (repeats) return true;
    }
    return false;
}

/// Every step but one in four goes on in a run.
bool is_run(const std::string& text) {
    std::size_t steps = 0;
    for (std::size_t at = 1; at < text.size(); ++at) {
        const std::string forth{text[at - 1], text[at]}, back{text[at], text[at - 1]};
        const bool goes_on = std::any_of(std::begin(kRuns), std::end(kRuns),
                                         [&](std::string_view run) { return run.find(forth) != run.npos || run.find(back) != run.npos; });
        if (goes_on) ++steps;
    }
    return steps * 4 >= (text.size() - 1) * 3;
}

/// Letters that are left when the known words are taken out.
std::size_t own_letters(std::string text, const std::string& login) {
    auto take_out = [&](std::string_view word) {
        for (auto at = text.find(word); at != text.npos; at = text.find(word)) text.erase(at, word.size());
    };
    if (login.size() >= kOwnMin) take_out(login);
    for (const auto word : kWords) take_out(word);
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; }));
}

} // namespace

bool is_common_password(std::string_view password, std::string_view login) {
    const auto text = lower(password);
    const std::set<char> distinct(text.begin(), text.end());
    if (distinct.size() < kDistinctMin || is_repeated_piece(text) || is_run(text)) return true;
    const auto name = lower(login);
    return own_letters(text, name) < kOwnMin || own_letters(with_letters(text), name) < kOwnMin;
}

} // namespace huitong::access
