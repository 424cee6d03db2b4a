#include "terminology/operations/answer_memo.hpp"

namespace huitong::terminology {
namespace {

constexpr std::size_t kEntryBytes = 160; ///< what the map itself takes for one

} // namespace

std::shared_ptr<const std::string> AnswerMemo::find(std::string_view question, std::uint64_t generation) const {
    const std::shared_lock lock(mutex_);
    if (generation != generation_) return nullptr;
    const auto found = answers_.find(question);
    return found == answers_.end() ? nullptr : found->second;
}

void AnswerMemo::keep(std::string question, std::uint64_t generation, std::string answer) {
    const auto size = question.size() + answer.size();
    if (size > kOneMax) return;
    auto kept = std::make_shared<const std::string>(std::move(answer));
    const std::unique_lock lock(mutex_);
    if (generation < generation_) return; // content has changed while it was worked out
    if (generation > generation_ || bytes_ + size + kEntryBytes > kBytesMax) {
        answers_.clear();
        bytes_ = 0;
    }
    generation_ = generation;
    if (answers_.emplace(std::move(question), std::move(kept)).second) bytes_ += size + kEntryBytes;
}

} // namespace huitong::terminology
