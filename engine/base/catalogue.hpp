/// The words of every issue, in Chinese and English, from one catalogue: the tables `catalogue/<room>.tsv`
/// (columns: rule, English, Chinese, English hint, Chinese hint; `{0}` stands for the first argument).
/// Thread: any; the catalogue is constant.
#pragma once

#include "base/outcome.hpp"

namespace huitong {

enum class Language : std::uint8_t { en, zh };

struct CatalogueRow {
    std::string_view rule, en, zh, hint_en, hint_zh;
};

/// nullptr when the rule has no row (a test keeps that from happening).
const CatalogueRow* find_catalogue_row(std::string_view rule);
std::vector<CatalogueRow> catalogue_rows();

/// What is wrong, one sentence with its arguments filled in. Without a row: the rule id and the arguments.
std::string text_of(const Issue& issue, Language language);
/// What would help; empty when the rule has no hint.
std::string hint_of(const Issue& issue, Language language);
/// `zh` when LC_ALL, LC_MESSAGES or LANG begins with "zh", else `en`.
Language language_of_environment();

} // namespace huitong
