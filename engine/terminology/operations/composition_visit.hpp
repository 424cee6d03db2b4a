/// Marks a value set as being worked out, as long as it lives.
#pragma once

#include "terminology/operations/composition.hpp"

namespace huitong::terminology {

class Composition::Visit {
public:
    /// A set that is already open is a circle: the operation stops.
    Visit(Composition& composition, const SetPointer& set);
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    explicit operator bool() const { return entered_; }

private:
    Composition& composition_;
    bool entered_ = false;
};

} // namespace huitong::terminology
