/// Stored resources of some types as something else in the program knows them (terminology, search parameters): what was committed is told
/// once, in the order of the log. Thread: one at a time.
#pragma once

#include "store/store.hpp"

#include <functional>

namespace huitong::interaction {

class Follower {
public:
    /// `apply` gets every version that became current, deletions too.
    Follower(store::Store& store, std::vector<std::string> types, std::function<void(const store::Version&)> apply)
        : store_(store), types_(std::move(types)), apply_(std::move(apply)) {}

    /// Tells what was committed since the last call; at the first call everything. Cheap when nothing was. Issues: those of the store.
    Outcome catch_up();
    /// Everything has been told.
    bool is_current() const { return store_.now() == seen_; }

private:
    Outcome take(store::ReadView& view, const std::string& type);
    Outcome take_all(store::ReadView& view, const std::string& type);
    void tell(const store::Version& version) const {
        if (!version.superseded) apply_(version);
    }

    store::Store& store_;
    std::vector<std::string> types_;
    std::function<void(const store::Version&)> apply_;
    store::LogTime seen_ = 0;
};

} // namespace huitong::interaction
