#include "feeds/quarantine.hpp"

#include <algorithm>

namespace huitong::feeds {
namespace {

constexpr std::string_view kUnknownOrganization = "feed-unknown-organization";
constexpr std::size_t kFactsAtOnce = 10'000;
constexpr const char* kBehindAll = "~"; ///< above every message id

} // namespace

void Quarantine::note(const MessageId& id, const Outcome& reasons) {
    std::vector<std::string> codes;
    for (const auto& issue : reasons.issues()) {
        if (issue.severity < Severity::error) continue;
        if (issue.rule != kUnknownOrganization || issue.arguments.empty()) return;
        codes.push_back(issue.arguments.front());
    }
    if (codes.empty()) return;
    const std::lock_guard lock(mutex_);
    waiting_[id] = std::move(codes);
}

void Quarantine::recover(store::Store& store) {
    std::string from;
    for (;;) {
        const auto facts = store.facts(std::string(kDeadLetterFacts), from, kBehindAll, kFactsAtOnce);
        for (const auto& [id, status] : facts) {
            if (status.find(kUnknownOrganization) != status.npos) note(id, read_status(id, status).issues);
        }
        if (facts.size() < kFactsAtOnce) return;
        from = facts.back().first + '\x01';
    }
}

std::size_t Quarantine::step() {
    std::map<MessageId, std::vector<std::string>> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) return 0;
        waiting = waiting_;
    }
    std::map<std::string, bool, std::less<>> known;
    std::vector<MessageId> released;
    for (const auto& [id, codes] : waiting) {
        const bool all_known = std::all_of(codes.begin(), codes.end(), [&](const std::string& code) {
            const auto [found, is_new] = known.try_emplace(code, false);
            if (is_new) found->second = is_known_(code);
            return found->second;
        });
        if (all_known) released.push_back(id);
    }
    {
        const std::lock_guard lock(mutex_);
        for (const auto& id : released) waiting_.erase(id);
    }
    for (const auto& id : released) release_(id);
    return released.size();
}

std::size_t Quarantine::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
}

} // namespace huitong::feeds
