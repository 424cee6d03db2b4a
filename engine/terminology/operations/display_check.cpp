/// Is the display that was sent one of the concept's? Source: FHIR R4 $validate-code (display), R5 lenient-display-validation.
#include "terminology/operations/code_check.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

/// One blank for every run of blanks.
std::string with_single_spaces(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
    }
    while (out.ends_with(' ')) out.pop_back();
    return out;
}

bool same(std::string_view a, std::string_view b) { return folded_code(a) == folded_code(b); }

std::string quoted(const DisplayText& name) {
    auto out = "'" + name.text + "'";
    if (!name.language.empty()) out += " (" + name.language + ")";
    return out;
}

/// "Valid display is 'A' (en)" or "Valid display is one of 2 choices: 'A' (en) or 'B' (de)".
std::string choices(const std::vector<DisplayText>& names) {
    if (names.size() == 1) return "Valid display is " + quoted(names.front());
    std::string out = "Valid display is one of " + std::to_string(names.size()) + " choices: ";
    for (std::size_t at = 0; at < names.size(); ++at) {
        if (at > 0) out += at + 1 == names.size() ? " or " : ", ";
        out += quoted(names[at]);
    }
    return out;
}

} // namespace

std::optional<TxIssue> check_display(const OperationContext& context, const ConceptView& view, const CodeQuestion& question) {
    const auto& sent = question.coding.display;
    const auto names = view.names();
    if (sent.empty() || names.empty()) return std::nullopt;
    std::vector<DisplayText> accepted;
    for (const auto& name : names) {
        if (context.languages.accepts(name.language)) accepted.push_back(name);
    }
    const auto is_among = [&](const std::vector<DisplayText>& list, auto equals) {
        return std::any_of(list.begin(), list.end(), [&](const auto& name) { return equals(name.text, sent); });
    };
    if (is_among(accepted, same)) return std::nullopt;
    const auto& coding = question.coding;
    const auto languages = context.languages.names();
    const auto where = question.at("display");
    std::optional<TxIssue> out;
    if (accepted.empty()) {
        if (is_among(names, same)) return tx_issue("tx-display-language-default", where, {coding.system, coding.code, languages, sent});
        out = tx_issue("tx-display-language-none", where, {sent, coding.system, coding.code, languages, view.own_display().text});
    } else {
        const bool by_spaces = is_among(accepted, [](const std::string& name, const std::string& text) {
            return same(with_single_spaces(name), with_single_spaces(text));
        });
        out = tx_issue(by_spaces ? "tx-display-spaces" : "tx-display", where,
                       {sent, coding.system, coding.code, choices(accepted), languages});
    }
    if (context.input.flag("lenient-display-validation") == true) out->severity = Severity::warning;
    return out;
}

} // namespace huitong::terminology
