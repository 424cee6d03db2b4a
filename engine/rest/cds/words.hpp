/// Words of cards from the catalogue of texts. Internal to the folder.
#pragma once

#include "base/catalogue.hpp"

namespace huitong::rest {

inline std::string word(std::string rule, Language language, std::vector<std::string> arguments = {}) {
    Issue issue;
    issue.rule = std::move(rule);
    issue.arguments = std::move(arguments);
    return text_of(issue, language);
}
inline const std::string& in(Language language, const std::string& zh, const std::string& en) {
    return language == Language::zh || en.empty() ? zh : en;
}

} // namespace huitong::rest
