#include "search/text.hpp"

#include "fhir/json.hpp"
#include "search/fold.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::search {
namespace {

constexpr std::size_t kReadAtOnce = 256;

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Narrative without its tags.
void add_narrative(std::string_view div, std::string& out) {
    bool in_tag = false;
    for (const char c : div) {
        if (c == '<') in_tag = true;
        if (!in_tag) out += c;
        if (c != '>') continue;
        in_tag = false;
        out += ' ';
    }
}

void add_values(fhir::Element element, std::string& out) {
    if (element.has_value()) {
        if (element.name() == "div") add_narrative(element.value(), out);
        else out += element.value();
        out += '\n';
    }
    for (const auto child : element.children()) add_values(child, out);
}

bool contains_word(std::string_view text, std::string_view word) {
    const bool open = word.ends_with('*');
    if (open) word.remove_suffix(1);
    if (word.empty()) return true;
    for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const auto end = at + word.size();
        const bool begins = at == 0 || !is_word_char(word.front()) || !is_word_char(text[at - 1]);
        const bool ends = open || end == text.size() || !is_word_char(word.back()) || !is_word_char(text[end]);
        if (begins && ends) return true;
    }
    return false;
}

} // namespace

bool is_text_parameter(std::string_view name) { return name == "_text" || name == "_content"; }

TextWords::TextWords(const std::vector<std::string>& values) {
    for (const auto& value : values) {
        auto& words = any_of_.emplace_back();
        const auto folded = fold(unescape(value));
        std::string_view rest = folded;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            if (end > 0) words.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
}

bool TextWords::fit(std::string_view folded) const {
    return std::any_of(any_of_.begin(), any_of_.end(), [&](const auto& words) {
        return std::all_of(words.begin(), words.end(), [&](const auto& word) { return contains_word(folded, word); });
    });
}

Result<store::VersionKeys> keep_by_text(store::ReadView& view, const store::VersionKeys& candidates, const QueryParameter& parameter,
                                        std::chrono::steady_clock::time_point deadline) {
    const TextWords words(parameter.values);
    store::VersionKeys out;
    for (std::size_t begin = 0; begin < candidates.size(); begin += kReadAtOnce) {
        if (std::chrono::steady_clock::now() > deadline) return Outcome(error(IssueCode::timeout, parameter.name, "search-timeout"));
        const auto end = std::min(candidates.size(), begin + kReadAtOnce);
        auto versions =
            view.versions({candidates.begin() + static_cast<std::ptrdiff_t>(begin), candidates.begin() + static_cast<std::ptrdiff_t>(end)});
        if (!versions) return versions.error();
        for (auto& version : *versions) {
            const auto document = fhir::read_json(std::move(version.body)).value;
            std::string text;
            if (parameter.name == "_text") add_narrative(document->root().text("text.div"), text);
            else add_values(document->root(), text);
            if (words.fit(fold(text))) out.push_back(version.version_key);
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace huitong::search
