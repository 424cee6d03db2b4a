#include "rest/card/card_page.hpp"

#include "rest/cds/card_content.hpp"
#include "rest/cds/words.hpp"

namespace huitong::rest {
namespace {

using recognition::Held;

void add_table(const CardContent& content, Language language, std::string& out) {
    if (content.rows.empty()) return;
    out += "<table><tr>";
    for (const auto* column : {"cds-column-item", "cds-column-result", "cds-column-range", "cds-column-flag", "cds-column-recognition"})
        out += "<th scope=\"col\">" + html_words(column, language) + "</th>";
    out += "</tr>\n";
    for (const auto& row : content.rows) {
        const auto flag = row.is_critical ? row.flag + ' ' + word("cds-critical", language) : row.flag;
        out += "<tr><td>" + escape_html(row.item) + "</td><td>" + escape_html(row.result) + "</td><td>" + escape_html(row.range) +
               (row.is_critical ? "</td><td class=\"critical\">" : "</td><td>") + escape_html(flag) + "</td><td>" +
               escape_html(row.recognition) + "</td></tr>\n";
    }
    out += "</table>\n";
}

void add_reasons(const CardContent& content, Language language, std::string& out) {
    if (content.may_test_again) out += "<p>" + html_words("cds-retest", language) + "</p>\n";
    if (!content.reasons.empty()) out += "<h2>" + html_words("cds-reasons", language) + "</h2>\n<ul>";
    for (const auto& [names, text] : content.reasons) out += "<li>" + escape_html(names) + ": " + escape_html(text) + "</li>";
    if (!content.reasons.empty()) out += "</ul>\n";
    if (content.not_checked.empty()) return;
    out += "<p class=\"quiet\">" + html_words("cds-not-checked", language) + ": ";
    for (std::size_t index = 0; index < content.not_checked.size(); ++index)
        out.append(index == 0 ? "" : list_separator(language)).append(escape_html(content.not_checked[index]));
    out += "</p>\n";
}

/// The beginning of a form about this match.
std::string form(const CardPage& page, const Held& held, std::string_view outcome) {
    return "<form method=\"post\" action=\"/recognition/card\">" + hidden_field("session", page.session) +
           hidden_field("match", held.match.id) + hidden_field("lang", page.language == Language::zh ? "zh" : "en") +
           hidden_field("outcome", outcome);
}

std::string button(const CardPage& page, const Held& held, std::string_view outcome, std::string rule) {
    return form(page, held, outcome) + "<button type=\"submit\">" + html_words(std::move(rule), page.language) + "</button></form>\n";
}

std::string decline_form(const CardPage& page, const Held& held) {
    auto out = form(page, held, "declined") + "<label>" + html_words("card-reason", page.language) + " <select name=\"reason\">";
    for (const auto& [code, zh] : page.pack->decline_reasons_zh) {
        const auto en = page.pack->decline_reasons_en.find(code);
        const auto& text = in(page.language, zh, en == page.pack->decline_reasons_en.end() ? std::string() : en->second);
        out += "<option value=\"" + escape_html(code) + "\">" + escape_html(code) + ' ' + escape_html(text) + "</option>";
    }
    out +=
        "</select></label> <label>" + html_words("card-reason-text", page.language) + " <input name=\"text\" maxlength=\"200\"></label> ";
    return out + "<button type=\"submit\">" + html_words("card-decline", page.language) + "</button></form>\n";
}

/// What the doctor may do in the state that the match is in.
void add_actions(const CardPage& page, const Held& held, std::string& out) {
    const auto& state = held.state;
    const bool is_open = state == "offered" || state == "viewed" || state == "ignored";
    if (!is_open) out += "<p class=\"said\">" + html_words("card-state-" + state, page.language) + "</p>\n";
    if (is_open && !held.match.recognised.empty()) {
        out += button(page, held, "adopted", "card-adopt");
        if (page.pack) out += decline_form(page, held);
    }
    if (state == "adopted") out += button(page, held, "cited", "card-cite");
    if (state == "adopted" || state == "cited") out += button(page, held, "withdrawn", "card-withdraw");
}

void add_match(const CardPage& page, const PageMatch& one, std::string& out) {
    const auto& match = one.held.match;
    const auto content = content_of(match, page.language);
    const bool is_whole = match.verdict == recognition::Verdict::recognise;
    out += "<section class=\"" +
           std::string(is_whole                   ? "yes"
                       : match.recognised.empty() ? "no"
                                                  : "part") +
           "\">\n<h1>" + escape_html(content.name) + " · " + escape_html(content.headline) + "</h1>\n<p class=\"quiet\">" +
           escape_html(content.circumstances) + "</p>\n";
    add_table(content, page.language, out);
    if (!content.conclusion.empty())
        out +=
            "<p>" + html_words("cds-conclusion", page.language) + "</p><blockquote>" + escape_html(content.conclusion) + "</blockquote>\n";
    if (!one.images.empty())
        out += "<p><a href=\"" + escape_html(one.images) + "\" target=\"_blank\" rel=\"noopener noreferrer\">" +
               html_words("card-images", page.language) + "</a></p>\n";
    add_reasons(content, page.language, out);
    add_actions(page, one.held, out);
    out += "</section>\n";
}

} // namespace

std::string write_card_page(const CardPage& card) {
    std::string body;
    if (!card.message.empty()) body += "<p class=\"said\" role=\"alert\">" + escape_html(card.message) + "</p>\n";
    for (const auto& match : card.matches) add_match(card, match, body);
    if (card.matches.empty()) body += "<p>" + html_words(card.is_late ? "card-late" : "card-nothing", card.language) + "</p>\n";
    return html_page(card.language, word("cds-title", card.language), body);
}

std::string write_gone_page(Language language) {
    return html_page(language, word("cds-title", language), "<p>" + html_words("card-code", language) + "</p>\n");
}

} // namespace huitong::rest
