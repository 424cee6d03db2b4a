/// Answers that were worked out before. Clients ask a terminology server for the same codes again and again, and what it answers to a
/// question depends on the question and on the content of the library alone: an answer holds until content comes or goes
/// (Library::generation). Thread: any.
#pragma once

#include "terminology/library.hpp"

#include <cstdint>

namespace huitong::terminology {

class AnswerMemo {
public:
    /// The answer to `question` over content of that generation; nullptr: it has to be worked out.
    std::shared_ptr<const std::string> find(std::string_view question, std::uint64_t generation) const;
    /// `generation` is the one from before the answer was worked out. Long questions and answers are not kept.
    void keep(std::string question, std::uint64_t generation, std::string answer);

    static constexpr std::size_t kBytesMax = 8 * 1024 * 1024; ///< of all; when they are reached everything is forgotten
    static constexpr std::size_t kOneMax = 16 * 1024;         ///< of one question with its answer

private:
    mutable std::shared_mutex mutex_;
    TextMap<std::shared_ptr<const std::string>> answers_; ///< by question
    std::uint64_t generation_ = 0;                        ///< of all of them
    std::size_t bytes_ = 0;
};

} // namespace huitong::terminology
