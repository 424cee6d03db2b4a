#include "search/filter.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::search {
namespace {

using fhir::SearchType;

constexpr int kDepthMax = 16;

/// Commas, dollars and bars of a quoted value are no syntax.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ',' || c == '$' || c == '|' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    std::optional<Filter> filter() {
        auto out = any_of();
        skip();
        if (!out || at_ != text_.size()) return std::nullopt;
        return out;
    }

private:
    void skip() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool take(char mark) {
        skip();
        if (at_ >= text_.size() || text_[at_] != mark) return false;
        ++at_;
        return true;
    }
    /// A word of the language; only taken when it ends there.
    bool take_word(std::string_view word) {
        skip();
        const auto end = at_ + word.size();
        if (!text_.substr(at_).starts_with(word)) return false;
        if (end < text_.size() && !std::isspace(static_cast<unsigned char>(text_[end])) && text_[end] != '(') return false;
        at_ = end;
        return true;
    }

    std::optional<Filter> list(Filter::Kind kind, std::string_view word, std::optional<Filter> (Parser::*inner)()) {
        auto first = (this->*inner)();
        if (!first) return first;
        Filter out;
        out.kind = kind;
        out.parts.push_back(std::move(*first));
        while (take_word(word)) {
            auto next = (this->*inner)();
            if (!next) return next;
            out.parts.push_back(std::move(*next));
        }
        if (out.parts.size() > 1) return out;
        auto only = std::move(out.parts.front());
        return only;
    }
    std::optional<Filter> any_of() { return list(Filter::Kind::any_of, "or", &Parser::all_of); }
    std::optional<Filter> all_of() { return list(Filter::Kind::all_of, "and", &Parser::term); }

    std::optional<Filter> term() {
        const bool negated = take_word("not");
        if (!take('(')) {
            if (negated) return std::nullopt;
            return test();
        }
        if (++depth_ > kDepthMax) return std::nullopt;
        auto inner = any_of();
        --depth_;
        if (!inner || !take(')')) return std::nullopt;
        if (!negated) return inner;
        Filter out;
        out.kind = Filter::Kind::none_of;
        out.parts.push_back(std::move(*inner));
        return out;
    }

    std::string word() {
        skip();
        const auto begin = at_;
        while (at_ < text_.size() && !std::isspace(static_cast<unsigned char>(text_[at_])) && text_[at_] != ')' && text_[at_] != '(') ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::optional<Filter> test() {
        Filter out;
        out.path = word();
        out.operation = word();
        skip();
        if (at_ < text_.size() && text_[at_] == '"') {
            std::string text;
            for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
                if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
                text += text_[at_];
            }
            if (at_ == text_.size()) return std::nullopt;
            ++at_;
            out.value = escaped(text);
        } else {
            out.value = word();
        }
        if (out.path.empty() || out.operation.empty() || out.value.empty()) return std::nullopt;
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

/// Type of what a path ends at ("name", "subject.name", "subject:Patient.name").
std::optional<SearchType> type_at(const Registry& registry, const std::string& type, const std::string& path) {
    const auto dot = path.find('.');
    const auto step = path.substr(0, dot);
    const auto colon = step.find(':');
    if (dot == path.npos && step == "_id") return SearchType::token;
    if (dot == path.npos && step == "_lastUpdated") return SearchType::date;
    const auto* definition = registry.find(type, step.substr(0, colon));
    if (!definition) return std::nullopt;
    if (dot == path.npos) return definition->type;
    for (const auto target : definition->targets) {
        if (colon != step.npos && step.substr(colon + 1) != target) continue;
        if (const auto found = type_at(registry, std::string(target), path.substr(dot + 1))) return found;
    }
    return std::nullopt;
}

struct OperationRow {
    std::string_view operation;
    SearchType type;
    std::string_view prefix, modifier;
    bool unequal = false;
};

using enum SearchType;

constexpr OperationRow kOperations[] = {
    {"eq", string, "", "exact"}, {"ne", string, "", "exact", true}, {"co", string, "", "contains"},  {"sw", string, "", ""},
    {"eq", token, "", ""},       {"ne", token, "", "", true},       {"in", token, "", "in"},         {"ni", token, "", "not-in"},
    {"ss", token, "", "above"},  {"sb", token, "", "below"},        {"co", token, "", "text"},       {"eq", uri, "", ""},
    {"ne", uri, "", "", true},   {"sb", uri, "", "below"},          {"ss", uri, "", "above"},        {"sw", uri, "", "below"},
    {"eq", reference, "", ""},   {"re", reference, "", ""},         {"ne", reference, "", "", true}, {"eq", composite, "", ""},
};

constexpr std::string_view kComparisons[] = {"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};

bool is_comparison(std::string_view word) {
    return std::find(std::begin(kComparisons), std::end(kComparisons), word) != std::end(kComparisons);
}

bool is_ordered(SearchType type) { return type == date || type == number || type == quantity; }

} // namespace

std::optional<Filter> read_filter(std::string_view text) { return Parser(text).filter(); }

bool is_filter_operation(std::string_view word) {
    return word == "pr" || is_comparison(word) ||
           std::any_of(std::begin(kOperations), std::end(kOperations), [&](const auto& row) { return row.operation == word; });
}

std::optional<FilterTest> test_of(const Registry& registry, const std::string& type, const Filter& test) {
    const auto found = type_at(registry, type, test.path);
    if (!found) return std::nullopt;
    FilterTest out;
    out.condition.name = test.path;
    out.condition.raw = test.value;
    std::string modifier;
    if (test.operation == "pr") {
        if (test.value != "true" && test.value != "false") return std::nullopt;
        modifier = "missing";
        out.condition.raw = test.value == "true" ? "false" : "true";
    } else if (is_ordered(*found)) {
        if (!is_comparison(test.operation)) return std::nullopt;
        out.condition.raw = test.operation + test.value;
    } else {
        const auto* row = std::find_if(std::begin(kOperations), std::end(kOperations),
                                       [&](const OperationRow& one) { return one.operation == test.operation && one.type == *found; });
        if (row == std::end(kOperations)) return std::nullopt;
        modifier = row->modifier;
        out.unequal = row->unequal;
    }
    out.condition.values.push_back(out.condition.raw);
    // A chain carries the modifier of its end in its name.
    if (test.path.find('.') == test.path.npos) out.condition.modifier = std::move(modifier);
    else if (!modifier.empty()) out.condition.name += ':' + modifier;
    return out;
}

} // namespace huitong::search
