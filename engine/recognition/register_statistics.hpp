/// Indicators that follow from the registers alone (domain page §6: M12, M13, M15, M19), at one day. Each number has its definition and the
/// rows that it counts. Pure. Thread: any.
#pragma once

#include "recognition/recognition.hpp"
#include "recognition/statistics.hpp"

#include <set>

namespace huitong::recognition {

struct RegisterRow {
    std::string id, name, why; ///< institution or certificate or item; `why`: the certificate, the date …
};
struct RegisterCount {
    Measure measure;
    std::string value; ///< "3", "1.5"
    std::vector<RegisterRow> rows;
};

/// `date`: "2026-11-30"; `connected`: institutions that feed the hub or ask it.
std::vector<RegisterCount> count_register(const Register& facts, const std::string& date, const std::set<std::string>& connected);

/// The day so many days later.
std::string days_after(const std::string& date, int days);

} // namespace huitong::recognition
