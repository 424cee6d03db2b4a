/// Matches, decisions and notices as JSON. Thread: any. The members are described in docs/guides/recognition.md.
#pragma once

#include "base/json_writer.hpp"
#include "recognition/service.hpp"

namespace huitong::rest {

/// How much of a decision is written: what a doctor needs, or every rule.
enum class Depth : std::uint8_t { reasons, all_rules };

/// {"instance", "at", "receiver", "pack", …, "matches": […], "unmapped": […]} of what is shown.
std::string write_advice(const recognition::Question& question, const recognition::Advice& advice, const recognition::Register& facts,
                         int offset_minutes);
/// The same with every candidate and every rule. `everything`: withheld candidates too (local administrator).
std::string write_explanation(const recognition::Question& question, const recognition::Advice& advice, const recognition::Register& facts,
                              int offset_minutes, bool everything);
/// One match with its state.
std::string write_held(const recognition::Held& held, const recognition::Register& facts, int offset_minutes);
/// What was decided then and what would be decided now.
std::string write_status(const recognition::Held& held, const recognition::Advice& now, const recognition::Register& facts,
                         int offset_minutes);
std::string write_reasons(const recognition::RulePack& pack);
std::string write_notices(const std::vector<recognition::Service::Told>& told, std::uint64_t since, int offset_minutes);

} // namespace huitong::rest
