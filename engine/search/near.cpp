/// `near`: a box by two ranges of numbers, then the distance of what lies in it. Source: FHIR R4, Location, "near".
#include "search/near.hpp"

#include "fhir/json.hpp"
#include "search/conditions.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace huitong::search {
namespace {

using store::Compare;
using store::VersionKeys;

constexpr double kEarthRadius = 6'371'008.8; ///< meters, the mean one
constexpr double kDefaultMeters = 50'000;
constexpr std::size_t kPlacesMax = 20'000; ///< read to measure their distance

double radians(double degrees) { return degrees * std::numbers::pi / 180; }
double degrees(double radians) { return radians * 180 / std::numbers::pi; }

std::optional<double> read_meters(const std::string& number, const std::string& unit) {
    const auto value = Decimal::read(number);
    const auto canonical = ucum::canonical(unit);
    if (!value || *value < Decimal(0) || !canonical || canonical->units != "m") return std::nullopt;
    const auto meters = canonical_value(*value, *canonical);
    return meters ? std::optional(meters->to_double()) : std::nullopt;
}

} // namespace

std::optional<GeoCircle> GeoCircle::read(std::string_view value) {
    const auto parts = split_unescaped(value, '|');
    if (parts.size() < 2 || parts.size() > 4) return std::nullopt;
    const auto latitude = Decimal::read(parts[0]);
    const auto longitude = Decimal::read(parts[1]);
    if (!latitude || !longitude) return std::nullopt;
    GeoCircle out{latitude->to_double(), longitude->to_double(), kDefaultMeters};
    if (parts.size() > 2 && !parts[2].empty()) {
        const auto meters = read_meters(parts[2], parts.size() > 3 && !parts[3].empty() ? unescape(parts[3]) : "km");
        if (!meters) return std::nullopt;
        out.meters = *meters;
    }
    if (std::abs(out.latitude) > 90 || std::abs(out.longitude) > 180) return std::nullopt;
    return out;
}

/// By the haversine formula, which is exact enough for small distances too.
bool GeoCircle::holds(double other_latitude, double other_longitude) const {
    const auto up = std::sin(radians(other_latitude - latitude) / 2);
    const auto along = std::sin(radians(other_longitude - longitude) / 2);
    const auto square = up * up + std::cos(radians(latitude)) * std::cos(radians(other_latitude)) * along * along;
    return 2 * kEarthRadius * std::asin(std::min(1.0, std::sqrt(square))) <= meters;
}

double GeoCircle::half_height() const { return degrees(meters / kEarthRadius); }

double GeoCircle::half_width() const {
    const auto reach = meters / kEarthRadius;
    const auto ratio = std::sin(std::min(reach, std::numbers::pi / 2)) / std::max(std::cos(radians(latitude)), 1e-12);
    return std::abs(latitude) + half_height() >= 90 || ratio >= 1 ? 360 : degrees(std::asin(ratio));
}

Conditions::Found Conditions::find_in_box(const Place& place, const GeoCircle& circle) {
    // A hair more than the box: the distance decides.
    constexpr double kSlack = 1e-9;
    auto between = [&](const std::string& rows, double low, double high) {
        auto found = view_.quantities(place.type, rows, {Compare::ge, low - kSlack, low - kSlack, low - kSlack}, {});
        return intersect(found, view_.quantities(place.type, rows, {Compare::le, high + kSlack, high + kSlack, high + kSlack}, {}));
    };
    const auto height = circle.half_height(), width = circle.half_width();
    const auto found = between(latitude_rows(place.param), circle.latitude - height, circle.latitude + height);
    if (width >= 180) return found;
    const auto rows = longitude_rows(place.param);
    const auto west = circle.longitude - width, east = circle.longitude + width;
    auto along = between(rows, west, east);
    if (west < -180) along = unite(std::move(along), between(rows, west + 360, 180));
    if (east > 180) along = unite(std::move(along), between(rows, -180, east - 360));
    return intersect(found, along);
}

Conditions::Found Conditions::find_near(const Place& place, const std::string& value) {
    const auto circle = GeoCircle::read(value);
    if (!circle) return bad_search_value(place.param);
    auto candidates = find_in_box(place, *circle);
    if (!candidates) return candidates;
    if (candidates->size() > kPlacesMax) return Outcome(error(IssueCode::too_costly, place.param, "search-too-costly"));
    auto versions = view_.versions(*candidates);
    if (!versions) return versions.error();
    VersionKeys out;
    for (auto& version : *versions) {
        const auto document = fhir::read_json(std::move(version.body)).value;
        const auto latitude = Decimal::read(document->root().text("position.latitude"));
        const auto longitude = Decimal::read(document->root().text("position.longitude"));
        if (latitude && longitude && circle->holds(latitude->to_double(), longitude->to_double())) out.push_back(version.version_key);
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace huitong::search
