#include "rest/html.hpp"

#include "base/base64.hpp"
#include "base/sha256.hpp"

namespace huitong::rest {
namespace {

constexpr std::string_view kStyle =
    "body{font:14px/1.5 system-ui,sans-serif;margin:0;padding:12px;color:#1d2733;background:#fff}"
    "section{border:1px solid #c9d3dd;border-radius:6px;padding:10px 14px;margin:0 0 12px}"
    "h1{font-size:15px;margin:0}h2{font-size:14px;margin:10px 0 2px}"
    ".yes{border-left:5px solid #1f7a4d}.part{border-left:5px solid #b5791a}.no{border-left:5px solid #8593a1}"
    "table{border-collapse:collapse;margin:8px 0}th,td{border:1px solid #c9d3dd;padding:2px 8px;text-align:left}"
    ".critical{color:#b3261e;font-weight:bold}.quiet{color:#5b6b7a}.said{background:#eef4fb;padding:4px 8px}"
    "form{display:inline-block;margin:6px 12px 0 0}blockquote{margin:6px 0;padding-left:8px;border-left:3px solid #c9d3dd}";

} // namespace

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string html_words(std::string rule, Language language, std::vector<std::string> arguments) {
    Issue issue;
    issue.rule = std::move(rule);
    issue.arguments = std::move(arguments);
    return escape_html(text_of(issue, language));
}

std::string hidden_field(std::string_view name, std::string_view value) {
    return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + escape_html(value) + "\">";
}

std::string html_page(Language language, const std::string& title, const std::string& body) {
    const std::string_view lang = language == Language::zh ? "zh-CN" : "en";
    std::string out = "<!doctype html>\n<html lang=\"";
    out.append(lang).append("\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>");
    out.append(escape_html(title)).append("</title><style>").append(kStyle).append("</style></head>\n<body>\n");
    return out + body + "</body></html>\n";
}

std::string page_policy(const std::vector<std::string>& embedders, const std::vector<std::string>& form_targets) {
    const auto digest = sha256(kStyle);
    std::string out = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'self'";
    for (const auto& target : form_targets) out += ' ' + target;
    out += "; style-src 'sha256-" + encode_base64(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())) +
           "'; frame-ancestors";
    for (const auto& origin : embedders) out += ' ' + origin;
    return embedders.empty() ? out + " 'none'" : out;
}

HttpResponse html_response(int status, std::string page, std::string policy) {
    HttpResponse response;
    response.status = status;
    response.set("Content-Type", "text/html; charset=utf-8");
    response.set("Content-Security-Policy", std::move(policy));
    response.body = std::move(page);
    return response;
}

Language language_named(std::string_view name, Language otherwise) {
    if (name == "en") return Language::en;
    return name == "zh" ? Language::zh : otherwise;
}

} // namespace huitong::rest
