#include "audit/access_statistics.hpp"

#include "audit/checkpoint.hpp"

namespace huitong::audit {
namespace {

struct Kind {
    AccessCount words;
    bool (*counts)(const AccessRecord&);
};

bool is_refused(const AccessRecord& record) { return record.status == 401 || record.status == 403; }
bool is_sign_in(const AccessRecord& record) { return record.interaction == "sign-in" || record.interaction == "break-glass"; }

const Kind kKinds[] = {
    {{"M21-EMERGENCY",
      "紧急授权次数",
      "broken glass",
      "期间以紧急目的（BTG）签发的令牌",
      "tokens given for an emergency in the period",
      0,
      {}},
     [](const AccessRecord& record) { return record.interaction == "break-glass" && record.status == 200; }},
    {{"M21-EMERGENCY-READS",
      "紧急授权下的访问",
      "requests behind broken glass",
      "期间以紧急目的进行且返回了资源的请求",
      "requests with that purpose that gave resources out",
      0,
      {}},
     [](const AccessRecord& record) { return record.purpose == "BTG" && !is_sign_in(record) && !record.resources.empty(); }},
    {{"M21-REFUSED",
      "被拒绝的请求",
      "refused requests",
      "期间因无令牌或权限不足而被拒绝的请求",
      "requests refused for want of a token or of a right",
      0,
      {}},
     [](const AccessRecord& record) { return is_refused(record) && !is_sign_in(record); }},
    {{"M21-CLOSED",
      "因居民意愿未提供",
      "closed by Consent",
      "期间因居民知情同意设置而未提供的访问",
      "readings that a Consent alone prevented",
      0,
      {}},
     [](const AccessRecord& record) { return record.interaction == "consent-denied"; }},
    {{"M21-FAILED-SIGN-INS", "失败的登录", "failed sign-ins", "期间失败的令牌申请", "requests for a token that failed", 0, {}},
     [](const AccessRecord& record) { return is_sign_in(record) && record.status >= 400; }},
};

} // namespace

Result<std::vector<AccessCount>> count_access(const AccessLog& log, Instant from, Instant to, const std::string& organization) {
    std::vector<AccessCount> out;
    for (const auto& kind : kKinds) out.push_back(kind.words);
    const auto walked = log.journal().walk(0, [&](const JournalRecord& record) {
        auto access = read_record(record.payload);
        if (!access || access->at < from || !(access->at < to)) return true;
        if (!organization.empty() && access->organization != organization) return true;
        for (std::size_t index = 0; index < out.size(); ++index) {
            if (!kKinds[index].counts(*access)) continue;
            ++out[index].count;
            if (out[index].rows.size() < kCountedRowsMax) out[index].rows.emplace_back(place_text(record.position), *access);
        }
        return true;
    });
    if (!walked) return walked.error();
    return out;
}

} // namespace huitong::audit
