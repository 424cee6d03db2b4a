#include "search/branches.hpp"

#include <algorithm>

namespace huitong::search {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

/// Pieces between the bars that stand in no parentheses and no string.
std::vector<std::string_view> split_union(std::string_view text) {
    std::vector<std::string_view> out;
    int depth = 0;
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\'') quoted = !quoted;
        if (quoted) continue;
        if (c == '(') ++depth;
        if (c == ')') --depth;
        if (c != '|' || depth != 0) continue;
        out.push_back(trimmed(text.substr(begin, at - begin)));
        begin = at + 1;
    }
    out.push_back(trimmed(text.substr(begin)));
    return out;
}

/// First word of a branch: the type it starts at, or an element.
std::string_view first_word(std::string_view branch) {
    const auto begin = branch.find_first_not_of("( ");
    if (begin == branch.npos) return {};
    auto end = begin;
    while (end < branch.size() && is_word(branch[end])) ++end;
    return branch.substr(begin, end - begin);
}

bool is_of_type(std::string_view branch, std::string_view type) {
    const auto word = first_word(branch);
    const bool names_type = !word.empty() && word.front() >= 'A' && word.front() <= 'Z';
    return !names_type || word == type || word == "Resource" || word == "DomainResource";
}

} // namespace

std::vector<std::string_view> branches_of(std::string_view expression, std::string_view type) {
    auto out = split_union(expression);
    // A parenthesis may hold a union of its own, so its first word does not speak for all of it.
    std::erase_if(out, [&](std::string_view branch) { return !is_of_type(branch, type) && branch.find('|') == branch.npos; });
    return out;
}

} // namespace huitong::search
