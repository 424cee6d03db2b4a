/// What a card says about one match, in the words of one language, before it becomes Markdown (CDS Hooks) or a page (rest/card).
/// Internal to the doors of recognition. Thread: any.
#pragma once

#include "base/catalogue.hpp"
#include "recognition/question.hpp"

namespace huitong::rest {

struct CardRow {
    std::string item, result, range, flag, recognition;
    bool is_critical = false;
};

struct CardContent {
    std::string name;          ///< of what was ordered
    std::string headline;      ///< verdict and mark, or how much of a panel is recognised
    std::string circumstances; ///< where, when, how old, the window
    std::vector<CardRow> rows; ///< of laboratory items
    std::string conclusion;    ///< of imaging: shown, never recognised
    bool may_test_again = false;
    std::vector<std::pair<std::string, std::string>> reasons; ///< items, why they are not recognised; one line for what several share
    std::vector<std::string> not_checked;                     ///< names of rules that lacked data
    bool has_images = false;
};

/// Of a match that shows something.
CardContent content_of(const recognition::Match& match, Language language);
/// Names of the items to order instead.
std::string missing_names(const recognition::Match& match, Language language);
bool has_critical(const recognition::Match& match);
/// "、" or ", ".
std::string_view list_separator(Language language);

} // namespace huitong::rest
