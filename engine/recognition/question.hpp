/// What a hospital asks at the moment of ordering and what it is told: plain values between doors, service and ledger.
/// Thread: values.
#pragma once

#include "identity/record.hpp"
#include "recognition/recognition.hpp"
#include "store/store.hpp"
#include "terminology/terminology.hpp"

namespace huitong::recognition {

// Systems of the shared record (fhir-profiles/shared-record.md).
inline constexpr std::string_view kInstitutionSystem = "urn:oid:2.16.156.10011.1.5";
inline constexpr std::string_view kCitizenSystem = "urn:oid:2.16.156.10011.1.3";
inline constexpr std::string_view kItemSystem = "urn:huitong:catalogue:item";
inline constexpr std::string_view kSpecimenSystem = "http://terminology.hl7.org/CodeSystem/v2-0487";
inline constexpr std::string_view kExtensionBase = "https://huitong.example/fhir/StructureDefinition/";
/// Numbers of askers are compared with stored ones, which were checked when they came.
inline constexpr identity::IdNumberRules kAskedNumbers{true};
/// Orders in one question.
inline constexpr std::size_t kOrdersMax = 50;
/// "urn:huitong:organization:341004H0009:order-item"
std::string local_system(std::string_view institution, std::string_view kind);

/// How the asker names the patient; the first identifier that a record of the hub carries counts, then `id`. A number that is not the
/// receiver's own leads to a record only when what else the asker says (`record`) agrees with it: a newborn may carry its mother's number.
struct PatientName {
    std::string known;                                            ///< a Patient of this hub that the hub itself looked up before
    std::string id;                                               ///< the receiver's own patient number, or the id of a Patient of this hub
    std::vector<std::pair<std::string, std::string>> identifiers; ///< system, value
    std::optional<identity::Record> record;                       ///< name, number and birth date; absent: only numbers are known
};

/// One thing that is about to be ordered.
struct Order {
    std::string id;                                        ///< the asker's: "ServiceRequest/draft-1"
    std::vector<terminology::Coding> codes;                ///< local, catalogue or LOINC; system "" = the receiver's own order items
    std::string specimen, body_site, laterality, contrast; ///< "" = not stated; contrast "yes" | "no"
    std::string method, device;                            ///< the receiver's own, for comparability
    std::optional<Instant> authored_on;                    ///< absent: the time of the question
};

struct Question {
    PatientName patient;
    std::vector<Order> orders;
    std::string receiver, department, practitioner, visit_class; ///< receiver: always from the caller, never from the message
    std::string instance;                                        ///< of the hook, or the asker's own number
    std::string channel;                                         ///< "order-select", "order-sign", "api", "command"
};

/// A candidate with what was decided about it.
struct Judged {
    Candidate candidate;
    Decision decision;
};

/// One ordered item, or one mandatory member of an ordered panel.
struct Member {
    std::string item, name_zh, name_en, kind;
    std::vector<Judged> judged;      ///< newest first
    std::optional<std::size_t> best; ///< what is shown; absent: nothing may be shown
    std::optional<Decimal> price;    ///< of the item alone
    const Judged* shown() const { return best ? &judged[*best] : nullptr; }
};

/// The answer to one order. Only a match that shows something has an id.
struct Match {
    std::string id;
    Order order;
    std::string item, name_zh, name_en; ///< catalogue item or panel; "" = no map of the receiver leads to one
    bool is_panel = false;
    Verdict verdict = Verdict::withheld;
    std::string mark; ///< with RECOGNISE only
    std::vector<Member> members;
    std::vector<std::string> recognised, missing; ///< panels: items
    RuleAnswer panel;                             ///< R25
    std::optional<Decimal> price, saving;         ///< CNY; saving: what is not ordered when the match is adopted
    bool is_shown() const { return !id.empty(); }
};

struct Advice {
    Instant at;
    std::string receiver, pack, pack_version, register_version;
    store::LogTime t = 0;      ///< what the hub knew
    bool late = false;         ///< the budget was spent: nothing is shown and the order goes on
    std::uint32_t took_us = 0; ///< from the question to the decision; 0 = not measured
    std::vector<Match> matches;
};

/// What the doctor did.
struct Feedback {
    std::string match;
    std::string outcome; ///< adopted | declined | cited | withdrawn
    std::string reason, text;
    std::string practitioner;
    Feedback() = default;
};

/// A match as the ledger holds it: what was decided, with the candidates as they were then, and its state now.
struct Held {
    Question question; ///< one order
    Match match;
    Advice advice;                   ///< without matches
    std::string state, reason, text; ///< offered, viewed, adopted, declined, ignored, cited, withdrawn
    Instant state_at;
    std::uint64_t sequence = 0; ///< of the decision in the ledger
};

/// Tells the adopter that what was adopted is no longer what it was.
struct Notice {
    std::uint64_t sequence = 0; ///< token "seq-N"
    std::string match, receiver, order, item;
    std::string resource;                               ///< "Observation/…"
    std::uint32_t adopted_version = 0, new_version = 0; ///< versions of the resource
    std::string change;                                 ///< "value", "status", "void"
    std::string status;                                 ///< of the new version
    Instant at;
};

} // namespace huitong::recognition
