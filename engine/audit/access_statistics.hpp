/// What the access log says of a period to whoever oversees it: emergencies, refusals, closed records, failed sign-ins (domain page §6,
/// M21). Walks the whole log. Thread: any.
#pragma once

#include "audit/access_log.hpp"

namespace huitong::audit {

struct AccessCount {
    std::string_view code, name_zh, name_en, definition_zh, definition_en;
    std::uint64_t count = 0;
    std::vector<std::pair<std::string, AccessRecord>> rows; ///< place "segment:offset" and record; the first kCountedRowsMax
};
constexpr std::size_t kCountedRowsMax = 1'000;

/// Half-open period; `organization`: this one's alone, "" = all.
Result<std::vector<AccessCount>> count_access(const AccessLog& log, Instant from, Instant to, const std::string& organization);

} // namespace huitong::audit
