/// The few pages that the hub serves: one frame, one style, escaped text, and a policy that lets a browser run nothing. Pure. Thread: any.
#pragma once

#include "base/catalogue.hpp"
#include "rest/http.hpp"

namespace huitong::rest {

/// Text as it stands in HTML, in content and in quoted attributes.
std::string escape_html(std::string_view text);
/// Words of the catalogue, escaped.
std::string html_words(std::string rule, Language language, std::vector<std::string> arguments = {});
/// A hidden field of a form.
std::string hidden_field(std::string_view name, std::string_view value);
/// A whole page around `body`.
std::string html_page(Language language, const std::string& title, const std::string& body);

/// No script, no picture, no frame; styles by their hash; forms to this hub and `form_targets`; frames by `embedders` (none: 'none').
std::string page_policy(const std::vector<std::string>& embedders, const std::vector<std::string>& form_targets = {});
HttpResponse html_response(int status, std::string page, std::string policy);

/// "zh" or "en" as a page or form names it, else the other.
Language language_named(std::string_view name, Language otherwise);

} // namespace huitong::rest
