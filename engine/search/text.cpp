#include "search/text.hpp"

#include "fhir/json.hpp"
#include "search/conditions.hpp"
#include "search/fold.hpp"
#include "search/query_syntax.hpp"
#include "search/words.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::search {
namespace {

using store::VersionKeys;

constexpr std::size_t kReadAtOnce = 256;
constexpr std::size_t kReadRather = 32; ///< so few are read sooner than the index is asked
constexpr std::size_t kBytesMin = 256;  ///< a shorter value of an element `data` may be words

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

bool is_bytes(fhir::Element element) {
    const auto value = element.value();
    return element.name() == "data" && value.size() >= kBytesMin && value.find(' ') == value.npos;
}

void add_values(fhir::Element element, std::string& out) {
    if (element.has_value() && !is_bytes(element)) {
        if (element.name() == "div") add_narrative(element.value(), out);
        else out += element.value();
        out += '\n';
    }
    for (const auto child : element.children()) add_values(child, out);
}

std::string narrative_of(fhir::Element resource) {
    std::string text;
    add_narrative(resource.text("text.div"), text);
    return fold(text);
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

bool is_in_text_index(std::string_view type) { return type != "AuditEvent"; }

std::string content_of(fhir::Element resource) {
    std::string text;
    add_values(resource, text);
    return fold(text);
}

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

store::VersionKey TextIndex::end() {
    if (!end_) end_ = view_.text_end();
    return *end_;
}

const VersionKeys& TextIndex::versions(const std::string& word, bool open) {
    const auto [found, is_new] = known_.try_emplace({word, open});
    if (is_new) found->second = view_.words(word, open);
    return found->second;
}

namespace {

struct Narrowed {
    VersionKeys sure; ///< fit, by the index alone
    VersionKeys open; ///< to be read
};

/// nullopt: the deadline passed between two words.
std::optional<Narrowed> narrow(TextIndex& index, const TextWords& words, bool is_content, const VersionKeys& candidates,
                               std::chrono::steady_clock::time_point deadline) {
    Narrowed out;
    const auto tail = std::lower_bound(candidates.begin(), candidates.end(), index.end());
    const VersionKeys known(candidates.begin(), tail);
    for (const auto& value : words.any_of()) {
        auto left = known;
        bool is_exact = is_content;
        for (const auto& word : value) {
            if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
            const auto needs = needs_of(word);
            is_exact = is_exact && needs.is_exact;
            for (const auto& need : needs.all_of) left = intersect(left, index.versions(need.word, need.open));
        }
        auto& part = is_exact ? out.sure : out.open;
        part = unite(std::move(part), left);
    }
    out.open = subtract(out.open, out.sure);
    out.open.insert(out.open.end(), tail, candidates.end());
    return out;
}

} // namespace

Result<TextFound> keep_by_text(store::ReadView& view, TextIndex& index, const std::string& type, const VersionKeys& candidates,
                               const QueryParameter& parameter, std::chrono::steady_clock::time_point deadline) {
    const TextWords words(parameter.values);
    const bool is_content = parameter.name == "_content";
    auto narrowed = std::optional<Narrowed>(std::in_place);
    if (candidates.size() > kReadRather && is_in_text_index(type)) narrowed = narrow(index, words, is_content, candidates, deadline);
    else narrowed->open = candidates;
    if (!narrowed) return Outcome(error(IssueCode::timeout, parameter.name, "search-timeout"));
    TextFound out;
    out.keys = std::move(narrowed->sure);
    const auto& open = narrowed->open;
    out.read = open.size();
    for (std::size_t begin = 0; begin < open.size(); begin += kReadAtOnce) {
        if (std::chrono::steady_clock::now() > deadline) return Outcome(error(IssueCode::timeout, parameter.name, "search-timeout"));
        const auto end = std::min(open.size(), begin + kReadAtOnce);
        auto versions = view.versions({open.begin() + static_cast<std::ptrdiff_t>(begin), open.begin() + static_cast<std::ptrdiff_t>(end)});
        if (!versions) return versions.error();
        for (auto& version : *versions) {
            const auto document = fhir::read_json(std::move(version.body)).value;
            const auto root = document->root();
            if (words.fit(is_content ? content_of(root) : narrative_of(root))) out.keys.push_back(version.version_key);
        }
    }
    std::sort(out.keys.begin(), out.keys.end());
    return out;
}

} // namespace huitong::search
