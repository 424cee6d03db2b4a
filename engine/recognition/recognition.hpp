/// Mutual recognition (检查检验结果互认): whether an earlier result may stand in for what is ordered now, for this receiver, at this
/// moment, with every reason. Never decided at ingest. Rules R01–R25 are code over data: catalogues, EQA certificates, institutions and
/// rule packs are CSV, versioned and dated. Source: design "Mutual recognition"; domain page §2, §5. Rule packs are samples that a local
/// regulator confirms.
#pragma once

#include "base/catalogue.hpp"
#include "base/decimal.hpp"
#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "recognition/register_index.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace huitong::recognition {

enum class Answer : std::uint8_t { pass, refuse, unknown, not_applicable };
/// OMITTED: own recent result (R22). WITHHELD: existence is not disclosed.
enum class Verdict : std::uint8_t { recognise, reference_only, omitted, withheld };

/// What one rule said about one candidate.
struct RuleAnswer {
    std::string rule; ///< "R13"
    Answer answer = Answer::pass;
    std::string code;                                          ///< "EQA-LAPSED", "" when pass
    std::vector<std::pair<std::string, std::string>> evidence; ///< what was looked at: certificate id, dates, window …
};

struct Institution {
    std::string id, name, level;        ///< level: "3A" 三级甲等, "2A" …, "1", "LAB"
    std::vector<std::string> area_path; ///< "CN", "CN-YRD", "34", "3410", "341002" from wide to narrow
    std::vector<std::string> alliances;
    std::vector<std::string> reported_by; ///< whose word counts that this one measured something, beside its own; "*" = any institution's
    std::string valid_from, valid_to;     ///< dates, inclusive
    bool requires_recognition = false;    ///< has put it into its own rules that recognised results are taken over
};

struct Certificate {                              ///< EQA (室间质评)
    std::string id, laboratory, item_group, item; ///< item "" = the whole group
    std::string level;                            ///< "nation" | "region" | "province" | "city" | "county"
    std::string area;                             ///< code of the area that the level means for this certificate
    std::string area_label;                       ///< "全国", "安徽" … printed before HR
    std::string result;                           ///< "pass" | "fail"
    std::string valid_from, valid_to;
    std::string register_version;
};

struct ControlPeriod {                        ///< what a laboratory says of its internal quality control (室内质控) on these days
    std::string laboratory, item_group, item; ///< item "" = the whole group
    bool in_control = false;
    std::string valid_from, valid_to; ///< dates, inclusive
};

struct CatalogueItem {
    std::string catalogue, item, name_zh, name_en, group;
    std::string kind;                                       ///< "laboratory" | "imaging" | "ecg"
    std::vector<std::pair<std::string, std::string>> codes; ///< accepted (system, code): LOINC …
    std::string unit;                                       ///< UCUM, "" for ordinal or imaging
    std::string specimen;                                   ///< standard specimen code, "" = any
    std::string comparability;                              ///< any | same-principle | same-platform
    std::map<std::string, int> window_hours;                ///< by visit class: "AMB", "IMP", "*"
    Decimal price;                                          ///< CNY
    std::string area, valid_from, valid_to;
};

struct Panel {
    std::string catalogue, panel, name_zh, name_en;
    std::vector<std::string> mandatory; ///< items
    Decimal price;
};

/// What an imaging item is made of: which studies may answer it, and what the order states by naming it.
struct ImagingItem {
    std::string item;
    std::vector<std::string> modalities;           ///< DICOM: CT, DX …
    std::vector<std::string> body_sites;           ///< needed all; DICOM body parts: CHEST …
    std::map<std::string, std::string> site_names; ///< other codes and words of the same site → the site
    std::string laterality, contrast;              ///< "" = not stated; contrast "yes" | "no"
};

struct RulePack {
    std::string id, version;
    std::map<std::string, std::string> settings; ///< switches: "allianceWaivesEqa", "tier", "visitExempt", "ownExclusionHours", "anchor" …
    std::map<std::string, std::string> on_unknown;                             ///< rule → "refuse" | "note"
    std::map<std::string, std::string> decline_reasons_zh, decline_reasons_en; ///< code → text
    std::vector<std::string> text_required;                                    ///< decline codes that need a text
};

/// A code of a procedure that is an intervention.
struct EventCode {
    std::string system, code, kind;
    bool is_beginning = false; ///< of all codes that begin so
};

/// All register data valid at one version; immutable, swapped in whole on reload.
struct Register {
    std::string version;
    std::vector<Institution> institutions;
    std::vector<Certificate> certificates;
    std::vector<CatalogueItem> items;
    std::vector<Panel> panels;
    std::vector<ImagingItem> imaging;
    std::vector<EventCode> events;
    std::vector<ControlPeriod> controls;
    std::vector<RulePack> packs;
    RegisterIndex index; ///< made for whoever is asked often (Service), when nothing changes any more
    /// Reads institutions.csv, eqa.csv, catalogue.csv, panels.csv, imaging.csv, events.csv, iqc.csv, packs/*.toml of a directory
    /// (terminology/recognition). Issues with file and line: wrong headers, cells, dates, periods, references, rows that stand twice,
    /// unknown keys and values of packs.
    static Parsed<Register> load(const std::string& directory);
};

/// An intervention: surgery, transfusion, delivery, drug; packs list "kind" or "kind:code".
struct Event {
    std::string kind, code;
    Instant at;                ///< the first instant that its end may mean
    Instant until = {};        ///< the last, not included; earlier than `at` = exactly `at`
    std::string resource = {}; ///< "Procedure/…"
};

struct Request {
    std::string patient_id; ///< source patient at the receiver
    std::string receiver, department, practitioner;
    std::string visit_class;                               ///< AMB, IMP, EMER, PREOP …
    std::string ordered_item;                              ///< standard item or panel member
    std::string specimen, body_site, laterality, contrast; ///< as ordered, "" = not stated
    std::string method, device;                            ///< the receiver's own, for comparability; "" = not known
    Instant authored_on;
    std::string pack; ///< rule pack id
    std::string purpose = "TREAT";
};

struct Candidate {
    std::string resource, version;      ///< "Observation/…" (or ImagingStudy) and its version
    std::string report, report_version; ///< "DiagnosticReport/…"
    std::string patient_id;
    bool same_person = false;
    bool is_of_other = false; ///< its specimen or its focus is another person's, whatever record it stands in
    std::string match_grade;  ///< "certain" (deterministic id or reviewed link), "probable", …
    bool withheld_by_access = false;
    std::string status, report_status;
    std::string item; ///< standard item by code
    /// (system, code) that led to the item, its own or what a map made of its local code; a row of the catalogue must accept one of them.
    /// Empty: it was found otherwise.
    std::vector<std::pair<std::string, std::string>> item_codes;
    bool code_reviewed = false; ///< the code map row was equal/equivalent and reviewed
    std::string code_equivalence;
    std::string specimen, body_site, laterality, contrast;
    /// Imaging: (site, contrast "yes" | "no" | "") of each series; "" as site: the study as a whole.
    std::vector<std::pair<std::string, std::string>> series;
    std::vector<std::string> specimen_quality; ///< codes of its conditions: HEM, LIP …
    std::string unit, value, value_text, interpretation, reference_range;
    std::string method, device;
    std::string performer, reporting; ///< institution ids: who measured (EQA is looked up here), whose report
    std::optional<Instant> collected, issued;
    std::optional<bool> iqc_in_control; ///< nullopt: the result does not say; then the register does (iqc.csv)
    std::string source_class;           ///< "institution", "self-measured", "ai", "scan"; "" = not known
    std::string signature;  ///< of the document it came in: "verified", "not-verified", "unsigned"; "" = it came otherwise, or no pack asks
    std::string written_by; ///< who says that `performer` measured it, where the register does not let that one report for it; "" = it may
    bool has_images = false; ///< imaging: a retrievable ImagingStudy endpoint is there
    std::optional<bool> images_available;
    std::string study, images_at; ///< imaging: the study's UID, and the address of a service that holds it ("" = none)
    bool critical = false;
    std::string claimed_mark;    ///< mark text of the feed: a claim
    std::vector<Event> events;   ///< of the person; `events_known` false: there may be others
    bool events_known = false;   ///< these are all, whatever the pack says of the record
    bool events_partial = false; ///< some could not be read: not even a pack that vouches for the record knows of all
};

struct Decision {
    Verdict verdict = Verdict::reference_only;
    std::vector<RuleAnswer> answers; ///< all 25, in order; a 26th "PACK" when the request's rule pack is not there
    std::string mark;                ///< "全国HR"; only with RECOGNISE
    std::string explanation_zh, explanation_en;
    std::string circumstances_zh, circumstances_en; ///< the part of it that says where, when, how old and the window
    std::string pack, pack_version, register_version;
    std::string certificate;                  ///< the one that carried the mark
    std::vector<std::string> reasons() const; ///< codes of refusals (and unknowns that refuse), in rule order
};

/// A panel order: recognised only when every mandatory member is (R25); `missing` lists the items to order instead.
struct PanelDecision {
    Verdict verdict = Verdict::reference_only;
    std::vector<std::string> recognised, missing;
    RuleAnswer answer;
};
/// `members`: item → verdict of the best candidate of that item.
PanelDecision decide_panel(const Panel& panel, const std::map<std::string, Verdict>& members);

const Institution* find_institution(const Register& facts, std::string_view id, std::string_view date);
/// The catalogue row of an item valid on `date` for the receiver: of one of its alliances, else of its narrowest area. (`decide` takes an
/// alliance's row only for a performer of the same alliance.)
const CatalogueItem* find_item(const Register& facts, std::string_view item, const Institution& receiver, std::string_view date);
/// The panel of that code whose members stand in the receiver's catalogue on `date`; else any of that code.
const Panel* find_panel(const Register& facts, std::string_view panel, const Institution* receiver, std::string_view date);
const ImagingItem* find_imaging(const Register& facts, std::string_view item);
/// The item that accepts the code in any catalogue, "" when none.
std::string item_of_code(const Register& facts, std::string_view system, std::string_view code);
const RulePack* find_pack(const Register& facts, std::string_view id);

/// Pure: same inputs, same decision. `at` = time of the hook call.
Decision decide(const Request& request, const Candidate& candidate, const Register& facts, Instant at, int offset_minutes = 480);

/// What a rule's answer means in words, and a rule's name.
std::string reason_text(const RuleAnswer& answer, Language language);
std::string rule_name(std::string_view rule, Language language);
/// "可互认 全国HR", "Recognised 全国HR".
std::pair<std::string, std::string> headline_of(Verdict verdict, const std::string& mark);

std::string_view verdict_text(Verdict verdict); ///< "RECOGNISE", "REFERENCE_ONLY", "OMITTED", "WITHHELD"
std::string_view answer_text(Answer answer);    ///< "pass", "refuse", "unknown", "not-applicable"

} // namespace huitong::recognition
