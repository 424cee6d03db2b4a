#include "rest/cds/card_text.hpp"

#include "rest/cds/words.hpp"

namespace huitong::rest {
namespace {

std::string shortened(const std::string& text, std::size_t characters_max) {
    std::size_t characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if ((text[at] & 0xC0) == 0x80) continue;
        // One place is kept for the dots.
        if (++characters == characters_max && text.size() - at > 4) return text.substr(0, at) + "…";
    }
    return text;
}

std::string_view colon(Language language) { return language == Language::zh ? "：" : ": "; }

/// A cell of a Markdown table.
std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '|') out += "\\|";
        else out += c == '\n' || c == '\r' ? ' ' : c;
    }
    return out;
}

void add_row(std::string& out, std::initializer_list<std::string> cells) {
    for (const auto& text : cells) out += "| " + cell(text) + ' ';
    out += "|\n";
}

void add_table(const CardContent& content, Language language, std::string& out) {
    add_row(out, {word("cds-column-item", language), word("cds-column-result", language), word("cds-column-range", language),
                  word("cds-column-flag", language), word("cds-column-recognition", language)});
    out += "|---|---|---|---|---|\n";
    for (const auto& row : content.rows) {
        const auto flag = row.is_critical ? row.flag + " " + word("cds-critical", language) : row.flag;
        add_row(out, {row.item, row.result, row.range, flag, row.recognition});
    }
}

} // namespace

std::string card_summary(const CardContent& content, Language language) {
    auto out = content.name;
    out.append(colon(language)).append(content.headline);
    if (!content.circumstances.empty()) out += " · " + content.circumstances;
    return shortened(out, kCardSummaryCharactersMax);
}

std::string card_detail(const CardContent& content, Language language) {
    std::string out = "**" + content.name + "** " + content.circumstances + "\n\n";
    if (!content.rows.empty()) add_table(content, language, out);
    if (!content.conclusion.empty())
        out.append("\n> " + word("cds-conclusion", language)).append(colon(language)).append(cell(content.conclusion)).append("\n");
    if (content.may_test_again) out += "\n" + word("cds-retest", language) + '\n';
    if (!content.reasons.empty()) out += "\n**" + word("cds-reasons", language) + "**\n\n";
    for (const auto& [names, text] : content.reasons) out.append("- " + names).append(colon(language)).append(text).append("\n");
    if (content.not_checked.empty()) return out;
    out.append("\n" + word("cds-not-checked", language)).append(colon(language));
    for (std::size_t index = 0; index < content.not_checked.size(); ++index)
        out.append(index == 0 ? "" : list_separator(language)).append(content.not_checked[index]);
    return out + '\n';
}

} // namespace huitong::rest
