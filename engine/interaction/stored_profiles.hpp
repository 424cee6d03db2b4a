/// StructureDefinitions of the store, made known to validation: a profile counts from the commit that brought it, in `meta.profile` and
/// where it is asked for. What the program brought itself is not replaced by whoever may store a resource. Thread: any.
#pragma once

#include "fhir/definitions.hpp"
#include "interaction/follower.hpp"

#include <map>
#include <mutex>

namespace huitong::interaction {

class StoredProfiles {
public:
    /// What the program brought, anew: stored structures are added to it.
    using Maker = std::function<std::shared_ptr<fhir::Definitions>()>;
    StoredProfiles(store::Store& store, Maker maker);

    /// With all that is stored now; nullptr: nothing is, or the store cannot be read. A structure that cannot be used (no url, an unknown
    /// base) is passed over.
    std::shared_ptr<const fhir::Definitions> definitions();

private:
    void apply(const store::Version& version);
    void make();

    Maker maker_;
    std::mutex mutex_;
    std::map<std::string, std::string> bodies_; ///< by id
    bool changed_ = false;
    std::shared_ptr<const fhir::Definitions> made_;
    Follower follower_;
};

} // namespace huitong::interaction
