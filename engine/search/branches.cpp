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

/// First word of a branch: the type it starts at.
std::string_view leading_type(std::string_view branch) {
    const auto begin = branch.find_first_not_of("( ");
    if (begin == branch.npos) return {};
    auto end = begin;
    while (end < branch.size() && is_word(branch[end])) ++end;
    return branch.substr(begin, end - begin);
}

bool starts_at(std::string_view word, std::string_view type) { return word == type || word == "Resource" || word == "DomainResource"; }

/// Adds the element behind every "Type." of a branch; false when the branch begins with something else than an element.
bool add_first_elements(std::string_view branch, std::string_view type, std::vector<std::string>& out) {
    if (branch.find('%') != branch.npos) return false;
    bool any = false;
    for (std::size_t at = 0; at < branch.size();) {
        if (!is_word(branch[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < branch.size() && is_word(branch[end])) ++end;
        const bool path_start = at == 0 || branch[at - 1] != '.';
        if (path_start && end < branch.size() && branch[end] == '.' && starts_at(branch.substr(at, end - at), type)) {
            auto name_end = end + 1;
            while (name_end < branch.size() && is_word(branch[name_end])) ++name_end;
            if (name_end == end + 1 || (name_end < branch.size() && branch[name_end] == '(')) return false;
            out.emplace_back(branch.substr(end + 1, name_end - end - 1));
            any = true;
            end = name_end;
        }
        at = end;
    }
    return any;
}

void add_path(std::string_view branch, std::vector<std::vector<std::string>>& out) {
    std::vector<std::string> steps(1);
    for (const char c : branch) {
        if (c == '.') steps.emplace_back();
        else if (is_word(c)) steps.back() += c;
        else return;
    }
    steps.erase(steps.begin());
    if (!steps.empty()) out.push_back(std::move(steps));
}

} // namespace

Branches branches_of(std::string_view expression, std::string_view type) {
    Branches out;
    bool always = false;
    for (const auto branch : split_union(expression)) {
        const auto first = leading_type(branch);
        const bool of_other_type = !first.empty() && first.front() >= 'A' && first.front() <= 'Z' && !starts_at(first, type);
        // A parenthesis may hold a union of its own, so its first word does not speak for all of it.
        if (of_other_type && branch.find('|') == branch.npos) continue;
        if (!out.expression.empty()) out.expression += " | ";
        out.expression += branch;
        if (!add_first_elements(branch, type, out.first_elements)) always = true;
        add_path(branch, out.paths);
    }
    if (always) out.first_elements.clear();
    return out;
}

bool has_stem(std::string_view element, std::string_view stem) {
    return element.starts_with(stem) && (element.size() == stem.size() || (element[stem.size()] >= 'A' && element[stem.size()] <= 'Z'));
}

} // namespace huitong::search
