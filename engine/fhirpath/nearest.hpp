/// The name that was probably meant, for what has none of that name.
#pragma once

#include "fhir/definitions.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace huitong::fhirpath {

/// Keeps the candidate that takes the fewest changed letters, at most half of them.
class Nearest {
public:
    explicit Nearest(std::string_view wanted, std::size_t letters_max = 3)
        : wanted_(wanted), distance_(std::min(letters_max, std::max<std::size_t>(1, wanted.size() / 2)) + 1) {}
    void consider(std::string_view candidate);
    /// "" when none is near.
    const std::string& name() const { return best_; }

private:
    std::string_view wanted_;
    std::string best_;
    std::size_t distance_; ///< of the best; a nearer one is taken
};

std::string nearest_function(std::string_view name);
/// Among the resources and data types.
std::string nearest_type(const fhir::Definitions& definitions, std::string_view name);
/// Among the elements below a type; a function that was written without its brackets, a choice that was written with its type.
std::string nearest_element(const fhir::Definitions& definitions, const fhir::TypedName& type, std::string_view name);

} // namespace huitong::fhirpath
