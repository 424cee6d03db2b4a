/// What a doctor reads on a card of CDS Hooks: one line and a table. Internal to the folder. Thread: any.
#pragma once

#include "rest/cds/card_content.hpp"

namespace huitong::rest {

constexpr std::size_t kCardSummaryCharactersMax = 140;

/// "血细胞分析：可互认 全国HR · 黄山甲医院 · 2026-11-20 08:45 采集 · 距今 24h35m · 窗口 72h"
std::string card_summary(const CardContent& content, Language language);
/// Markdown: values with their own ranges and flags, reasons, what was not checked.
std::string card_detail(const CardContent& content, Language language);

} // namespace huitong::rest
