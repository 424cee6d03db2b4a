#include "terminology/search/name_index.hpp"

#include "terminology/search/pinyin.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <map>

namespace huitong::terminology {
namespace {

constexpr double kLikenessMin = 0.4;

std::vector<char32_t> characters(std::string_view text) {
    std::vector<char32_t> out;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t read = 0;
        const auto size = utf8proc_iterate(at, left, &read);
        if (size > 0) out.push_back(static_cast<char32_t>(read));
        const auto step = size > 0 ? size : 1;
        at += step;
        left -= step;
    }
    return out;
}

bool is_letters(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 && c < 0x80; });
}

} // namespace

std::string_view found_text(Found how) {
    constexpr std::array<std::string_view, 10> kTexts = {
        "code", "name", "code prefix", "name prefix", "initials", "name part", "initials prefix", "pinyin", "initials part", "near"};
    return kTexts[static_cast<std::size_t>(how)];
}

std::string folded_name(std::string_view name) {
    std::string out;
    for (auto character : characters(name)) {
        if (character >= 0xFF01 && character <= 0xFF5E) character -= 0xFEE0;
        if (character >= 0x2160 && character <= 0x2169) { // Ⅰ to Ⅹ: one name writes Ⅱ型, another 2型
            out += std::to_string(character - 0x2160 + 1);
            continue;
        }
        character = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character)));
        constexpr std::u32string_view kDropped = U" \t()[]{}<>,.;:-_/'\"、，。；：（）【】《》·　";
        if (kDropped.find(character) != kDropped.npos) continue;
        std::array<utf8proc_uint8_t, 4> bytes{};
        const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
        out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
    }
    return out;
}

double likeness(std::string_view a, std::string_view b) {
    const auto left = characters(a), right = characters(b);
    if (left.size() < 2 || right.size() < 2) return a == b ? 1 : 0;
    std::map<std::pair<char32_t, char32_t>, int> pieces;
    for (std::size_t at = 0; at + 1 < left.size(); ++at) ++pieces[{left[at], left[at + 1]}];
    std::size_t shared = 0;
    for (std::size_t at = 0; at + 1 < right.size(); ++at) {
        auto found = pieces.find({right[at], right[at + 1]});
        if (found == pieces.end() || found->second == 0) continue;
        --found->second;
        ++shared;
    }
    return 2.0 * static_cast<double>(shared) / static_cast<double>(left.size() + right.size() - 2);
}

NameIndex::NameIndex(std::shared_ptr<const CodeSystem> system) : system_(std::move(system)) {
    const auto& table = *system_->concepts;
    const auto add = [&](ConceptIndex at, std::string_view name) {
        if (!name.empty()) entries_.push_back({at, name, folded_name(name), initials_of(name)});
    };
    for (ConceptIndex at = 0; at < table.size(); ++at) {
        add(at, table.display(at));
        for (const auto& one : table.designations(at)) add(at, one.value);
    }
}

std::optional<Hit> NameIndex::match(const Entry& entry, std::string_view folded, std::string_view letters) const {
    const auto hit = [&](Found how, double like = 1) { return Hit{entry.at, how, like, entry.name}; };
    if (entry.folded == folded) return hit(Found::name);
    if (!letters.empty()) {
        const auto code = folded_code(system_->concepts->code(entry.at));
        const auto typed = folded_code(letters);
        if (code == typed) return hit(Found::code);
        if (code.starts_with(typed) && typed.size() >= 2) return hit(Found::code_prefix);
    }
    const auto part = entry.folded.find(folded);
    if (part == 0) return hit(Found::name_prefix);
    if (!folded.empty() && is_letters(folded)) {
        if (entry.initials == folded) return hit(Found::initials);
        if (part != std::string::npos) return hit(Found::name_part);
        if (entry.initials.starts_with(folded)) return hit(Found::initials_prefix);
        constexpr std::size_t kInitialsMin = 3;
        if (folded.size() >= kInitialsMin && entry.initials.find(folded) != std::string::npos) return hit(Found::initials_part);
        constexpr std::size_t kSpelledMin = 4; ///< shorter spellings are in too many names
        if (folded.size() >= kSpelledMin && pinyin_of(entry.name).find(folded) != std::string::npos) return hit(Found::pinyin);
        return std::nullopt;
    }
    if (part != std::string::npos) return hit(Found::name_part);
    const double like = likeness(entry.folded, folded);
    return like >= kLikenessMin ? std::optional(hit(Found::near, like)) : std::nullopt;
}

std::vector<Hit> NameIndex::search(std::string_view query, std::size_t count) const {
    const auto folded = folded_name(query);
    // Codes have dots and hyphens that names are compared without.
    auto letters = query;
    while (letters.starts_with(' ')) letters.remove_prefix(1);
    while (letters.ends_with(' ')) letters.remove_suffix(1);
    if (folded.empty()) return {};
    std::vector<Hit> out;
    for (const auto& entry : entries_) {
        auto found = match(entry, folded, letters);
        if (!found) continue;
        if (!out.empty() && out.back().at == found->at) {
            if (found->how < out.back().how) out.back() = *found;
        } else {
            out.push_back(*found);
        }
    }
    const auto& table = *system_->concepts;
    std::stable_sort(out.begin(), out.end(), [&](const Hit& a, const Hit& b) {
        if (a.how != b.how) return a.how < b.how;
        if (table.is_inactive(a.at) != table.is_inactive(b.at)) return table.is_inactive(b.at);
        if (a.likeness != b.likeness) return a.likeness > b.likeness;
        return a.name.size() < b.name.size();
    });
    if (out.size() > count) out.resize(count);
    return out;
}

} // namespace huitong::terminology
