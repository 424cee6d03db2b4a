// What the stored record says beside the ledger: the part of Service that counts results, reports and visits of a period.
// Source: domain page §6, M14, M16, M22; the wording of M14 and M22 is our own, an authority's may differ.
#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "recognition/ledger_text.hpp"
#include "recognition/matching.hpp"
#include "recognition/service.hpp"
#include "recognition/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace huitong::recognition {
namespace {

constexpr std::size_t kPage = 1'000;
constexpr std::size_t kRowsMax = 1'000;
/// A doctor's word about an offer speaks for the tests of the days behind it.
constexpr std::int64_t kWordHoldsDays = 7;

constexpr Measure kRepeats{
    "M14",
    "重复检验率",
    "repeat-test rate",
    "期间院内完成的目录项目中，采样时已有可互认结果而医师既未采纳也未说明不采纳原因的比例",
    "of the catalogue items measured in the period: the share for which a result that would have been recognised was "
    "there when the specimen was taken, and nobody adopted it or declined it with a reason",
    true};
constexpr Measure kExamined{"M14-EXAMINED", "纳入重复率的项目数", "items examined for M14", "M14 的分母", "what M14 is a share of"};
constexpr Measure kReportMedian{"M16-REPORT-P50", "报告可用时延中位数（秒）", "report to available, median, seconds",
                                "报告发布至可供调阅的时间，中位数", "from the issue of a report until it can be read, half of them"};
constexpr Measure kReportSlow{"M16-REPORT-P95", "报告可用时延 P95（秒）", "report to available, 95th percentile, seconds",
                              "报告发布至可供调阅的时间，95% 不超过", "from the issue of a report until it can be read, 95 of 100"};
constexpr Measure kHookSlow{"M16-ANSWER-P95", "提醒应答 P95（毫秒）", "answer to an order, 95th percentile, milliseconds",
                            "自接到询问至判定完成的时间，95% 不超过", "from the question to its decision, 95 of 100"};
constexpr Measure kRemote{"M22-REMOTE", "互联网诊疗人次", "visits at a distance", "期间开始的线上就诊（Encounter.class 为 VR）",
                          "Encounters of class VR that began in the period"};
constexpr Measure kUpload{"M22-UPLOAD-P95", "互联网诊疗上传时延 P95（秒）", "upload of visits at a distance, 95th percentile, seconds",
                          "线上就诊结束至入库的时间，95% 不超过", "from the end of such a visit until it is stored, 95 of 100"};
constexpr Measure kReferrals{"M22-REFERRAL", "转诊申请数", "referrals", "期间开具的转诊申请（ServiceRequest 类别 3457005）",
                             "ServiceRequests of the category 3457005 written in the period"};
constexpr Measure kBookings{"M22-APPOINTMENT", "预约人次", "appointments", "期间内的预约，不含已取消与爽约",
                            "Appointments that begin in the period, cancelled and missed ones not"};

/// One measured time with what it belongs to.
struct Timed {
    std::int64_t amount = 0;
    RegisterRow row;
};

/// The least amount that so many of 100 do not pass; "" without any. Rows: the longest first.
RegisterCount percentile(const Measure& measure, std::vector<Timed> times, std::size_t of_100) {
    RegisterCount out{measure, "", {}};
    if (times.empty()) return out;
    std::sort(times.begin(), times.end(), [](const Timed& a, const Timed& b) { return a.amount < b.amount; });
    out.value = std::to_string(times[(times.size() * of_100 + 99) / 100 - 1].amount);
    for (auto at = times.rbegin(); at != times.rend() && out.rows.size() < kRowsMax; ++at) {
        at->row.why = std::to_string(at->amount);
        out.rows.push_back(at->row);
    }
    return out;
}

RegisterCount counted(const Measure& measure, const std::vector<RegisterRow>& rows) {
    RegisterCount out{measure, std::to_string(rows.size()), rows};
    if (out.rows.size() > kRowsMax) out.rows.resize(kRowsMax);
    return out;
}

/// What doctors said, by institution, patient record and catalogue item: the instants of the words.
using Words = std::map<std::tuple<std::string, std::string, std::string>, std::vector<Instant>>;

class RecordCounter {
public:
    RecordCounter(const Services& services, const Register& facts, const Ledger& ledger,
                  std::function<std::string(const std::string&)> pack, Instant from, Instant to, std::string receiver)
        : services_(services), facts_(facts), ledger_(ledger), pack_(std::move(pack)), offset_(services.registry->offset_minutes()),
          from_(from), to_(to), receiver_(std::move(receiver)), t_(services.store->now()),
          is_stored_map_(stored_maps(*services.terminology)) {
        open_page();
    }
    Result<std::vector<RegisterCount>> count();

private:
    /// A view of its own for each page, all of one position: no read keeps the log's old pages for long.
    void open_page() {
        reader_.reset();
        view_ = services_.store->view({}, t_);
        reader_.emplace(*view_, *services_.terminology, facts_, services_.linker, offset_);
    }
    template <class Take>
    Outcome each_first_version(const char* type, Take take);
    void read_ledger();
    void take_report(const store::Version& version, fhir::Element report);
    void take_result(const store::Version& version, fhir::Element result);
    void take_visit(const store::Version& version, fhir::Element visit);
    void take_referral(const store::Version& version, fhir::Element request);
    void take_booking(const store::Version& version, fhir::Element booking);
    bool would_have_been_recognised(const std::string& patient, const std::string& item, const Candidate& done, fhir::Element result);
    bool has_word(const std::string& institution, const std::string& patient, const std::string& item, Instant done) const;
    std::string item_of(fhir::Element code) const;
    std::string class_of(fhir::Element result);
    bool is_inside(std::optional<Instant> at) const { return at && !(*at < from_) && *at < to_; }
    bool is_wanted(const std::string& institution) const { return receiver_.empty() || institution == receiver_; }

    const Services& services_;
    const Register& facts_;
    const Ledger& ledger_;
    std::function<std::string(const std::string&)> pack_;
    int offset_;
    Instant from_, to_;
    std::string receiver_;
    store::LogTime t_;
    std::function<bool(const std::string&)> is_stored_map_;
    std::unique_ptr<store::ReadView> view_;
    std::optional<RecordReader> reader_; ///< of the view
    Words words_;
    std::vector<Timed> reports_, answers_, uploads_;
    std::vector<RegisterRow> repeats_, remote_, referrals_, bookings_;
    std::size_t examined_ = 0, left_out_ = 0;
};

/// Resources that came into the record in the period, each as it came.
template <class Take>
Outcome RecordCounter::each_first_version(const char* type, Take take) {
    store::HistoryRange range;
    range.since = view_->time_at({from_.microseconds - 1});
    range.until = view_->time_at({to_.microseconds - 1});
    range.count = kPage;
    range.newest_first = false;
    while (range.since < range.until) {
        open_page();
        const auto page = view_->history(type, "", range);
        if (!page) return page.error();
        for (const auto& version : *page) {
            if (version.version != 1 || version.body.empty()) continue;
            const auto parsed = fhir::read_json(version.body);
            if (parsed.value) take(version, parsed.value->root());
        }
        // A commit is one entry however many versions it holds: a page ends with a whole one.
        if (page->size() < kPage) break;
        range.since = page->back().t_from;
    }
    return {};
}

/// Words speak for a test of the next seven days: decisions and words older than that are not asked for. (A word comes at most
/// `kAnsweredDays` behind its decision, or it is none of the period's.)
void RecordCounter::read_ledger() {
    struct About {
        std::string receiver, patient;
        std::vector<std::string> items;
    };
    constexpr std::int64_t kSpeaksDays = 7, kAnsweredDays = 31;
    std::map<std::uint64_t, About> decisions;
    const Instant since{from_.microseconds - (kSpeaksDays + kAnsweredDays) * kMicrosecondsPerDay};
    for (std::uint64_t after = entry_before(ledger_, since);;) {
        const auto entries = ledger_.entries(after, kPage);
        for (const auto& entry : entries) {
            after = entry.sequence;
            const auto parsed = fhir::read_plain_json(entry.json).value;
            if (!parsed) continue;
            const auto root = parsed->root();
            const auto at = instant_of(root.text("at"), offset_);
            const auto kind = root.text("kind");
            if (kind == "decided" && is_wanted(std::string(root.text("receiver")))) {
                About about{std::string(root.text("receiver")), std::string(root.text("patient")), {}};
                for (const auto member : root.children("members")) about.items.emplace_back(member.text("item"));
                if (!about.patient.empty()) decisions[entry.sequence] = std::move(about);
                const auto took = std::strtoll(std::string(root.text("took_us")).c_str(), nullptr, 10);
                if (took != 0 && is_inside(at))
                    answers_.push_back(
                        {(took + 999) / 1'000, {fmt::format("ledger:{}", entry.sequence), std::string(root.text("receiver")), ""}});
            }
            if (kind != "adopted" && kind != "declined") continue;
            const auto decided = decisions.find(std::strtoull(std::string(root.text("decided")).c_str(), nullptr, 10));
            if (decided == decisions.end() || !at) continue;
            const auto& about = decided->second;
            for (const auto& item : about.items) words_[{about.receiver, about.patient, item}].push_back(*at);
        }
        if (entries.size() < kPage) break;
    }
}

void RecordCounter::take_report(const store::Version& version, fhir::Element report) {
    const auto institution = reader_->institution_of(report.child("performer"));
    const auto issued = instant_of(report.text("issued"), offset_);
    if (!issued || !is_wanted(institution)) return;
    const auto seconds = (version.updated.microseconds - issued->microseconds) / kMicrosecondsPerSecond;
    // A sender whose clock is ahead has taken no time.
    reports_.push_back({std::max<std::int64_t>(seconds, 0), {"DiagnosticReport/" + version.key.id, institution, ""}});
}

std::string RecordCounter::item_of(fhir::Element code) const {
    for (const auto coding : code.children("coding")) {
        auto item = item_of_code(facts_, coding.text("system"), coding.text("code"));
        if (!item.empty()) return item;
    }
    return {};
}

/// Most tests are those of outpatients; a visit that nobody named would be exempt by R20.
std::string RecordCounter::class_of(fhir::Element result) {
    const auto key = key_of(result.text("encounter.reference"));
    const auto known = key ? std::string(reader_->resource(*key).text("class.code")) : std::string();
    return known.empty() || known == "UNK" ? "AMB" : known;
}

bool RecordCounter::has_word(const std::string& institution, const std::string& patient, const std::string& item, Instant done) const {
    const auto same = services_.linker ? services_.linker->same_person(patient) : std::vector<std::string>();
    const auto said = [&](const std::string& record) {
        const auto found = words_.find({institution, record, item});
        return found != words_.end() && std::any_of(found->second.begin(), found->second.end(), [&](Instant at) {
                   return at.microseconds > done.microseconds - kWordHoldsDays * kMicrosecondsPerDay &&
                          at.microseconds < done.microseconds + kMicrosecondsPerDay;
               });
    };
    return said(patient) || std::any_of(same.begin(), same.end(), said);
}

bool RecordCounter::would_have_been_recognised(const std::string& patient, const std::string& item, const Candidate& done,
                                               fhir::Element result) {
    MatchingContext context{facts_, *services_.terminology, services_.linker, pack_(done.reporting), *done.collected};
    context.offset_minutes = offset_;
    context.is_stored_map = is_stored_map_;
    const auto t = view_->time_at(*done.collected);
    if (t == 0) return false; // the hub knew nothing yet
    const auto then = services_.store->view({}, t);
    Matching matching(context, *then, "TREAT");
    Question question;
    question.patient.known = patient;
    question.receiver = done.reporting;
    question.visit_class = class_of(result);
    Order order;
    terminology::Coding coding;
    coding.system = kItemSystem;
    coding.code = item;
    order.codes.push_back(std::move(coding));
    order.specimen = done.specimen;
    question.orders.push_back(std::move(order));
    const auto advice = matching.answer(question);
    return !advice.matches.empty() && advice.matches.front().verdict == Verdict::recognise;
}

void RecordCounter::take_result(const store::Version& version, fhir::Element result) {
    const auto item = item_of(result.child("code"));
    const auto patient = key_of(result.text("subject.reference"));
    if (item.empty() || !patient) return;
    const auto row = std::find_if(facts_.items.begin(), facts_.items.end(), [&](const auto& one) { return one.item == item; });
    const auto done = reader_->laboratory(version, row->codes);
    if (!done.collected || !is_wanted(done.reporting)) return;
    if (examined_ == Service::kRepeatsMax) {
        ++left_out_;
        return;
    }
    ++examined_;
    if (!would_have_been_recognised(patient->id, item, done, result)) return;
    if (has_word(done.reporting, patient->id, item, *done.collected)) return;
    repeats_.push_back({"Observation/" + version.key.id, done.reporting, item});
}

void RecordCounter::take_visit(const store::Version& version, fhir::Element visit) {
    const auto institution = reader_->institution_of(visit.child("serviceProvider"));
    if (visit.text("class.code") != "VR" || !is_wanted(institution)) return;
    const RegisterRow row{"Encounter/" + version.key.id, institution, ""};
    if (is_inside(instant_of(visit.text("period.start"), offset_))) remote_.push_back(row);
    const auto end = instant_of(visit.text("period.end"), offset_);
    if (!end) return;
    uploads_.push_back({std::max<std::int64_t>((version.updated.microseconds - end->microseconds) / kMicrosecondsPerSecond, 0), row});
}

void RecordCounter::take_referral(const store::Version& version, fhir::Element request) {
    bool is_referral = false;
    for (const auto category : request.children("category")) {
        for (const auto coding : category.children("coding")) is_referral = is_referral || coding.text("code") == "3457005";
    }
    const auto institution = reader_->institution_of(request.child("requester"));
    if (is_referral && is_wanted(institution) && is_inside(instant_of(request.text("authoredOn"), offset_)))
        referrals_.push_back({"ServiceRequest/" + version.key.id, institution, ""});
}

void RecordCounter::take_booking(const store::Version& version, fhir::Element booking) {
    const auto status = booking.text("status");
    if (status == "cancelled" || status == "noshow" || status == "entered-in-error") return;
    if (!is_inside(instant_of(booking.text("start"), offset_))) return;
    std::string institution;
    for (const auto participant : booking.children("participant")) {
        if (institution.empty()) institution = reader_->institution_of(participant.child("actor"));
    }
    if (is_wanted(institution)) bookings_.push_back({"Appointment/" + version.key.id, institution, std::string(status)});
}

Result<std::vector<RegisterCount>> RecordCounter::count() {
    read_ledger();
    Outcome issues;
    issues.add(each_first_version("DiagnosticReport", [&](const auto& version, auto root) { take_report(version, root); }));
    issues.add(each_first_version("Observation", [&](const auto& version, auto root) { take_result(version, root); }));
    issues.add(each_first_version("Encounter", [&](const auto& version, auto root) { take_visit(version, root); }));
    issues.add(each_first_version("ServiceRequest", [&](const auto& version, auto root) { take_referral(version, root); }));
    issues.add(each_first_version("Appointment", [&](const auto& version, auto root) { take_booking(version, root); }));
    if (issues.has_errors()) return issues;
    auto rate = counted(kRepeats, repeats_);
    const auto tenths = examined_ == 0 ? 0 : (repeats_.size() * 2'000 + examined_) / (examined_ * 2);
    rate.value = examined_ == 0 ? std::string() : fmt::format("{}.{}", tenths / 10, tenths % 10);
    RegisterCount examined{kExamined, std::to_string(examined_), {}};
    if (left_out_ != 0) examined.rows.push_back({"left-out", "", std::to_string(left_out_)});
    return std::vector{std::move(rate),
                       std::move(examined),
                       percentile(kReportMedian, reports_, 50),
                       percentile(kReportSlow, reports_, 95),
                       percentile(kHookSlow, answers_, 95),
                       counted(kRemote, remote_),
                       percentile(kUpload, uploads_, 95),
                       counted(kReferrals, referrals_),
                       counted(kBookings, bookings_)};
}

} // namespace

Result<std::vector<RegisterCount>> Service::count_record(Instant from, Instant to, const std::string& receiver) const {
    const auto held = facts();
    return RecordCounter(
               services_, *held, ledger_, [this](const std::string& institution) { return pack_id(institution); }, from, to, receiver)
        .count();
}

} // namespace huitong::recognition
