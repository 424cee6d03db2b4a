#include "fhir/xml_narrative.hpp"

#include "fhir/xml_scan.hpp"

#include <algorithm>
#include <utility>

namespace huitong::fhir {
namespace {

/// Those that documents of hospitals and web pages have.
constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"nbsp", "\u00A0"},   {"ensp", "\u2002"},  {"emsp", "\u2003"},   {"thinsp", "\u2009"}, {"copy", "\u00A9"},   {"reg", "\u00AE"},
    {"trade", "\u2122"},  {"deg", "\u00B0"},   {"plusmn", "\u00B1"}, {"sup2", "\u00B2"},   {"sup3", "\u00B3"},   {"micro", "\u00B5"},
    {"middot", "\u00B7"}, {"times", "\u00D7"}, {"divide", "\u00F7"}, {"frac12", "\u00BD"}, {"frac14", "\u00BC"}, {"le", "\u2264"},
    {"ge", "\u2265"},     {"ne", "\u2260"},    {"alpha", "\u03B1"},  {"beta", "\u03B2"},   {"gamma", "\u03B3"},  {"mu", "\u03BC"},
    {"ndash", "\u2013"},  {"mdash", "\u2014"}, {"hellip", "\u2026"}, {"lsquo", "\u2018"},  {"rsquo", "\u2019"},  {"ldquo", "\u201C"},
    {"rdquo", "\u201D"},  {"bull", "\u2022"},  {"larr", "\u2190"},   {"uarr", "\u2191"},   {"rarr", "\u2192"},   {"darr", "\u2193"},
};

bool is_no_character(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

/// "nbsp" of "&nbsp; …"; "" when no name ends there.
std::string_view name_at(std::string_view rest) {
    constexpr std::size_t kNameMax = 12;
    const auto end = rest.substr(0, kNameMax).find(';');
    return end == rest.npos ? std::string_view() : rest.substr(1, end - 1);
}

/// One of XML's own names, or a character that it has.
bool is_xml(std::string_view name) {
    static constexpr std::string_view kOwn[] = {"amp", "lt", "gt", "quot", "apos"};
    if (std::find(std::begin(kOwn), std::end(kOwn), name) != std::end(kOwn)) return true;
    return name.starts_with('#') && scan_xml("<p>&" + std::string(name) + ';').entity.empty();
}

} // namespace

void add_well_formed(std::string_view div, std::string& out) {
    const auto is_doubtful = [](char c) { return c == '&' || is_no_character(c); };
    for (std::size_t at = 0; at < div.size();) {
        const auto rest = div.substr(at);
        const auto plain = static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), is_doubtful) - rest.begin());
        out += rest.substr(0, plain);
        at += plain;
        if (at == div.size()) return;
        if (div[at] != '&') {
            ++at;
            continue;
        }
        const auto name = name_at(div.substr(at));
        const auto* known = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& one) { return one.first == name; });
        if (known != std::end(kNames)) {
            out += known->second;
            at += name.size() + 2;
        } else {
            out += is_xml(name) ? "&" : "&amp;";
            ++at;
        }
    }
}

} // namespace huitong::fhir
