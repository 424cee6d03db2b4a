/// CodeSystem, ValueSet and ConceptMap resources of the store, made known to the terminology engine: bindings, maps and operations then use
/// what was posted. Whoever may write them decides what codes mean here, which is why the types need a scope of their own.
/// Thread: any.
#pragma once

#include "interaction/follower.hpp"
#include "terminology/operations/answer_memo.hpp"
#include "terminology/terminology.hpp"

#include <map>
#include <mutex>

namespace huitong::interaction {

class StoredTerminology {
public:
    StoredTerminology(store::Store& store, terminology::Terminology& terminology);

    /// Takes in what was committed since the last call; at the first call everything. Cheap when nothing was.
    /// Issues: those of the store; a resource that cannot be used (no url) is passed over.
    Outcome catch_up();
    /// What $validate-code answered before.
    terminology::AnswerMemo& answers() { return answers_; }
    /// Has this question (GET of $validate-code at `path` below the base) been answered already, over all that is stored now? Then the
    /// answer takes no longer than a read.
    bool is_remembered(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query,
                       std::string_view accept_language);

private:
    struct Known {
        std::string url, version;
    };
    void apply(const store::Version& version);

    terminology::Terminology& terminology_;
    terminology::AnswerMemo answers_;
    std::mutex mutex_;
    std::map<std::string, Known> known_; ///< by "Type/id"
    Follower follower_;
};

/// What the answer to a question is remembered by: all that it depends on beside the content. "": it may depend on more.
std::string question_of(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query,
                        std::string_view accept_language);

} // namespace huitong::interaction
