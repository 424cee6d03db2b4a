/// The JSON of ledger entries and of the states beside them: written once, read back for details, feedback and notices. Internal to the
/// room. Thread: any. The members are described in docs/formats/recognition-ledger.md.
#pragma once

#include "recognition/question.hpp"

#include <set>

namespace huitong::recognition {

// Fact tables beside the ledger; all can be made again from it.
inline constexpr auto kMatchTable = "recognition-match";     ///< match → state
inline constexpr auto kOpenTable = "recognition-open";       ///< time + ' ' + match: offers that nobody answered
inline constexpr auto kAdoptedTable = "recognition-adopted"; ///< "Observation/…" + ' ' + match → Adopted
inline constexpr auto kNoticeTable = "recognition-notice";   ///< receiver + ' ' + sequence → notice
inline constexpr auto kWatermarkTable = "recognition-watermark";

/// One answered order. `caller`: client id; `patient`: the source patient found, "" when none.
std::string write_decided(const Question& question, const Advice& advice, const Match& match, const std::string& client,
                          const std::string& purpose, const std::string& patient, const store::CallerFilter& filter, int offset_minutes);
/// The question, the match and its members' shown candidates (names and decisions, no values).
Held read_decided(const std::string& json);

/// What a `decided` entry says to those who look for withheld candidates.
struct DecidedScope {
    Question question;
    std::string patient, purpose, receiver, pack;
    store::LogTime t = 0;
    Instant at;
    store::CallerFilter filter;
};
/// nullopt: the entry is no decision about a known patient. Its candidates, nearly all of a long text, are not read.
std::optional<DecidedScope> read_scope(const std::string& json);
/// Resources of all candidates of a `decided` entry.
std::set<std::string> read_seen(const std::string& json);

struct MatchState {
    std::uint64_t decided = 0; ///< sequence
    std::string state, receiver, reason, text, practitioner;
    Instant at;
};
std::string write_state(const MatchState& state);
MatchState read_state(const std::string& json);
/// "adopted" … as a ledger entry.
std::string write_event(const std::string& match, const MatchState& state, int offset_minutes);
std::string write_withheld(const DecidedScope& scope, std::uint64_t decided, const std::vector<Judged>& judged, int offset_minutes);
std::string write_late(const Question& question, const std::string& client, Instant at, int offset_minutes);

/// A result that an adoption rests on.
struct Adopted {
    std::string match, receiver, order, item, version; ///< version: of the resource
    std::string asked_for, is_of; ///< the Patient it was adopted for, and the one whose record it stands in; "" = not known
    std::uint64_t sequence = 0;   ///< of the adoption
    bool parted = false;          ///< the adopter was told that it is another person's
};
std::string write_adopted(const Adopted& adopted);
Adopted read_adopted(const std::string& json);

std::string write_notice(const Notice& notice);
Notice read_notice(const std::string& json);

/// Milliseconds as 16 digits; what the ledger's texts keep of an instant.
std::string time_key(Instant instant);
std::string open_key(Instant offered, const std::string& match);
store::FactWrite fact(std::string table, std::string key, std::string value);
store::FactWrite no_fact(std::string table, std::string key);

} // namespace huitong::recognition
