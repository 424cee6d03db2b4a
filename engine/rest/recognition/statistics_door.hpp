/// For those who oversee recognition: what the ledger counts up to, the entries behind every number, and what another rule pack would do.
///
///   GET /recognition/statistics?from=…&to=…&by=…        rows by receiver, department, practitioner, source, flow, item, visit_class,
///   reason … &format=csv                                       the monthly form; refused when there is nothing to report GET
///   /recognition/statistics/rows?…&measure=M02&group=…   what a number counts, at most `count` entries (1,000)
///
///   GET /recognition/simulate?pack=…&since=N&count=…    past decisions made again by another rule pack; the owner of the directory alone
///
/// A client with the scope `recognition` sees its own institution; `recognition-statistics` and the owner of the directory see all.
/// Days are those of the hub's zone; `to` is not included. Source: domain page §6.
#pragma once

#include "recognition/statistics.hpp"
#include "rest/recognition/desk.hpp"

namespace huitong::rest {

class StatisticsDoor final : public Door {
public:
    StatisticsDoor(recognition::Service& service, Reception& reception) : service_(service), reception_(reception) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    Result<recognition::StatisticsQuery> read_query(const HttpRequest& request, const access::Caller& caller) const;
    HttpResponse counted(const HttpRequest& request, const recognition::StatisticsQuery& query) const;
    HttpResponse rows(const HttpRequest& request, const recognition::StatisticsQuery& query, std::vector<std::string>& resources) const;
    HttpResponse simulated(const HttpRequest& request) const;
    std::string name_of(const recognition::StatisticsQuery& query, const std::string& group) const;

    recognition::Service& service_;
    Reception& reception_;
};

} // namespace huitong::rest
