/// SearchParameter resources of the store, made search parameters of this hub: active ones are used from their commit on by every write,
/// and what is stored is indexed beside the work, a slice at a time; then they can be asked for. How far a parameter has come is a fact of
/// the store, so that a restart goes on where it was. Whoever may write the type decides how everybody may search, which is why it needs a
/// scope of its own. Thread: any.
#pragma once

#include "interaction/follower.hpp"
#include "search/search.hpp"

#include <map>
#include <mutex>

namespace huitong::interaction {

class StoredParameters {
public:
    /// Both outlive it.
    StoredParameters(store::Store& store, search::Registry& registry);

    /// Takes in what was committed since the last call. Cheap when nothing was. Issues: those of the store; a warning for each parameter
    /// that cannot be used.
    Outcome catch_up();
    /// Indexes a slice of what is stored; true: there is more to do. Issues: those of the store.
    Result<bool> step();

private:
    void apply(const store::Version& version);
    Outcome adopt();
    Outcome read_progress();
    Result<bool> index_slice(const search::Registry::Added& parameter);

    store::Store& store_;
    search::Registry& registry_;
    std::mutex mutex_;
    std::map<std::string, fhir::DocumentPtr> known_; ///< active ones by id
    std::map<std::string, std::string> progress_;    ///< "Type code~hash" → "complete", or the last version that is done
    /// What the parameter under work is to be found in: the versions that were there when it was begun. Later ones bring their rows.
    struct Work {
        std::string key;
        store::VersionKeys versions;
    };
    Work work_;
    bool is_changed_ = true; ///< at the start the facts are to be read
    Follower follower_;
};

} // namespace huitong::interaction
