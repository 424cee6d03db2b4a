#include "fhirpath/functions.hpp"

#include <re2/re2.h>
#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace huitong::fhirpath {
namespace {

std::optional<std::string> text_of_focus(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    if (!value) return std::nullopt;
    auto text = as_string(*value);
    if (!text) e.fail(IssueCode::invalid, "fhirpath-type", {call.text, "string"});
    e.charge(text->size());
    return text;
}

/// A text that a function made; it counts, so that what makes longer texts again and again ends by the budget.
Collection made(Evaluator& e, std::string text) {
    e.charge(text.size());
    return {item(std::move(text))};
}
constexpr std::uint64_t kStepsAnItem = 5; ///< of the items that a text falls into: each takes more room than its letter

/// Byte offsets of the characters, with the end as last.
std::vector<std::size_t> characters(std::string_view text) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) out.push_back(i);
    }
    out.push_back(text.size());
    return out;
}

std::int64_t character_index(std::string_view text, std::size_t byte) {
    return std::count_if(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(byte),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

Collection found_at(const std::string& text, std::size_t byte) {
    return {item(byte == text.npos ? std::int64_t{-1} : character_index(text, byte))};
}

Collection index_of(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto part = e.string_argument(call, 0);
    return text && part ? found_at(*text, text->find(*part)) : Collection();
}
Collection last_index_of(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto part = e.string_argument(call, 0);
    return text && part ? found_at(*text, text->rfind(*part)) : Collection();
}
Collection substring(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto start = e.integer_argument(call, 0);
    if (!text || !start) return {};
    const auto at = characters(*text);
    const auto length = static_cast<std::int64_t>(at.size()) - 1;
    if (*start < 0 || *start >= length) return {};
    std::int64_t end = length;
    if (e.argument_count(call) > 1) {
        const auto count = e.integer_argument(call, 1);
        if (count) end = *start + std::clamp<std::int64_t>(*count, 0, length - *start);
    }
    const auto from = at[static_cast<std::size_t>(*start)];
    return {item(text->substr(from, at[static_cast<std::size_t>(end)] - from))};
}
Collection starts_with(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto part = e.string_argument(call, 0);
    return text && part ? Collection{item(text->starts_with(*part))} : Collection();
}
Collection ends_with(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto part = e.string_argument(call, 0);
    return text && part ? Collection{item(text->ends_with(*part))} : Collection();
}
Collection contains(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto part = e.string_argument(call, 0);
    return text && part ? Collection{item(text->find(*part) != text->npos)} : Collection();
}

std::string mapped(std::string_view text, utf8proc_int32_t (*map)(utf8proc_int32_t)) {
    std::string out;
    const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    auto left = static_cast<utf8proc_ssize_t>(text.size());
    while (left > 0) {
        utf8proc_int32_t code = 0;
        const auto taken = utf8proc_iterate(at, left, &code);
        if (taken <= 0) break;
        utf8proc_uint8_t bytes[4];
        const auto written = utf8proc_encode_char(map(code), bytes);
        out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(written));
        at += taken;
        left -= taken;
    }
    return out;
}
Collection upper(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    return text ? Collection{item(mapped(*text, utf8proc_toupper))} : Collection();
}
Collection lower(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    return text ? Collection{item(mapped(*text, utf8proc_tolower))} : Collection();
}
Collection replace(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto pattern = e.string_argument(call, 0);
    const auto by = e.string_argument(call, 1);
    if (!text || !pattern || !by) return {};
    e.charge(text->size() + (pattern->empty() ? text->size() : text->size() / pattern->size()) * by->size());
    std::string out;
    if (pattern->empty()) {
        const auto at = characters(*text);
        for (std::size_t i = 0; i + 1 < at.size(); ++i) out += *by + text->substr(at[i], at[i + 1] - at[i]);
        return {item(out + *by)};
    }
    std::size_t from = 0;
    for (auto at = text->find(*pattern); at != text->npos; at = text->find(*pattern, from)) {
        out += text->substr(from, at - from) + *by;
        from = at + pattern->size();
    }
    return {item(out + text->substr(from))};
}

/// The pattern with its named groups as RE2 writes them: `(?<year>…)` is `(?P<year>…)`.
std::string with_named_groups(std::string_view pattern) {
    std::string out;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
        const auto rest = pattern.substr(at);
        if (rest.starts_with('\\') && rest.size() > 1) {
            out += rest.substr(0, 2);
            ++at;
        } else if (rest.starts_with("(?<") && !rest.starts_with("(?<=") && !rest.starts_with("(?<!")) {
            out += "(?P<";
            at += 2;
        } else {
            out += rest.front();
        }
    }
    return out;
}

/// RE2 matches in linear time, whatever the pattern; what it lacks (look-around, back references) is an honest error.
/// A thread keeps the patterns it has compiled: maps and invariants use the same few again and again.
/// The flags `i` (letters of either case) and `m` (lines) are the argument at `flags_at`.
const RE2& expression(Evaluator& e, const Node& call, std::size_t flags_at, std::string pattern) {
    if (const auto flags = e.argument_count(call) > flags_at ? e.string_argument(call, flags_at) : std::nullopt; flags && !flags->empty()) {
        if (flags->find_first_not_of("im") != flags->npos) e.fail(IssueCode::invalid, "fhirpath-regex", {*flags});
        pattern.insert(0, "(?" + *flags + ")");
    }
    constexpr std::size_t kPatternsMax = 64; // a compiled pattern may hold some megabytes
    thread_local std::unordered_map<std::string, std::unique_ptr<RE2>> known;
    if (const auto found = known.find(pattern); found != known.end()) return *found->second;
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    options.set_max_mem(8 << 20);
    auto made = std::make_unique<RE2>(with_named_groups(pattern), options);
    if (!made->ok()) e.fail(IssueCode::invalid, "fhirpath-regex", {made->error()});
    if (known.size() >= kPatternsMax) known.clear();
    return *known.emplace(pattern, std::move(made)).first->second;
}
Collection matches(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto pattern = e.string_argument(call, 0);
    return text && pattern ? Collection{item(RE2::PartialMatch(*text, expression(e, call, 1, *pattern)))} : Collection();
}
Collection matches_full(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto pattern = e.string_argument(call, 0);
    return text && pattern ? Collection{item(RE2::FullMatch(*text, expression(e, call, 1, *pattern)))} : Collection();
}
Collection replace_matches(Evaluator& e, const Node& call, const Collection& focus) {
    auto text = text_of_focus(e, call, focus);
    const auto pattern = e.string_argument(call, 0);
    auto by = e.string_argument(call, 1);
    if (!text || !pattern || !by) return {};
    if (pattern->empty()) return {item(*text)};
    e.charge(text->size() * (by->size() + 1));
    std::string rewrite; // $1 and ${name} of FHIRPath as RE2's \1
    const auto& compiled = expression(e, call, 2, *pattern);
    for (std::size_t i = 0; i < by->size(); ++i) {
        const char c = (*by)[i];
        if (c == '$' && i + 1 < by->size() && std::isdigit(static_cast<unsigned char>((*by)[i + 1]))) {
            rewrite += '\\';
        } else if (c == '$' && i + 1 < by->size() && (*by)[i + 1] == '{') {
            const auto close = by->find('}', i);
            const auto name = by->substr(i + 2, close == by->npos ? by->npos : close - i - 2);
            const auto& groups = compiled.NamedCapturingGroups();
            const auto group = groups.find(name);
            if (group != groups.end()) rewrite += "\\" + std::to_string(group->second);
            i = close == by->npos ? by->size() : close;
        } else {
            rewrite += c == '\\' ? "\\\\" : std::string(1, c);
        }
    }
    RE2::GlobalReplace(&*text, compiled, rewrite);
    return {item(*text)};
}
Collection length(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    return text ? Collection{item(static_cast<std::int64_t>(characters(*text).size()) - 1)} : Collection();
}
Collection to_chars(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    Collection out;
    if (!text) return out;
    const auto at = characters(*text);
    e.step(kStepsAnItem * at.size());
    for (std::size_t i = 0; i + 1 < at.size(); ++i) out.push_back(item(text->substr(at[i], at[i + 1] - at[i])));
    return out;
}
Collection trim(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    if (!text) return {};
    const auto begin = text->find_first_not_of(" \t\r\n");
    if (begin == text->npos) return {item(std::string())};
    return {item(text->substr(begin, text->find_last_not_of(" \t\r\n") - begin + 1))};
}
Collection split(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto by = e.string_argument(call, 0);
    Collection out;
    if (!text || !by) return out;
    if (by->empty()) return to_chars(e, call, focus);
    std::size_t from = 0;
    for (auto at = text->find(*by); at != text->npos; at = text->find(*by, from)) {
        e.step(kStepsAnItem);
        out.push_back(item(text->substr(from, at - from)));
        from = at + by->size();
    }
    out.push_back(item(text->substr(from)));
    return out;
}
Collection join(Evaluator& e, const Node& call, const Collection& focus) {
    const auto by = e.argument_count(call) > 0 ? e.string_argument(call, 0).value_or("") : std::string();
    std::string out;
    for (std::size_t i = 0; i < focus.size(); ++i) {
        const auto text = as_string(focus[i]);
        if (!text) e.fail(IssueCode::invalid, "fhirpath-type", {call.text, "string"});
        out += (i == 0 ? "" : by) + *text;
        e.charge(by.size() + text->size());
    }
    if (focus.empty()) return {};
    return {item(out)};
}

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encoded(std::string_view text, const char* alphabet) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        std::uint32_t word = 0;
        for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += i + k <= text.size() ? alphabet[word >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}
std::optional<std::string> decoded(std::string_view text, std::string_view alphabet) {
    std::string out;
    std::uint32_t word = 0;
    int bits = 0;
    for (const char c : text) {
        if (c == '=') break;
        const auto digit = alphabet.find(c);
        if (digit == alphabet.npos) return std::nullopt;
        word = word << 6 | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) out += static_cast<char>(word >> (bits -= 8) & 0xFF);
    }
    return out;
}
Collection encode(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto format = e.string_argument(call, 0);
    if (!text || !format) return {};
    if (*format == "base64") return made(e, encoded(*text, kBase64));
    if (*format == "urlbase64") return made(e, encoded(*text, kBase64Url));
    if (*format != "hex") return {};
    std::string out;
    for (const char c : *text) {
        out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
        out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
    }
    return made(e, std::move(out));
}
Collection decode(Evaluator& e, const Node& call, const Collection& focus) {
    const auto text = text_of_focus(e, call, focus);
    const auto format = e.string_argument(call, 0);
    if (!text || !format) return {};
    std::optional<std::string> out;
    if (*format == "base64") out = decoded(*text, kBase64);
    if (*format == "urlbase64") out = decoded(*text, kBase64Url);
    if (*format == "hex" && text->size() % 2 == 0) {
        out.emplace();
        for (std::size_t i = 0; i + 1 < text->size(); i += 2) {
            unsigned byte = 0;
            const auto* pair = text->data() + i;
            if (std::from_chars(pair, pair + 2, byte, 16).ptr != pair + 2) return {};
            *out += static_cast<char>(byte);
        }
    }
    return out ? Collection{item(*out)} : Collection();
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    std::size_t begin = 0;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, begin)) {
        out.append(text.substr(begin, at - begin)).append(to);
        begin = at + from.size();
    }
    return out.append(text.substr(begin));
}
constexpr std::pair<std::string_view, std::string_view> kHtml[] = {
    {"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}};
constexpr std::pair<std::string_view, std::string_view> kJson[] = {
    {"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}, {"\r", "\\r"}, {"\t", "\\t"}};
Collection escape(Evaluator& e, const Node& call, const Collection& focus) {
    auto text = text_of_focus(e, call, focus);
    const auto target = e.string_argument(call, 0);
    if (!text || !target) return {};
    const auto table = *target == "html" ? std::span(kHtml) : std::span(kJson);
    for (const auto& [from, to] : table) text = replaced(*text, from, to);
    return made(e, std::move(*text));
}
Collection unescape(Evaluator& e, const Node& call, const Collection& focus) {
    auto text = text_of_focus(e, call, focus);
    const auto target = e.string_argument(call, 0);
    if (!text || !target) return {};
    const auto table = *target == "html" ? std::span(kHtml) : std::span(kJson);
    for (auto row = table.rbegin(); row != table.rend(); ++row) text = replaced(*text, row->second, row->first);
    return made(e, std::move(*text));
}

constexpr Function kFunctions[] = {
    {"indexOf", 1, 1, index_of},
    {"lastIndexOf", 1, 1, last_index_of},
    {"substring", 1, 2, substring},
    {"startsWith", 1, 1, starts_with},
    {"endsWith", 1, 1, ends_with},
    {"contains", 1, 1, contains},
    {"upper", 0, 0, upper},
    {"lower", 0, 0, lower},
    {"replace", 2, 2, replace},
    {"matches", 1, 2, matches},
    {"matchesFull", 1, 2, matches_full},
    {"replaceMatches", 2, 3, replace_matches},
    {"length", 0, 0, length},
    {"toChars", 0, 0, to_chars},
    {"trim", 0, 0, trim},
    {"split", 1, 1, split},
    {"join", 0, 1, join},
    {"encode", 1, 1, encode},
    {"decode", 1, 1, decode},
    {"escape", 1, 1, escape},
    {"unescape", 1, 1, unescape},
};

} // namespace

std::span<const Function> string_functions() { return kFunctions; }

} // namespace huitong::fhirpath
