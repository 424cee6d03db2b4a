#include "recognition/statistics.hpp"

#include "base/csv.hpp"
#include "base/date_time.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

namespace huitong::recognition {
namespace {

constexpr std::size_t kPage = 1'000;

std::uint64_t count_of(const Statistics::Row& row, const char* measure) {
    const auto found = row.counts.find(measure);
    return found == row.counts.end() ? 0 : found->second;
}

constexpr std::array kMeasures = {
    Measure{"M01", "提醒次数", "reminders", "期间内产生的互认提示，同一次调用的同一项目只计一次",
            "matches offered in the period; one item of one call counts once"},
    Measure{"M02", "采纳次数", "adopted", "期间内医师采纳的互认提示", "matches adopted in the period"},
    Measure{"M03", "不采纳次数", "declined", "期间内医师不采纳的互认提示", "matches declined in the period"},
    Measure{"M04", "未答复次数", "unanswered", "期间内逾时未答复的互认提示", "matches that were closed unanswered in the period"},
    Measure{"M05", "同期互认率", "recognition rate", "M02 ÷ M01；M01 为 0 时不计算", "M02 / M01; undefined when M01 is 0", true},
    Measure{"ELIGIBLE", "可互认提示", "recognisable", "M01 中全部或部分可互认的提示",
            "those of M01 that could be adopted, wholly or in part"},
    Measure{"M06", "互认率", "recognition rate of the national goal",
            "M02 ÷ 可互认提示；可互认提示为 0 时不计算；官方口径以主管部门公布为准",
            "M02 / recognisable offers; undefined when there are none; the official wording is the authority's", true},
    Measure{"M07", "调阅互认率", "view-to-recognition rate", "M02 ÷ M08；M08 为 0 时不计算", "M02 / M08; undefined when M08 is 0", true},
    Measure{"M08", "调阅次数", "views", "期间内打开的互认提示", "matches opened in the period"},
    Measure{"M09", "引用次数", "cited", "期间内在病历中引用的结果", "results cited in the record in the period"},
    Measure{"M10", "不采纳原因构成", "share of reasons", "按原因分组时，该原因占 M03 的比例", "split by reason: this reason's part of M03",
            true},
    Measure{"M17", "数据质量问题", "data quality",
            "期间判定所见的互认标识与登记不符、对照未审核或单位不可换算的结果，同一结果同一问题只计一次",
            "results seen with a contradicting mark, an unreviewed code map or a unit that cannot be converted; one finding of one result "
            "counts once"},
    Measure{"M20", "采纳后变更", "changed after adoption", "期间内发出的已采纳结果变更通知",
            "notices of adopted results that changed, given in the period"},
    Measure{"WITHDRAWN", "撤回采纳", "withdrawn", "期间内撤回的采纳", "adoptions withdrawn in the period"},
    Measure{"LATE", "未及时应答", "late", "期间内未在时限内应答的调用", "calls that got no answer in time"},
};

/// What a kind of entry counts as.
constexpr std::pair<std::string_view, std::string_view> kKinds[] = {{"decided", "M01"}, {"adopted", "M02"},         {"declined", "M03"},
                                                                    {"ignored", "M04"}, {"viewed", "M08"},          {"cited", "M09"},
                                                                    {"notice", "M20"},  {"withdrawn", "WITHDRAWN"}, {"late", "LATE"}};

std::string_view measure_of(std::string_view kind) {
    for (const auto& [name, measure] : kKinds) {
        if (name == kind) return measure;
    }
    return {};
}

std::uint64_t number(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); }

/// The instant of an entry's `at`; entries of one ledger stand in the order in which they were written, which is nearly that of their
/// times.
Instant instant(std::string_view text) {
    const auto value = read_date_time(text);
    return value ? instants_of(*value, 0).first : Instant{};
}

/// What a decision says of whom, kept small: words about it come later and name only its sequence.
struct Decision {
    CountedEntry entry;
    std::string instance;
};

/// Refusals that say something about the data and not about the rules.
constexpr std::string_view kQualityCodes[] = {"MARK-CONFLICT", "MAP-UNSURE", "UNIT-BAD"};

Decision read_decision(std::uint64_t sequence, fhir::Element root) {
    Decision out;
    auto& entry = out.entry;
    entry.sequence = sequence;
    entry.at = root.text("at");
    entry.match = root.text("match");
    entry.receiver = root.text("receiver");
    entry.department = root.text("department");
    entry.practitioner = root.text("practitioner");
    entry.item = root.text("item");
    entry.name_zh = root.text("name_zh");
    entry.visit_class = root.text("visit_class");
    entry.verdict = root.text("verdict");
    if (!root.text("saving").empty()) entry.saving = Decimal::read(root.text("saving"));
    out.instance = root.text("instance");
    for (const auto item : root.children("recognised")) entry.is_eligible = entry.is_eligible || !item.value().empty();
    for (const auto member : root.children("members")) {
        const auto best = member.text("best");
        std::size_t index = 0;
        for (const auto candidate : member.children("candidates")) {
            if (best.empty() || index++ != number(best)) continue;
            if (entry.kind.empty()) entry.kind = member.text("kind");
            if (entry.source.empty()) entry.source = candidate.text("performer");
            if (entry.resource.empty()) entry.resource = candidate.text("resource");
        }
    }
    return out;
}

class Counter {
public:
    Counter(const Ledger& ledger, const StatisticsQuery& query, const std::function<void(const CountedEntry&)>& each)
        : ledger_(ledger), query_(query), each_(each) {}
    Statistics count();

private:
    void take(const LedgerEntry& entry);
    void take_quality(fhir::Element root, const CountedEntry& decided);
    const Decision* decision(std::uint64_t sequence);
    std::string group_of(const CountedEntry& entry) const;
    void add(CountedEntry entry);

    const Ledger& ledger_;
    const StatisticsQuery& query_;
    const std::function<void(const CountedEntry&)>& each_;
    std::map<std::uint64_t, Decision> decisions_;
    std::set<std::tuple<std::string, std::string, std::string>> counted_; ///< receiver, its instance, item
    std::set<std::pair<std::string, std::string>> faults_;                ///< resource and code
    std::vector<Decision> offers_;                                        ///< not yet counted: they may turn out never to have been shown
    std::set<std::uint64_t> undelivered_;
    std::map<std::string, Statistics::Row> rows_;
    Statistics out_;
};

const Decision* Counter::decision(std::uint64_t sequence) {
    if (const auto known = decisions_.find(sequence); known != decisions_.end()) return &known->second;
    const auto entry = ledger_.entry(sequence);
    if (!entry) return nullptr;
    const auto parsed = fhir::read_plain_json(entry->json).value;
    if (!parsed || parsed->root().text("kind") != "decided") return nullptr;
    return &decisions_.emplace(sequence, read_decision(sequence, parsed->root())).first->second;
}

std::string Counter::group_of(const CountedEntry& entry) const {
    switch (query_.by) {
    case Dimension::none: return {};
    case Dimension::receiver: return entry.receiver;
    case Dimension::department: return entry.department;
    case Dimension::practitioner: return entry.practitioner;
    case Dimension::source: return entry.source;
    case Dimension::flow: return entry.source + " → " + entry.receiver;
    case Dimension::item: return entry.item;
    case Dimension::kind: return entry.kind;
    case Dimension::visit_class: return entry.visit_class;
    case Dimension::reason: return entry.reason;
    }
    return {};
}

void Counter::add(CountedEntry entry) {
    if (!query_.receiver.empty() && entry.receiver != query_.receiver) return;
    entry.group = group_of(entry);
    auto& row = rows_[entry.group];
    row.group = entry.group;
    ++row.counts[entry.measure];
    if (entry.measure == "M02") {
        const auto sum = entry.saving ? Decimal::add(row.saving, *entry.saving) : std::nullopt;
        if (sum) row.saving = *sum;
        else ++row.without_price;
    }
    if (each_) each_(entry);
}

void Counter::take_quality(fhir::Element root, const CountedEntry& decided) {
    for (const auto member : root.children("members")) {
        for (const auto candidate : member.children("candidates")) {
            for (const auto row : candidate.children("evidence")) {
                const auto code = row.text("code");
                if (std::find(std::begin(kQualityCodes), std::end(kQualityCodes), code) == std::end(kQualityCodes)) continue;
                auto entry = decided;
                entry.measure = "M17";
                entry.match.clear(); // of the result, whoever was shown it
                entry.saving.reset();
                entry.item = member.text("item");
                entry.kind = member.text("kind");
                entry.source = candidate.text("performer");
                entry.resource = candidate.text("resource");
                entry.reason = code;
                if (faults_.emplace(entry.resource, entry.reason).second) add(std::move(entry));
            }
        }
    }
}

void Counter::take(const LedgerEntry& read) {
    const auto parsed = fhir::read_plain_json(read.json).value;
    if (!parsed) return;
    const auto root = parsed->root();
    const auto kind = root.text("kind");
    if (kind == "undelivered") undelivered_.insert(number(root.text("decided")));
    const auto measure = measure_of(kind);
    const auto at = instant(root.text("at"));
    if (measure.empty() || at < query_.from || !(at < query_.to)) return;
    CountedEntry entry;
    if (kind == "decided") {
        auto decided = read_decision(read.sequence, root);
        take_quality(root, decided.entry);
        if (decided.entry.match.empty()) return; // nothing was shown
        decided.entry.measure = measure;
        offers_.push_back(std::move(decided));
        return;
    }
    // A notice names its match alone.
    const auto sequence =
        root.text("decided").empty() ? ledger_.decision_of(std::string(root.text("match"))) : number(root.text("decided"));
    if (const auto* decided = sequence == 0 ? nullptr : decision(sequence)) entry = decided->entry;
    entry.measure = measure;
    entry.sequence = read.sequence;
    entry.at = root.text("at");
    entry.receiver = root.text("receiver");
    entry.reason = root.text("reason");
    if (kind == "notice" || kind == "late") {
        entry.match = root.text("match");
        entry.item = root.text("item");
        if (!root.text("department").empty()) entry.department = root.text("department");
        entry.resource = root.text("resource");
    }
    if (!root.text("practitioner").empty()) entry.practitioner = root.text("practitioner");
    add(std::move(entry));
}

Statistics Counter::count() {
    // What was shown too late is told behind the period's end at most by the time that a call takes.
    constexpr std::int64_t kBehind = 3'600LL * kMicrosecondsPerSecond;
    for (auto after = entry_before(ledger_, query_.from);;) {
        const auto entries = ledger_.entries(after, kPage);
        bool is_past = false;
        for (const auto& entry : entries) {
            after = entry.sequence;
            ++out_.entries_read;
            take(entry);
        }
        if (!entries.empty()) {
            const auto parsed = fhir::read_plain_json(entries.back().json).value;
            is_past = parsed && instant(parsed->root().text("at")).microseconds > query_.to.microseconds + kBehind;
        }
        if (entries.size() < kPage || is_past) break;
    }
    for (auto& [offer, instance] : offers_) {
        if (undelivered_.contains(offer.sequence)) continue;
        if (!instance.empty() && !counted_.emplace(offer.receiver, instance, offer.item).second) continue;
        if (offer.is_eligible) {
            auto eligible = offer;
            eligible.measure = "ELIGIBLE";
            add(std::move(eligible));
        }
        add(std::move(offer));
    }
    std::uint64_t declined = 0;
    for (const auto& [group, row] : rows_) declined += count_of(row, "M03");
    for (auto& [group, row] : rows_) {
        row.declined_of_all = query_.by == Dimension::reason ? declined : 0;
        out_.rows.push_back(std::move(row));
    }
    return std::move(out_);
}

/// A cell that no spreadsheet takes for a formula.
std::string plain_cell(std::string text) {
    if (!text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos) text.insert(text.begin(), '\'');
    return csv_cell(text);
}

} // namespace

std::span<const Measure> measures() { return kMeasures; }

std::optional<Dimension> dimension_of(std::string_view text) {
    constexpr std::pair<std::string_view, Dimension> kNames[] = {{"", Dimension::none},
                                                                 {"receiver", Dimension::receiver},
                                                                 {"department", Dimension::department},
                                                                 {"practitioner", Dimension::practitioner},
                                                                 {"source", Dimension::source},
                                                                 {"flow", Dimension::flow},
                                                                 {"item", Dimension::item},
                                                                 {"kind", Dimension::kind},
                                                                 {"visit_class", Dimension::visit_class},
                                                                 {"reason", Dimension::reason}};
    for (const auto& [name, dimension] : kNames) {
        if (name == text) return dimension;
    }
    return std::nullopt;
}

std::optional<std::string> Statistics::Row::share(std::string_view measure) const {
    auto above = count_of(*this, "M02"), below = count_of(*this, measure == "M05" ? "M01" : measure == "M06" ? "ELIGIBLE" : "M08");
    if (measure == "M10") above = count_of(*this, "M03"), below = declined_of_all;
    if (below == 0) return std::nullopt;
    const auto tenths = (above * 2'000 + below) / (below * 2); // rounded half up
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

std::uint64_t entry_before(const Ledger& ledger, Instant since) {
    constexpr std::int64_t kMargin = 3'600LL * kMicrosecondsPerSecond;
    std::uint64_t low = 0, high = ledger.last();
    while (low < high) {
        const auto middle = low + (high - low) / 2;
        const auto entry = ledger.entry(middle + 1);
        const auto parsed = entry ? fhir::read_plain_json(entry->json).value : nullptr;
        if (parsed && instant(parsed->root().text("at")).microseconds < since.microseconds - kMargin) low = middle + 1;
        else high = middle;
    }
    return low;
}

Statistics count_decisions(const Ledger& ledger, const StatisticsQuery& query, const std::function<void(const CountedEntry&)>& each) {
    return Counter(ledger, query, each).count();
}

MonthlyForm make_monthly_form(const Statistics& statistics, std::string_view title,
                              const std::function<std::string(const std::string& group)>& name_of) {
    MonthlyForm out;
    out.title = title;
    out.header = {std::string("代码"), std::string("名称")};
    for (const auto& measure : kMeasures) {
        out.header.emplace_back(std::string(measure.code) + " " + std::string(measure.name_zh));
        out.definitions.push_back(std::string(measure.code) + ' ' + std::string(measure.name_zh) + "：" +
                                  std::string(measure.definition_zh));
    }
    out.header.emplace_back("M11 预计节省金额（元）");
    out.header.emplace_back("未定价的采纳");
    out.definitions.emplace_back("M11 预计节省金额：期间内采纳项目的预计节省之和；没有价格的采纳单列");
    for (const auto& row : statistics.rows) {
        std::vector<XlsxCell> cells = {row.group, name_of(row.group)};
        for (const auto& measure : kMeasures) {
            if (!measure.is_share) cells.push_back(XlsxCell::number(std::to_string(count_of(row, std::string(measure.code).c_str()))));
            else cells.emplace_back(row.share(measure.code) ? *row.share(measure.code) + '%' : std::string());
        }
        cells.push_back(XlsxCell::number(row.saving.text()));
        cells.push_back(XlsxCell::number(std::to_string(row.without_price)));
        out.rows.push_back(std::move(cells));
    }
    return out;
}

std::string write_monthly_csv(const MonthlyForm& form) {
    std::string out = "# " + form.title + "\n";
    const auto write_row = [&](const std::vector<XlsxCell>& cells) {
        for (std::size_t index = 0; index < cells.size(); ++index) {
            if (index != 0) out += ',';
            out += cells[index].is_number ? cells[index].text : plain_cell(cells[index].text);
        }
        out += '\n';
    };
    write_row(form.header);
    for (const auto& row : form.rows) write_row(row);
    for (const auto& definition : form.definitions) out += "# " + definition + "\n";
    return out;
}

std::string write_monthly_xlsx(const MonthlyForm& form) {
    XlsxSheet numbers, words;
    numbers.name = "统计";
    numbers.rows.push_back(form.header);
    numbers.rows.insert(numbers.rows.end(), form.rows.begin(), form.rows.end());
    words.name = "口径";
    words.rows.push_back({form.title});
    for (const auto& definition : form.definitions) words.rows.push_back({definition});
    return write_xlsx({numbers, words});
}

} // namespace huitong::recognition
