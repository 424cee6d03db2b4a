#include "base/catalogue.hpp"

#include <algorithm>
#include <cstdlib>

namespace huitong {

/// The tables of catalogue/*.tsv joined, made by the build; rows in any order, '#' begins a comment.
extern const std::string_view kCatalogueText;

namespace {

CatalogueRow read_row(std::string_view line) {
    std::string_view cells[5];
    for (auto& cell : cells) {
        const auto tab = line.find('\t');
        cell = line.substr(0, tab);
        line = tab == line.npos ? std::string_view() : line.substr(tab + 1);
    }
    return {cells[0], cells[1], cells[2], cells[3], cells[4]};
}

std::vector<CatalogueRow> read_catalogue() {
    std::vector<CatalogueRow> rows;
    auto rest = kCatalogueText;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
        if (!line.empty() && line.front() != '#') rows.push_back(read_row(line));
    }
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.rule < b.rule; });
    return rows;
}

const std::vector<CatalogueRow>& catalogue() {
    static const std::vector<CatalogueRow> rows = read_catalogue();
    return rows;
}

std::string filled(std::string_view text, const std::vector<std::string>& arguments) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool slot = text[at] == '{' && at + 2 < text.size() && text[at + 2] == '}' && text[at + 1] >= '0' && text[at + 1] <= '9';
        if (!slot) {
            out += text[at];
            continue;
        }
        const auto index = static_cast<std::size_t>(text[at + 1] - '0');
        if (index < arguments.size()) out += arguments[index];
        at += 2;
    }
    return out;
}

bool lacks_argument(std::string_view sentence, const std::vector<std::string>& arguments) {
    for (std::size_t at = 0; at + 2 < sentence.size(); ++at) {
        if (sentence[at] != '{' || sentence[at + 2] != '}' || sentence[at + 1] < '0' || sentence[at + 1] > '9') continue;
        const auto index = static_cast<std::size_t>(sentence[at + 1] - '0');
        if (index >= arguments.size() || arguments[index].empty()) return true;
    }
    return false;
}

} // namespace

const CatalogueRow* find_catalogue_row(std::string_view rule) {
    const auto& rows = catalogue();
    const auto found = std::lower_bound(rows.begin(), rows.end(), rule, [](const auto& row, auto key) { return row.rule < key; });
    return found != rows.end() && found->rule == rule ? &*found : nullptr;
}

std::vector<CatalogueRow> catalogue_rows() { return catalogue(); }

std::string text_of(const Issue& issue, Language language) {
    if (const auto* row = find_catalogue_row(issue.rule)) {
        return filled(language == Language::zh && !row->zh.empty() ? row->zh : row->en, issue.arguments);
    }
    std::string out = issue.rule;
    for (const auto& argument : issue.arguments) out += " " + argument;
    return out;
}

std::string hint_of(const Issue& issue, Language language) {
    const auto* row = find_catalogue_row(issue.rule);
    if (!row) return {};
    const bool is_zh = language == Language::zh && !row->hint_zh.empty();
    const std::string_view stop = is_zh ? "。" : ". ";
    std::string out;
    // A sentence that has nothing to name is not said: "the nearest is …".
    for (auto rest = is_zh ? row->hint_zh : row->hint_en; !rest.empty();) {
        const auto end = std::min(rest.size(), std::min(rest.find(stop), rest.size()) + stop.size());
        if (!lacks_argument(rest.substr(0, end), issue.arguments)) out += filled(rest.substr(0, end), issue.arguments);
        rest.remove_prefix(end);
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

Language language_of_environment() {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing sets it
        if (value && *value) return std::string_view(value).starts_with("zh") ? Language::zh : Language::en;
    }
    return Language::en;
}

} // namespace huitong
