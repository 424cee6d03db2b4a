/// The DICOM attributes that a study record needs: tag, keyword, and the level of the hierarchy they describe.
/// Source: DICOM PS3.6 (registry), PS3.3 §A.1 and C.7 (patient, study, series and image modules).
#pragma once

#include <cstdint>
#include <string_view>

namespace huitong::adapters::dicom {

enum class Level : std::uint8_t { study, series, instance };

struct Attribute {
    std::string_view tag;     ///< "0020000D"
    std::string_view keyword; ///< "StudyInstanceUID"
    Level level = Level::instance;
};

/// nullptr: not in the table.
const Attribute* find_attribute(std::string_view tag);

} // namespace huitong::adapters::dicom
