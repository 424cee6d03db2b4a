/// Whether images can be fetched at this moment: a study that a service no longer gives out stands in for nothing (R04). The room itself
/// calls nobody; whoever may is handed in from above. Thread: any.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace huitong::recognition {

class ImageServices {
public:
    /// Whether the DICOMweb service at `address` gives out the study (a UID); nullopt: nobody could tell before `until`, or the address is
    /// none that may be called.
    virtual std::optional<bool> has_study(const std::string& address, const std::string& study,
                                          std::chrono::steady_clock::time_point until) = 0;

protected:
    ~ImageServices() = default;
};

} // namespace huitong::recognition
