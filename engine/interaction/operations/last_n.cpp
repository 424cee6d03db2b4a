/// Observation/$lastn: the newest of each kind of observation. Source: FHIR R4, Observation-operation-lastn.
#include "interaction/operations/observations.hpp"
#include "search/query_syntax.hpp"

#include <map>
#include <set>

namespace huitong::interaction {
namespace {

constexpr std::size_t kCandidatesMax = 20'000;

/// Keys of an observation's code: its codings, else its text. Observations that share one are of one kind.
std::vector<std::string> keys_of(fhir::Element observation) {
    std::vector<std::string> out;
    if (const auto code = observation.child("code")) {
        for (const auto coding : code.children("coding"))
            out.push_back(std::string(coding.text("system")) + '|' + std::string(coding.text("code")));
        if (out.empty()) out.push_back("text|" + std::string(code.text("text")));
    }
    if (out.empty()) out.emplace_back();
    return out;
}

/// Names the one whose observations are wanted: no condition on somebody, nobody's being missing.
bool is_subject(std::string_view name) {
    return name == "patient" || name == "subject" || name == "patient:Patient" || name == "subject:Patient";
}

} // namespace

boost::asio::awaitable<Response> last_n(const Services& services, Request request, Route route) {
    if (route.type != "Observation") co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$lastn", "Observation"}));
    std::size_t max = 1;
    std::vector<std::pair<std::string, std::string>> criteria;
    std::vector<std::string> persons;
    bool names_status = false;
    for (const auto& [name, value] : request.query) {
        if (name == "max") max = std::strtoul(value.c_str(), nullptr, 10);
        else criteria.emplace_back(name, value);
        names_status = names_status || name.starts_with("status");
        if (is_subject(name)) persons.push_back(value);
    }
    const bool is_of_one = persons.size() == 1 && search::split_unescaped(persons[0], ',').size() == 1 && persons[0] != ",";
    if (!is_of_one || max == 0) co_return failed(error(IssueCode::required, "", "operation-parameter", {max == 0 ? "max" : "patient"}));
    auto found = find_all(services, request, route.type, std::move(criteria), "-date", kCandidatesMax);
    if (!found) co_return failed(found.error());
    Response response;
    std::string& out = response.body;
    std::map<std::string, std::string> kind; // key → the key that its kind is counted by
    std::map<std::string, std::size_t> count;
    std::size_t total = 0;
    std::string entries;
    for (const auto& one : *found) {
        if (!names_status && !is_said(one.root())) continue;
        const auto keys = keys_of(one.root());
        auto counted = keys.front();
        for (const auto& key : keys) {
            if (const auto known = kind.find(key); known != kind.end()) counted = known->second;
        }
        for (const auto& key : keys) kind.emplace(key, counted);
        if (++count[counted] > max) continue;
        entries += std::string(total == 0 ? "" : ",") + "{\"fullUrl\":";
        fhir::write_json_string(services.base_url + '/' + one.version.key.type + '/' + one.version.key.id, entries);
        entries += ",\"resource\":" + one.version.body + ",\"search\":{\"mode\":\"match\"}}";
        ++total;
        touch(response, one.version);
    }
    out = "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":" + std::to_string(total) + ",\"entry\":[" + entries;
    close_entries(out);
    co_return response;
}

} // namespace huitong::interaction
