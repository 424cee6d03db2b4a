/// Reads stored resources of the shared record as candidates, through one caller's view at one log position; keeps what several results
/// share (reports, specimens, organisations). Internal to the room. Thread: one call. Source: fhir-profiles/shared-record.md.
#pragma once

#include "fhir/tree.hpp"
#include "identity/identity.hpp"
#include "recognition/images.hpp"
#include "recognition/question.hpp"

#include <functional>
#include <map>
#include <set>
#include <unordered_map>

namespace huitong::recognition {

/// "Observation/01h…" of a relative or absolute reference; nullopt: no such form.
std::optional<store::ResourceKey> key_of(std::string_view reference);
/// First value of the extension `name` (its value[x] child), or no element.
fhir::Element extension_value(fhir::Element element, std::string_view name);
/// FHIR dateTime of a feed as the earliest instant it may mean.
std::optional<Instant> instant_of(std::string_view text, int offset_minutes);

/// Client id → institutions that it acts for ("*" = any): a platform's.
using ActsFor = std::map<std::string, std::set<std::string>>;
/// Whether what this institution writes down counts as the laboratory's: its own, the deployment's (writer ""), or one that the register
/// lets report for it.
bool may_report(const Register& facts, std::string_view writer, std::string_view laboratory);

class RecordReader {
public:
    /// `linker`: images and their report may stand in records of two institutions; nullptr: they are looked for in one.
    RecordReader(store::ReadView& view, const terminology::Terminology& terminology, const Register& facts, const identity::Linker* linker,
                 int offset_minutes)
        : view_(view), terminology_(terminology), facts_(facts), linker_(linker), offset_minutes_(offset_minutes) {}

    store::ReadView& view() { return view_; }
    /// From now on whoever holds images is asked for them, at most until `until`; without it the status of its Endpoint counts.
    void ask_images(ImageServices* services, std::chrono::steady_clock::time_point until) { images_ = services, images_until_ = until; }
    /// Rows of these maps are as if they were not there.
    void pass_over_maps(std::function<bool(const std::string& map_url)> is_passed_over) { is_passed_over_ = std::move(is_passed_over); }
    /// `all` shows what is kept from the caller too: what is void is void for everybody. Without it his own view does.
    void weigh_writers(const ActsFor* acts_for, store::ReadView* all) { acts_for_ = acts_for, all_ = all; }
    /// A laboratory value as a candidate for an item with these accepted codes; `same_person`, `item` and what concerns the order are the
    /// caller's.
    Candidate laboratory(const store::Version& version, const std::vector<std::pair<std::string, std::string>>& codes);
    /// A study with its endpoint and report; `item` is the one that the codes of report and procedure lead to, "" when none does.
    Candidate study(const store::Version& version);
    /// The same in two steps: what it is, and whether its images can be had (whoever holds them is asked).
    Candidate described_study(const store::Version& version);
    void find_images(const store::Version& version, Candidate& out);
    /// Current resource, or no element when it is not there or not for this caller; valid while the reader lives.
    fhir::Element resource(const store::ResourceKey& key);
    /// Institution code of an Organization reference: its identifier, else that of the stored Organization.
    std::string institution_of(fhir::Element reference);

private:
    struct Writer {
        std::string owner, client; ///< of a version
    };
    struct Report {
        std::string id, version;
        fhir::Element element;
        Writer writer;
        store::VersionKey key = 0;
        bool is_seen = true; ///< by the caller
    };
    struct Loaded {
        fhir::DocumentPtr document;
        std::uint32_t version = 0;
        Writer writer;
        bool is_seen = true;
    };
    /// Of several reports the one that counts, "" = none, and whether any is void.
    struct Believed {
        Report report;
        bool is_void = false;
    };
    const Loaded* loaded(const store::ResourceKey& key);
    store::ReadView& all() { return all_ ? *all_ : view_; }
    Report report(store::VersionKey key);
    /// Newest first; those that it names before those that list it.
    std::vector<Report> reports_of_observation(const std::string& id, fhir::Element observation);
    std::vector<Report> reports_of_study(const store::Version& version, fhir::Element study);
    bool may_write(const Writer& writer, const std::string& laboratory) const;
    /// Notes who says that the candidate's performer measured it, where his word does not count.
    void check_writer(const Writer& writer, Candidate& out) const;
    /// A report of whoever wrote the result, else one that says truly whose it is.
    Believed believed_of(const Writer& writer, const std::vector<Report>& reports);
    void read_code(fhir::Element code, const std::vector<std::pair<std::string, std::string>>& codes, Candidate& out);
    void read_report(const Believed& believed, Candidate& out);
    /// Whether a reference names the Patient of another person.
    bool is_of_other(fhir::Element reference, const Candidate& candidate) const;
    void read_specimen(fhir::Element reference, Candidate& out);
    void read_images(fhir::Element study, Candidate& out);
    std::optional<bool> is_retrievable(fhir::Element endpoint, Candidate& out) const;
    void read_item(fhir::Element code, Candidate& out);
    /// Of the message that wrote this version, as the hub found it when it came.
    void read_signature(const store::Version& version, Candidate& out);
    /// Translations of a local coding into a system ("" = any), asked for once a call.
    const std::vector<terminology::Match>& translations(std::string_view system, std::string_view code, std::string_view target);

    store::ReadView& view_;
    const terminology::Terminology& terminology_;
    const Register& facts_;
    const identity::Linker* linker_;
    int offset_minutes_;
    std::function<bool(const std::string&)> is_passed_over_ = [](const auto&) { return false; };
    const ActsFor* acts_for_ = nullptr;
    store::ReadView* all_ = nullptr;
    ImageServices* images_ = nullptr;
    std::chrono::steady_clock::time_point images_until_;
    std::unordered_map<std::string, Loaded> resources_;
    std::unordered_map<store::VersionKey, std::pair<store::ResourceKey, Loaded>> versions_;
    std::unordered_map<std::string, store::VersionKeys> named_reports_; ///< by system and value: its results name it again and again
    std::unordered_map<std::string, std::string> institutions_;
    std::unordered_map<std::string, std::vector<terminology::Match>> translations_;
};

} // namespace huitong::recognition
