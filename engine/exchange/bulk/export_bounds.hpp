/// Which data may be exported where: classes of types with the places that they may be kept in (for data that a law or a contract binds to
/// a city or a country). Thread: any; pure.
#pragma once

#include "access/caller.hpp"
#include "base/outcome.hpp"

namespace huitong::exchange {

struct DataClass {
    std::string name;
    std::vector<std::string> types;     ///< "*" = every type
    std::vector<std::string> may_go_to; ///< area codes: a place lies in an area when its code begins with that of the area; "*" = anywhere
    bool deidentified_only = false;
};

/// Issues (both forbidden, naming type and class): export-destination (the caller's destination lies in none of the class's areas, or is
/// not known), export-identified. A type that stands in no class may go anywhere; one that stands in several must fit all of them. The
/// owner of the directory decides for himself.
Outcome check_bounds(const std::vector<DataClass>& classes, const std::vector<std::string>& types, const access::Caller& caller,
                     bool deidentified);

} // namespace huitong::exchange
