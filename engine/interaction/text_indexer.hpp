/// Fills the store's text index beside the work: a block of versions at a time, once all of them are there. Where it stands is the store's
/// to know, so a restart goes on where it was, and an older store is taken in from its beginning. Searches read what it does not hold yet.
/// Thread: one at a time.
#pragma once

#include "store/store.hpp"

namespace huitong::interaction {

class TextIndexer {
public:
    /// The store outlives it.
    explicit TextIndexer(store::Store& store) : store_(store) {}
    /// Takes in one block; true: there may be another. Issues: those of the store.
    Result<bool> step();

private:
    store::Store& store_;
};

} // namespace huitong::interaction
