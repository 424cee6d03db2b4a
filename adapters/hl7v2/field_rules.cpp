#include "adapters/hl7v2/field_rules.hpp"

namespace huitong::adapters::hl7v2 {
namespace {

constexpr RequiredSegment kRequiredSegments[] = {
    {"ADT", "", "PID"},    {"ADT", "A40", "MRG"}, {"ADT", "A18", "MRG"}, {"ADT", "A34", "MRG"}, {"ADT", "A30", "MRG"},
    {"ADT", "A36", "MRG"}, {"ADT", "A39", "MRG"}, {"ORU", "R01", "PID"}, {"ORU", "R01", "OBR"}, {"ORM", "O01", "PID"},
    {"ORM", "O01", "ORC"}, {"OML", "", "PID"},    {"OML", "", "ORC"},    {"OMG", "", "PID"},    {"OMG", "", "ORC"},
    {"OMP", "", "PID"},    {"OMP", "", "ORC"},    {"RDE", "", "PID"},    {"RDE", "", "ORC"},    {"RDS", "", "PID"},
    {"RDS", "", "ORC"},    {"RAS", "", "PID"},    {"RAS", "", "ORC"},    {"RAS", "", "RXA"},    {"VXU", "", "PID"},
    {"MDM", "", "PID"},    {"MDM", "", "TXA"},    {"SIU", "", "PID"},    {"SIU", "", "SCH"},    {"DFT", "", "PID"},
    {"DFT", "", "FT1"},
};

constexpr FieldRule kFieldRules[] = {
    {"PID", 3, FieldCheck::required, "", "", 1},     {"MRG", 1, FieldCheck::required, "", "", 1},
    {"OBR", 4, FieldCheck::required, "", "", 1},     {"OBX", 3, FieldCheck::required, "", "", 1},
    {"OBX", 11, FieldCheck::required, "", "ORU", 1}, // a result without a status may be preliminary
    {"ORC", 1, FieldCheck::required, "", "ORM", 1},  {"MSH", 7, FieldCheck::date, "", "", 1},
    {"EVN", 2, FieldCheck::date, "", "", 1},         {"PID", 7, FieldCheck::date, "", "", 1},
    {"PID", 29, FieldCheck::date, "", "", 1},        {"PV1", 44, FieldCheck::date, "", "", 1},
    {"PV1", 45, FieldCheck::date, "", "", 1},        {"ORC", 9, FieldCheck::date, "", "", 1},
    {"OBR", 6, FieldCheck::date, "", "", 1},         {"OBR", 7, FieldCheck::date, "", "", 1},
    {"OBR", 8, FieldCheck::date, "", "", 1},         {"OBR", 14, FieldCheck::date, "", "", 1},
    {"OBR", 22, FieldCheck::date, "", "", 1},        {"OBX", 14, FieldCheck::date, "", "", 1},
    {"OBX", 19, FieldCheck::date, "", "", 1},        {"SPM", 17, FieldCheck::date, "", "", 1},
    {"SPM", 18, FieldCheck::date, "", "", 1},        {"PID", 8, FieldCheck::table, "0001", "", 1},
    {"OBX", 11, FieldCheck::table, "0085", "", 1},   {"OBR", 25, FieldCheck::table, "0123", "", 1},
};

struct TableCode {
    std::string_view table, code;
};

/// 0001 also holds GB/T 2261.1 (0 1 2 9) and the words themselves, because hospitals send them.
constexpr TableCode kTableCodes[] = {
    {"0001", "A"}, {"0001", "F"}, {"0001", "M"},  {"0001", "N"},  {"0001", "O"},    {"0001", "U"}, {"0001", "0"}, {"0001", "1"},
    {"0001", "2"}, {"0001", "9"}, {"0001", "男"}, {"0001", "女"}, {"0001", "未知"}, {"0085", "B"}, {"0085", "C"}, {"0085", "D"},
    {"0085", "F"}, {"0085", "I"}, {"0085", "N"},  {"0085", "O"},  {"0085", "P"},    {"0085", "R"}, {"0085", "S"}, {"0085", "U"},
    {"0085", "V"}, {"0085", "W"}, {"0085", "X"},  {"0123", "A"},  {"0123", "C"},    {"0123", "F"}, {"0123", "I"}, {"0123", "M"},
    {"0123", "N"}, {"0123", "O"}, {"0123", "P"},  {"0123", "R"},  {"0123", "S"},    {"0123", "X"}, {"0123", "Y"}, {"0123", "Z"},
};

} // namespace

std::span<const RequiredSegment> required_segments() { return kRequiredSegments; }
std::span<const FieldRule> field_rules() { return kFieldRules; }

bool table_holds(std::string_view table, std::string_view value) {
    bool known = false;
    for (const auto& row : kTableCodes) {
        if (row.table != table) continue;
        if (row.code == value) return true;
        known = true;
    }
    return !known;
}

} // namespace huitong::adapters::hl7v2
