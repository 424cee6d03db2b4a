#include "rest/recognition/statistics_door.hpp"

#include "audit/access_statistics.hpp"
#include "base/date_time.hpp"
#include "base/json_writer.hpp"
#include "base/url_query.hpp"
#include "feeds/message_record.hpp"
#include "recognition/register_statistics.hpp"
#include "rest/plain_scopes.hpp"
#include "rest/recognition/measure_report.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::rest {
namespace {

constexpr std::string_view kPath = "/recognition/statistics", kSimulatePath = "/recognition/simulate";
constexpr std::size_t kSimulatedMax = 1'000; ///< entries of the ledger in one answer
constexpr std::string_view kAllScope = "recognition-statistics";
constexpr std::size_t kRowsMax = 1'000;
constexpr std::int64_t kRecordDaysMax = 92; ///< a quarter, the longest that is reported; every result of it is read

bool sees_all(const access::Caller& caller) { return caller.open || caller.local_admin || has_scope(caller, kAllScope); }

/// An object left open: its number follows.
void write_measure(JsonWriter& json, const recognition::Measure& measure) {
    json.object().member("code", measure.code).member("name_zh", measure.name_zh).member("name_en", measure.name_en);
    json.member("definition_zh", measure.definition_zh).member("definition_en", measure.definition_en);
}

std::string period_text(const HttpRequest& request) { return query_text(request, "from") + " – " + query_text(request, "to"); }

void write_counted(JsonWriter& json, const recognition::CountedEntry& entry) {
    json.object().count("sequence", entry.sequence).member("at", entry.at).member("measure", entry.measure);
    json.member_if("match", entry.match).member_if("receiver", entry.receiver).member_if("department", entry.department);
    json.member_if("practitioner", entry.practitioner).member_if("source", entry.source).member_if("item", entry.item);
    json.member_if("name_zh", entry.name_zh).member_if("visit_class", entry.visit_class).member_if("verdict", entry.verdict);
    json.member_if("reason", entry.reason).member_if("resource", entry.resource);
    if (entry.saving) json.member("saving", entry.saving->text());
    json.end_object();
}

/// A number with the rows that it counts.
void write_rows_of(JsonWriter& json, const recognition::RegisterCount& one) {
    write_measure(json, one.measure);
    json.member("value", one.value).array("rows");
    for (const auto& row : one.rows) json.object().member("id", row.id).member_if("name", row.name).member_if("why", row.why).end_object();
    json.end_array().end_object();
}

} // namespace

Result<recognition::StatisticsQuery> StatisticsDoor::read_query(const HttpRequest& request, const access::Caller& caller) const {
    if (!sees_all(caller) && (!has_scope(caller, recognition::kScope) || caller.organization.empty()))
        return Outcome(error(IssueCode::forbidden, "", "access-scope", {std::string(kAllScope), "statistics"}));
    const auto from = read_date_time(query_text(request, "from")), to = read_date_time(query_text(request, "to"));
    const auto by = recognition::dimension_of(query_text(request, "by"));
    if (!from || !to || !by) return Outcome(error(IssueCode::invalid, "from, to, by", "recognition-period"));
    recognition::StatisticsQuery out;
    out.from = instants_of(*from, service_.offset_minutes()).first;
    out.to = instants_of(*to, service_.offset_minutes()).first;
    if (!(out.from < out.to)) return Outcome(error(IssueCode::invalid, "from, to", "recognition-period"));
    out.by = *by;
    out.receiver = sees_all(caller) ? query_text(request, "receiver") : caller.organization;
    return out;
}

/// The words of a code: institutions and catalogue items have names.
std::string StatisticsDoor::name_of(const recognition::StatisticsQuery& query, const std::string& group) const {
    const auto facts = service_.facts();
    if (query.by == recognition::Dimension::receiver || query.by == recognition::Dimension::source) {
        for (const auto& institution : facts->institutions) {
            if (institution.id == group) return institution.name;
        }
    }
    return {};
}

HttpResponse StatisticsDoor::monthly_form(const HttpRequest& request, const recognition::StatisticsQuery& query,
                                          const recognition::Statistics& statistics, bool is_workbook) const {
    if (statistics.rows.empty()) return outcome_response(error(IssueCode::not_found, "", "recognition-statistics-empty"));
    const auto form = recognition::make_monthly_form(statistics, "检查检验结果互认统计 " + period_text(request),
                                                     [&](const std::string& group) { return name_of(query, group); });
    HttpResponse response;
    if (is_workbook) {
        response.set("Content-Type", kXlsxMediaType);
        response.set("Content-Disposition", "attachment; filename=\"recognition-statistics.xlsx\"");
        response.body = recognition::write_monthly_xlsx(form);
        return response;
    }
    response.set("Content-Type", "text/csv; charset=utf-8");
    // The mark tells spreadsheets that the text is UTF-8.
    response.body = "\xEF\xBB\xBF" + recognition::write_monthly_csv(form);
    return response;
}

HttpResponse StatisticsDoor::counted(const HttpRequest& request, const recognition::StatisticsQuery& query) const {
    const auto statistics = recognition::count_decisions(service_.ledger(), query);
    if (const auto format = query_text(request, "format"); format == "csv" || format == "xlsx")
        return monthly_form(request, query, statistics, format == "xlsx");
    JsonWriter json;
    json.object()
        .member("from", query_text(request, "from"))
        .member("to", query_text(request, "to"))
        .member("by", query_text(request, "by"));
    json.member_if("receiver", query.receiver).count("entries_read", statistics.entries_read).array("measures");
    for (const auto& measure : recognition::measures()) {
        write_measure(json, measure);
        json.end_object();
    }
    json.end_array().array("rows");
    for (const auto& row : statistics.rows) {
        json.object().member("group", row.group).member_if("name", name_of(query, row.group));
        for (const auto& measure : recognition::measures()) {
            const auto found = row.counts.find(std::string(measure.code));
            if (!measure.is_share) json.count(measure.code, found == row.counts.end() ? 0 : found->second);
            else if (const auto share = row.share(measure.code)) json.member(measure.code, *share);
        }
        json.member("M11", row.saving.text()).count("M11_without_price", row.without_price).end_object();
    }
    json.end_array().end_object();
    return json_response(200, json.take());
}

HttpResponse StatisticsDoor::rows(const HttpRequest& request, const recognition::StatisticsQuery& query,
                                  std::vector<std::string>& resources) const {
    const auto measure = query_text(request, "measure"), group = query_text(request, "group");
    std::size_t count = kRowsMax, left_out = 0, told = 0;
    const auto wanted = query_text(request, "count");
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
    count = std::min(count, kRowsMax);
    JsonWriter json;
    json.object().array("rows");
    (void)recognition::count_decisions(service_.ledger(), query, [&](const recognition::CountedEntry& entry) {
        if ((!measure.empty() && entry.measure != measure) || (query.by != recognition::Dimension::none && entry.group != group)) return;
        if (told == count) {
            ++left_out;
            return;
        }
        ++told;
        write_counted(json, entry);
        if (!entry.resource.empty()) resources.push_back(entry.resource);
    });
    json.end_array().count("left_out", left_out).end_object();
    return json_response(200, json.take());
}

HttpResponse StatisticsDoor::simulated(const HttpRequest& request) const {
    std::uint64_t since = 0;
    std::size_t count = kSimulatedMax;
    const auto from = query_text(request, "since"), wanted = query_text(request, "count");
    std::from_chars(from.data(), from.data() + from.size(), since);
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
    const auto simulation = service_.simulate(query_text(request, "pack"), since, std::min(count, kSimulatedMax));
    if (!simulation) return json_response(422, "{\"issues\":" + feeds::write_issues(simulation.error()) + '}');
    JsonWriter json;
    json.object().count("last", simulation->last).count("decided", simulation->decided).count("same", simulation->same).array("different");
    for (const auto& one : simulation->different) {
        json.object().count("sequence", one.sequence).member("at", one.at).member("receiver", one.receiver).member("order", one.order);
        json.member_if("item", one.item).member_if("name_zh", one.name_zh).member("own", one.own).member("other", one.other);
        json.member_if("own_saving", one.own_saving).member_if("other_saving", one.other_saving).array("reasons");
        for (const auto& reason : one.reasons) json.text(reason);
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json_response(200, json.take());
}

/// The same numbers as a resource. `to` is not included, and a period's end is: so the report ends a millisecond before.
HttpResponse StatisticsDoor::report(const HttpRequest& request, const recognition::StatisticsQuery& query) const {
    ReportFrame frame;
    frame.reporter = query.receiver.empty() ? sources_.platform : query.receiver;
    frame.start = instant_text(query.from, service_.offset_minutes());
    frame.end = instant_text({query.to.microseconds - 1'000}, service_.offset_minutes());
    frame.date = instant_text(reception_.clock().now(), service_.offset_minutes());
    frame.by = query_text(request, "by");
    frame.small_cells = sources_.small_cells;
    const auto& base = service_.services().registry->base_url();
    frame.rows_url = base.substr(0, base.rfind('/')) + std::string(kPath) + "/rows?from=" + encode_url(query_text(request, "from")) +
                     "&to=" + encode_url(query_text(request, "to")) + "&by=" + encode_url(frame.by) +
                     (query.receiver.empty() ? "" : "&receiver=" + encode_url(query.receiver));
    auto response = json_response(200, write_measure_report(recognition::count_decisions(service_.ledger(), query), frame));
    response.set("Content-Type", "application/fhir+json; charset=utf-8");
    return response;
}

HttpResponse StatisticsDoor::registers(const HttpRequest& request, const access::Caller& caller) const {
    if (!sees_all(caller)) return outcome_response(error(IssueCode::forbidden, "", "access-scope", {std::string(kAllScope), "registers"}));
    const auto date = query_text(request, "date");
    const auto read = read_date_time(date);
    if (!read || read->precision != Precision::day) return outcome_response(error(IssueCode::invalid, "date", "recognition-period"));
    JsonWriter json;
    json.object().member("date", date).array("measures");
    for (const auto& one : recognition::count_register(*service_.facts(), date, sources_.connected)) write_rows_of(json, one);
    json.end_array().end_object();
    return json_response(200, json.take());
}

HttpResponse StatisticsDoor::record(const HttpRequest& request, const recognition::StatisticsQuery& query,
                                    std::vector<std::string>& resources) const {
    if (query.to.microseconds - query.from.microseconds > kRecordDaysMax * kMicrosecondsPerDay)
        return outcome_response(error(IssueCode::too_costly, "from, to", "recognition-period-long", {std::to_string(kRecordDaysMax)}));
    if (counts_record_.exchange(true)) return outcome_response(error(IssueCode::throttled, "", "recognition-busy"));
    const std::unique_ptr<std::atomic<bool>, void (*)(std::atomic<bool>*)> counting(&counts_record_, [](auto* flag) { *flag = false; });
    const auto counted = service_.count_record(query.from, query.to, query.receiver);
    if (!counted) return outcome_response(counted.error());
    JsonWriter json;
    json.object().member("from", query_text(request, "from")).member("to", query_text(request, "to")).array("measures");
    for (const auto& one : *counted) {
        write_rows_of(json, one);
        for (const auto& row : one.rows) {
            if (row.id.find('/') != row.id.npos) resources.push_back(row.id);
        }
    }
    json.end_array().end_object();
    return json_response(200, json.take());
}

HttpResponse StatisticsDoor::access(const HttpRequest& request, const recognition::StatisticsQuery& query) const {
    const auto counted = audit::count_access(*sources_.log, query.from, query.to, query.receiver);
    if (!counted) return outcome_response(counted.error());
    JsonWriter json;
    json.object().member("from", query_text(request, "from")).member("to", query_text(request, "to")).array("measures");
    for (const auto& one : *counted) {
        write_measure(json, {one.code, one.name_zh, one.name_en, one.definition_zh, one.definition_en});
        json.count("count", one.count).array("rows");
        for (const auto& [place, record] : one.rows) {
            json.object().member("record", place).member("at", instant_text(record.at, service_.offset_minutes()));
            json.member_if("client", record.client).member_if("organization", record.organization);
            json.member_if("practitioner", record.practitioner).member("interaction", record.interaction);
            json.count("status", static_cast<std::uint64_t>(record.status)).member_if("reason", record.reason).end_object();
        }
        json.end_array().end_object();
    }
    json.end_array().end_object();
    return json_response(200, json.take());
}

HttpResponse StatisticsDoor::dispatch(const HttpRequest& request, const access::Caller& caller, std::vector<std::string>& resources) const {
    if (request.path == kSimulatePath)
        return caller.local_admin ? simulated(request) : outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.method != "GET") return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    const auto part = std::string_view(request.path).substr(std::min(kPath.size(), request.path.size()));
    if (part == "/registers") return registers(request, caller);
    if (!part.empty() && part != "/rows" && part != "/access" && part != "/record")
        return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    const auto query = read_query(request, caller);
    if (!query) return outcome_response(query.error());
    if (part == "/rows") return rows(request, *query, resources);
    if (part == "/access") return access(request, *query);
    if (part == "/record") return record(request, *query, resources);
    return query_text(request, "format") == "measure-report" ? report(request, *query) : counted(request, *query);
}

boost::asio::awaitable<HttpResponse> StatisticsDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    std::vector<std::string> resources;
    auto response = dispatch(request, *caller, resources);
    auto interaction = "recognition-" + request.path.substr(std::string_view("/recognition/").size());
    std::replace(interaction.begin(), interaction.end(), '/', '-');
    auto recorded = co_await reception_.record(*caller, std::move(interaction), "", "", response.status, std::move(resources));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

} // namespace huitong::rest
