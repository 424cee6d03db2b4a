/// Selective re-normalisation: which resources a map or one of its rules wrote, and which of them come out otherwise today.
///
/// The messages of the inbox whose feed's maps have the rule are run again with the maps of today and compared with the fingerprint of what
/// they became; those that differ are run with the maps of then too. Nothing is stored. A message whose outcome differs can be replayed:
/// what it writes becomes new versions, the history stays, and later messages of the same resources are replayed behind it, so that they
/// keep their word. What somebody wrote since by another way than a feed is left as it is. Thread: any worker. Source: design "Lineage".
#pragma once

#include "feeds/trace.hpp"

namespace huitong::feeds {

/// A map by its url, and in it a rule by "Group.rule" or the rule's name alone ("" = every rule).
struct RuleName {
    std::string map, rule;
};

/// A message that the rule wrote something of, then or today.
struct Touched {
    MessageId message;
    std::vector<std::string> resources; ///< "Observation/…" that hold a value of the rule, then or today, sorted
    bool differs = false;               ///< today's maps make something else of the message
    bool is_unknown = false;            ///< the maps of then are not there any more: whether it differs cannot be told
};

/// What is to be applied again after a rule changed.
struct Replay {
    std::vector<MessageId> messages; ///< in the order of arrival
    struct Skipped {
        MessageId message;
        std::string resource; ///< its current version is not of a feed; the message would write over it
    };
    std::vector<Skipped> skipped;
};

class Renormaliser {
public:
    Renormaliser(const Pipeline& pipeline, const DurableInbox& inbox, store::Store& store, Tracer::ContentOf content_of)
        : pipeline_(pipeline), inbox_(inbox), store_(store), content_of_(std::move(content_of)) {}
    /// In the order of arrival. Messages past retention and dead letters are not looked at.
    std::vector<Touched> touched(const RuleName& rule) const;
    /// Those that differ, and every later one that wrote a resource of one before it.
    Replay replay(const RuleName& rule) const;

private:
    /// Calls `take` for each applied message, in the order of arrival, with its status.
    void for_each_applied(const std::function<void(const MessageId&, fhir::Element status)>& take) const;
    /// The first of these that was written last by somebody else than a feed; "" when there is none.
    std::string written_otherwise(fhir::Element status) const;
    class Question;

    const Pipeline& pipeline_;
    const DurableInbox& inbox_;
    store::Store& store_;
    Tracer::ContentOf content_of_;
};

} // namespace huitong::feeds
