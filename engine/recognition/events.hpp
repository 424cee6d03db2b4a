/// What happened to a person between a specimen and an order, as the record says (R17): procedures that the table of events knows, and
/// medicines. Internal to the room. Thread: one call. Source: domain page §2.3, R17; fhir-profiles/shared-record.md.
#pragma once

#include "fhir/tree.hpp"
#include "recognition/recognition.hpp"
#include "store/store.hpp"

namespace huitong::recognition {

/// "surgery", "transfusion" …; "" when no row of the table knows the code.
std::string event_kind(const Register& facts, std::string_view system, std::string_view code);
/// Whether packs may ask for events of a kind at all ("drug" for "drug:J01").
bool asks_for_events(const RulePack& pack, std::string_view kind);
/// The events of one resource: a Procedure, or a medicine given, handed out, taken or ordered; of what was not done, none.
std::vector<Event> events_of(fhir::Element resource, const Register& facts, int offset_minutes);
/// What was found of a person, and whether that is all that the view shows.
struct FoundEvents {
    std::vector<Event> events;
    bool is_whole = true; ///< false: a type could not be read, holds more than is read of it, or a procedure that no code tells of
};
/// Those of these records from `since` on that the view shows and the pack counts.
FoundEvents read_events(store::ReadView& view, const std::vector<std::string>& records, const Register& facts, const RulePack& pack,
                        Instant since, int offset_minutes);

} // namespace huitong::recognition
