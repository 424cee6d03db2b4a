/// What the front check asks of segments and fields, as tables. Only what a record cannot be trusted without: a wrong patient, a wrong
/// time, an unknown result status. All else is the maps' matter. Source: HL7 v2.5.1, chapters 2, 3, 4, 7 (optionality R; data type TS; HL7
/// tables).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace huitong::adapters::hl7v2 {

struct RequiredSegment {
    std::string_view type, event, segment; ///< event "": every event of the type
};
std::span<const RequiredSegment> required_segments();

enum class FieldCheck : std::uint8_t { required, date, table };

struct FieldRule {
    std::string_view segment;
    unsigned position = 0;
    FieldCheck check = FieldCheck::required;
    std::string_view table; ///< of FieldCheck::table
    std::string_view type;  ///< only for messages of this type; "": all
    unsigned component = 1;
};
std::span<const FieldRule> field_rules();

/// True also for tables we do not hold.
bool table_holds(std::string_view table, std::string_view value);

} // namespace huitong::adapters::hl7v2
