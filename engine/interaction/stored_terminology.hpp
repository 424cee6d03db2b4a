/// CodeSystem, ValueSet and ConceptMap resources of the store, made known to the terminology engine: bindings, maps and operations then use
/// what was posted. Whoever may write them decides what codes mean here, which is why the types need a scope of their own.
/// Thread: any.
#pragma once

#include "interaction/follower.hpp"
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
    /// A call of catch_up would return at once.
    bool is_current();

private:
    struct Known {
        std::string url, version;
    };
    void apply(const store::Version& version);

    terminology::Terminology& terminology_;
    std::mutex mutex_;
    std::map<std::string, Known> known_; ///< by "Type/id"
    Follower follower_;
};

} // namespace huitong::interaction
