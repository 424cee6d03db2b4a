/// Writes FHIR npm packages: a gzip-compressed tar of `package/…`. The same files give the same bytes, on every machine and day.
/// Thread: one an object.
#pragma once

#include "base/outcome.hpp"

#include <string>
#include <string_view>

namespace huitong::fhir {

class PackageWriter {
public:
    /// `name`: path in the package, below 100 bytes ("package/StructureDefinition-a.json"). False: the name is too long.
    bool add(std::string_view name, std::string_view text);
    /// The whole archive, compressed.
    std::string finish();

private:
    std::string tar_;
};

} // namespace huitong::fhir
