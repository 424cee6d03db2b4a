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

std::string in_bytes(char32_t character) {
    std::array<utf8proc_uint8_t, 4> bytes{};
    const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes.data());
    return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size)};
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
        out += in_bytes(character);
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

/// What was typed, in each form that names and codes are compared with.
struct NameIndex::Query {
    explicit Query(std::string_view typed) : folded(folded_name(typed)), is_spelled(is_letters(folded)) {
        // Codes have dots and hyphens that names are compared without.
        while (typed.starts_with(' ')) typed.remove_prefix(1);
        while (typed.ends_with(' ')) typed.remove_suffix(1);
        code = folded_code(typed);
        const auto all = characters(folded);
        for (std::size_t at = 0; at + 1 < all.size(); ++at) pieces.push_back(in_bytes(all[at]) + in_bytes(all[at + 1]));
    }
    /// False: no two characters in a row are in that name, so the two are not alike.
    bool may_be_like(std::string_view name) const {
        return std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) { return name.find(piece) != name.npos; });
    }

    std::string folded, code;
    bool is_spelled;
    std::vector<std::string> pieces; ///< two characters each
};

NameIndex::NameIndex(std::shared_ptr<const CodeSystem> system) : system_(std::move(system)) {
    const auto& table = *system_->concepts;
    const auto add = [&](ConceptIndex at, std::string_view name) {
        if (!name.empty()) entries_.push_back({at, name, folded_name(name)});
    };
    entries_.reserve(table.size());
    for (ConceptIndex at = 0; at < table.size(); ++at) {
        add(at, table.display(at));
        for (const auto& one : table.designations(at)) add(at, one.value);
    }
}

const std::vector<std::string>& NameIndex::initials() const {
    std::call_once(spelled_, [this] {
        initials_.reserve(entries_.size());
        for (const auto& entry : entries_) initials_.push_back(initials_of(entry.name));
    });
    return initials_;
}

std::optional<Hit> NameIndex::match(std::size_t index, const Query& query) const {
    const auto& entry = entries_[index];
    const auto hit = [&](Found how, double like = 1) { return Hit{entry.at, how, like, entry.name}; };
    if (entry.folded == query.folded) return hit(Found::name);
    if (!query.code.empty()) {
        const auto code = folded_code(system_->concepts->code(entry.at));
        if (code == query.code) return hit(Found::code);
        if (code.starts_with(query.code) && query.code.size() >= 2) return hit(Found::code_prefix);
    }
    const auto part = entry.folded.find(query.folded);
    if (part == 0) return hit(Found::name_prefix);
    if (query.is_spelled) {
        const auto spelled = match_letters(index, query);
        const bool is_better = spelled && spelled->how == Found::initials;
        return part == std::string::npos || is_better ? spelled : hit(Found::name_part);
    }
    if (part != std::string::npos) return hit(Found::name_part);
    const double like = query.may_be_like(entry.folded) ? likeness(entry.folded, query.folded) : 0;
    return like >= kLikenessMin ? std::optional(hit(Found::near, like)) : std::nullopt;
}

/// Letters may be initials or a spelling of a Chinese name.
std::optional<Hit> NameIndex::match_letters(std::size_t index, const Query& query) const {
    constexpr std::size_t kInitialsMin = 3;
    constexpr std::size_t kSpelledMin = 4; ///< shorter spellings are in too many names
    const auto& entry = entries_[index];
    const auto& spelled = initials()[index];
    const auto hit = [&](Found how) { return Hit{entry.at, how, 1, entry.name}; };
    if (spelled == query.folded) return hit(Found::initials);
    if (spelled.starts_with(query.folded)) return hit(Found::initials_prefix);
    if (query.folded.size() >= kInitialsMin && spelled.find(query.folded) != std::string::npos) return hit(Found::initials_part);
    if (query.folded.size() >= kSpelledMin && pinyin_of(entry.name).find(query.folded) != std::string::npos) return hit(Found::pinyin);
    return std::nullopt;
}

std::vector<Hit> NameIndex::search(std::string_view typed, std::size_t count) const {
    const Query query(typed);
    if (query.folded.empty()) return {};
    std::vector<Hit> out;
    for (std::size_t entry = 0; entry < entries_.size(); ++entry) {
        auto found = match(entry, query);
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
