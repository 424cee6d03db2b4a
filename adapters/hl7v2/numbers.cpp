#include "adapters/hl7v2/numbers.hpp"

#include <algorithm>
#include <string>

namespace huitong::adapters::hl7v2 {
namespace {

struct NumberField {
    std::string_view segment;
    unsigned position;
};

constexpr NumberField kNumberFields[] = {
    {"PID", 2},  {"PID", 3},  {"PID", 4}, {"PID", 18}, {"MRG", 1}, {"MRG", 2},  {"MRG", 3}, {"MRG", 4},  {"PV1", 19},
    {"PV1", 50}, {"PV1", 54}, {"ORC", 2}, {"ORC", 3},  {"ORC", 4}, {"OBR", 2},  {"OBR", 3}, {"TXA", 12}, {"TXA", 13},
    {"SCH", 1},  {"SCH", 2},  {"FT1", 2}, {"RXE", 15}, {"RXD", 7}, {"DG1", 20}, {"IAM", 7},
};

constexpr std::string_view kNobodysWords[] = {"\"\"", "null", "none", "n/a", "无", "不详", "未知"};

} // namespace

bool holds_number(std::string_view segment, unsigned position) {
    return std::any_of(std::begin(kNumberFields), std::end(kNumberFields),
                       [&](const NumberField& field) { return field.position == position && field.segment == segment; });
}

bool is_nobodys(std::string_view number) {
    if (number.empty()) return false;
    if (number.find_first_not_of("-./ ") == number.npos || number.find_first_not_of('0') == number.npos) return true;
    std::string lower(number);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return std::find(std::begin(kNobodysWords), std::end(kNobodysWords), lower) != std::end(kNobodysWords);
}

} // namespace huitong::adapters::hl7v2
