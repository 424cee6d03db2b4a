/// For those who oversee recognition: what the ledger counts up to, the entries behind every number, and what another rule pack would do.
///
///   GET /recognition/statistics?from=…&to=…&by=…         rows by receiver, department, practitioner, source, flow, item, kind,
///                                                        visit_class, reason
///       &format=csv                                      the monthly form; refused when there is nothing to report
///       &format=xlsx                                     the same as a workbook
///       &format=measure-report                           a FHIR MeasureReport for the level above
///   GET /recognition/statistics/rows?…&measure=M02&group=…  what a number counts, at most `count` entries (1,000)
///   GET /recognition/statistics/registers?date=…         what the registers say of a day: certificates, institutions, what ends soon
///   GET /recognition/statistics/access?from=…&to=…       what the access log says: emergencies, refusals, closed records
///   GET /recognition/statistics/record?from=…&to=…       what the record says: repeated tests, delays, care at a distance; at most
///                                                        92 days, one such count at a time (429)
///
///   GET /recognition/simulate?pack=…&since=N&count=…    past decisions made again by another rule pack; the owner of the directory alone
///
/// A client with the scope `recognition` sees its own institution; `recognition-statistics` and the owner of the directory see all.
/// Days are those of the hub's zone; `to` is not included. Source: domain page §6.
#pragma once

#include "recognition/statistics.hpp"
#include "rest/recognition/desk.hpp"

#include <atomic>

namespace huitong::rest {

class StatisticsDoor final : public Door {
public:
    struct Sources {
        const audit::AccessLog* log = nullptr;
        std::set<std::string> connected; ///< institutions that feed the hub or ask it
        std::string platform;            ///< institution code of the hub's own keeper, "" = none
        std::uint64_t small_cells = 0;   ///< numbers below it are left out of a report's strata; 0 = none
    };
    StatisticsDoor(recognition::Service& service, Reception& reception, Sources sources)
        : service_(service), reception_(reception), sources_(std::move(sources)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    Result<recognition::StatisticsQuery> read_query(const HttpRequest& request, const access::Caller& caller) const;
    HttpResponse counted(const HttpRequest& request, const recognition::StatisticsQuery& query) const;
    HttpResponse monthly_form(const HttpRequest& request, const recognition::StatisticsQuery& query,
                              const recognition::Statistics& statistics, bool is_workbook) const;
    HttpResponse rows(const HttpRequest& request, const recognition::StatisticsQuery& query, std::vector<std::string>& resources) const;
    HttpResponse report(const HttpRequest& request, const recognition::StatisticsQuery& query) const;
    HttpResponse registers(const HttpRequest& request, const access::Caller& caller) const;
    HttpResponse access(const HttpRequest& request, const recognition::StatisticsQuery& query) const;
    HttpResponse record(const HttpRequest& request, const recognition::StatisticsQuery& query, std::vector<std::string>& resources) const;
    HttpResponse simulated(const HttpRequest& request) const;
    HttpResponse dispatch(const HttpRequest& request, const access::Caller& caller, std::vector<std::string>& resources) const;
    std::string name_of(const recognition::StatisticsQuery& query, const std::string& group) const;

    recognition::Service& service_;
    Reception& reception_;
    Sources sources_;
    mutable std::atomic<bool> counts_record_{false}; ///< one at a time: it reads the whole period
};

} // namespace huitong::rest
