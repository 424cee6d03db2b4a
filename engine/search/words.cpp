#include "search/words.hpp"

#include <algorithm>
#include <functional>

namespace huitong::search {
namespace {

constexpr std::size_t kWordBytesMax = 40;
constexpr std::size_t kMixedBytesMax = 12; ///< of a word with digits in it: longer ones are numbers of things
/// Behind the letters that a word begins with, when the word itself is in no index: those who ask for a beginning find it, nobody else
/// does.
constexpr char kCut = '\x02';

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_other(char c) { return static_cast<unsigned char>(c) >= 0x80; }

std::size_t sign_bytes(char first) {
    const auto byte = static_cast<unsigned char>(first);
    return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

bool is_uuid_piece(std::string_view word) {
    return (word.size() == 4 || word.size() == 8 || word.size() == 12) && std::all_of(word.begin(), word.end(), is_hex);
}

/// Whether a Latin word stands in the index as it is.
bool is_kept(std::string_view word) {
    const auto digits = std::count_if(word.begin(), word.end(), is_digit);
    if (digits == 0) return word.size() <= kWordBytesMax;
    return static_cast<std::size_t>(digits) < word.size() && word.size() <= kMixedBytesMax && !is_uuid_piece(word);
}

/// The beginning of a word that the index knows even when the word itself is not kept: letters, one of them no digit of a UUID.
std::string_view telling_letters(std::string_view word) {
    const auto end = std::find_if_not(word.begin(), word.end(), is_letter);
    const auto letters = word.substr(0, std::min<std::size_t>(static_cast<std::size_t>(end - word.begin()), kWordBytesMax));
    return std::all_of(letters.begin(), letters.end(), is_hex) ? std::string_view() : letters;
}

/// Tells each run of Latin letters and digits, and each run of other writing, with its place.
void walk_runs(std::string_view text, const std::function<void(std::size_t begin, std::size_t end, bool is_latin)>& take) {
    for (std::size_t at = 0; at < text.size();) {
        const bool other = is_other(text[at]), latin = is_letter(text[at]) || is_digit(text[at]);
        if (!other && !latin) {
            ++at;
            continue;
        }
        const auto begin = at;
        while (at < text.size() && (other ? is_other(text[at]) : is_letter(text[at]) || is_digit(text[at]))) ++at;
        take(begin, at, latin);
    }
}

/// Pairs of neighbours; then, when asked for, the last sign alone.
void add_pairs(std::string_view run, bool with_last, std::vector<std::string>& out) {
    std::size_t at = 0;
    while (at < run.size()) {
        const auto next = std::min(run.size(), at + sign_bytes(run[at]));
        if (next < run.size()) out.emplace_back(run.substr(at, std::min(run.size(), next + sign_bytes(run[next])) - at));
        else if (with_last) out.emplace_back(run.substr(at));
        at = next;
    }
}

} // namespace

std::vector<std::string> index_words(std::string_view folded) {
    std::vector<std::string> out;
    walk_runs(folded, [&](std::size_t begin, std::size_t end, bool is_latin) {
        const auto run = folded.substr(begin, end - begin);
        if (!is_latin) return add_pairs(run, true, out);
        if (is_kept(run)) out.emplace_back(run);
        else if (const auto letters = telling_letters(run); !letters.empty()) out.push_back(std::string(letters) + kCut);
    });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

WordNeeds needs_of(std::string_view word) {
    WordNeeds out;
    const bool open = word.ends_with('*');
    if (open) word.remove_suffix(1);
    bool is_one_run = false;
    walk_runs(word, [&](std::size_t begin, std::size_t end, bool is_latin) {
        const auto run = word.substr(begin, end - begin);
        is_one_run = run.size() == word.size();
        if (!is_latin) {
            std::vector<std::string> pairs;
            add_pairs(run, false, pairs);
            if (pairs.empty()) out.all_of.push_back({std::string(run), true});
            for (auto& pair : pairs) out.all_of.push_back({std::move(pair), false});
        } else if (open && end == word.size()) {
            // Only what is letters throughout, so that no word beginning so can be missing.
            if (!run.empty() && telling_letters(run) == run) out.all_of.push_back({std::string(run), true});
        } else if (is_kept(run)) {
            out.all_of.push_back({std::string(run), false});
        }
    });
    out.is_exact = is_one_run && out.all_of.size() == 1;
    return out;
}

} // namespace huitong::search
