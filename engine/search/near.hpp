/// A circle on the earth, for `near`. Source: FHIR R4, Location, "near".
#pragma once

#include <optional>
#include <string_view>

namespace huitong::search {

struct GeoCircle {
    double latitude = 0, longitude = 0; ///< degrees
    double meters = 0;
    /// "31.2|121.5|10|km": the distance is 50 km when it is not said, and kilometers when its unit is not. nullopt: no such circle.
    static std::optional<GeoCircle> read(std::string_view value);
    bool holds(double latitude, double longitude) const;
    /// Half the height and width, in degrees, of a box around it; the width is 360 where a pole is near.
    double half_height() const;
    double half_width() const;
};

} // namespace huitong::search
