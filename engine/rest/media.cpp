#include "rest/media.hpp"

#include <algorithm>
#include <cstdlib>

namespace huitong::rest {
namespace {

struct MediaRow {
    std::string_view asked;
    Format format;
    std::string_view answered;
};

constexpr std::string_view kFhirJson = "application/fhir+json";
constexpr std::string_view kFhirXml = "application/fhir+xml";

constexpr MediaRow kMedia[] = {
    {"application/fhir+json", Format::json, kFhirJson},
    {"application/json+fhir", Format::json, kFhirJson}, // as STU2 wrote it
    {"application/json", Format::json, "application/json"},
    {"text/json", Format::json, "text/json"},
    {"json", Format::json, kFhirJson},
    {"*/*", Format::json, kFhirJson},
    {"application/*", Format::json, kFhirJson},
    {"text/html", Format::json, kFhirJson}, // a browser can show it
    {"html", Format::json, kFhirJson},
    {"application/fhir+xml", Format::xml, kFhirXml},
    {"application/xml+fhir", Format::xml, kFhirXml},
    {"application/xml", Format::xml, "application/xml"},
    {"text/xml", Format::xml, "text/xml"},
    {"xml", Format::xml, kFhirXml},
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the piece before the separator off the text.
std::string_view take(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto piece = text.substr(0, end);
    text = end == text.npos ? std::string_view() : text.substr(end + 1);
    return trimmed(piece);
}

struct Wish {
    std::string type;
    double quality = 1;
};

/// A wish for another version of FHIR is one that cannot be met.
Wish read_wish(std::string_view text) {
    Wish out;
    out.type = take(text, ';');
    for (auto& c : out.type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == ' ' ? '+' : c; // "fhir+json" of a form not encoded
    while (!text.empty()) {
        const auto parameter = take(text, ';');
        if (parameter.starts_with("q=")) out.quality = std::strtod(std::string(parameter.substr(2)).c_str(), nullptr);
        if (parameter.starts_with("fhirVersion=") && !parameter.substr(12).starts_with("4.0")) out.quality = 0;
    }
    return out;
}

} // namespace

std::optional<Media> wanted_media(const HttpRequest& request) {
    std::string text(request.header("accept"));
    for (const auto& [name, value] : request.query) {
        if (name == "_format") text = value;
    }
    if (trimmed(text).empty()) return Media();
    // A browser's Accept names xhtml and xml before anything else.
    if (text.find("text/html") != text.npos) return Media();
    std::optional<Media> best;
    double best_quality = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        const auto wish = read_wish(take(rest, ','));
        const auto* row = std::find_if(std::begin(kMedia), std::end(kMedia), [&](const auto& one) { return one.asked == wish.type; });
        if (row == std::end(kMedia) || wish.quality <= best_quality) continue;
        best = Media{row->format, std::string(row->answered)};
        best_quality = wish.quality;
    }
    return best;
}

} // namespace huitong::rest
