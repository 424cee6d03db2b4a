/// Whose word counts for a result: performer, report and specimen are what somebody says of it.

#include "fhir/json.hpp"
#include "recognition/record_reader.hpp"

#include <algorithm>

namespace huitong::recognition {
namespace {

constexpr std::string_view kAnybody = "*", kResidents = "Patient/";

bool is_void(std::string_view status) { return status == "entered-in-error" || status == "cancelled"; }

/// The newest void and the newest valid one of some reports.
struct Newest {
    store::VersionKey withdrawn = 0, standing = 0;
    void take(store::VersionKey key, bool is_void) {
        auto& newest = is_void ? withdrawn : standing;
        newest = std::max(newest, key);
    }
    bool is_any() const { return withdrawn != 0 || standing != 0; }
    bool is_void() const { return withdrawn > standing; }
};

} // namespace

bool may_report(const Register& facts, std::string_view writer, std::string_view laboratory) {
    if (writer.empty() || writer == laboratory) return true;
    const auto is_institution = [&](const Institution& one) { return one.id == writer; };
    return std::any_of(facts.institutions.begin(), facts.institutions.end(), [&](const Institution& one) {
        return one.id == laboratory && std::any_of(one.reported_by.begin(), one.reported_by.end(), [&](const std::string& other) {
                   return other == writer ||
                          (other == kAnybody && std::any_of(facts.institutions.begin(), facts.institutions.end(), is_institution));
               });
    });
}

bool RecordReader::may_write(const Writer& writer, const std::string& laboratory) const {
    if (laboratory.empty() || may_report(facts_, writer.owner, laboratory)) return true;
    if (writer.owner.starts_with(kResidents)) return false; // whatever his portal may do
    const auto platform = acts_for_ ? acts_for_->find(writer.client) : ActsFor::const_iterator();
    return acts_for_ && platform != acts_for_->end() &&
           (platform->second.contains(laboratory) || platform->second.contains(std::string(kAnybody)));
}

void RecordReader::check_writer(const Writer& writer, Candidate& out) const {
    if (out.written_by.empty() && !may_write(writer, out.performer)) out.written_by = writer.owner;
}

RecordReader::Believed RecordReader::believed_of(const Writer& writer, const std::vector<Report>& reports) {
    Believed out;
    const Report* own = nullptr;
    const Report* honest = nullptr;
    Newest of_writer, of_others;
    for (const auto& report : reports) {
        if (!report.element) continue;
        const bool is_own = report.writer.owner.empty() || report.writer.owner == writer.owner;
        const auto institution = institution_of(report.element.child("performer"));
        const bool is_honest = !institution.empty() && may_write(report.writer, institution);
        if (is_own || is_honest) (is_own ? of_writer : of_others).take(report.key, is_void(report.element.text("status")));
        if (!report.is_seen) continue;
        if (is_own && !own) own = &report;
        if (is_honest && !honest) honest = &report;
    }
    // What was withdrawn and reported anew stands; only the word of somebody whose word counts withdraws.
    out.is_void = (of_writer.is_any() ? of_writer : of_others).is_void();
    if (const auto* best = own ? own : honest) out.report = *best;
    return out;
}

} // namespace huitong::recognition
