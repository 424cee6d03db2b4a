/// Observation/$stats: simple statistics of one code over the values of one subject. Source: FHIR R4, Observation-operation-stats.
#include "interaction/operations/observations.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace huitong::interaction {
namespace {

constexpr std::size_t kCandidatesMax = 100'000;
constexpr std::string_view kStatistics = "http://terminology.hl7.org/CodeSystem/observation-statistics";

struct Values {
    std::vector<double> numbers; ///< sorted
    fhir::Element unit;          ///< a valueQuantity whose unit all share
    std::size_t observations = 0;
    bool mixed = false;
};

/// Source: FHIR R4, Observation-operation-stats: what was entered in error is left out.
Values values_of(const std::vector<FoundResource>& found) {
    Values out;
    for (const auto& one : found) {
        if (!is_said(one.root())) continue;
        ++out.observations;
        const auto quantity = one.root().child("valueQuantity");
        if (!quantity || !quantity.child("value")) continue;
        if (!out.unit) out.unit = quantity;
        const bool fits = quantity.text("code") == out.unit.text("code") && quantity.text("system") == out.unit.text("system") &&
                          (!quantity.text("code").empty() || quantity.text("unit") == out.unit.text("unit"));
        out.mixed = out.mixed || !fits;
        out.numbers.push_back(std::strtod(std::string(quantity.text("value")).c_str(), nullptr));
    }
    std::sort(out.numbers.begin(), out.numbers.end());
    return out;
}

/// Linear between the two nearest ranks.
double quantile(const std::vector<double>& sorted, double share) {
    const auto place = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const auto above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

std::optional<double> statistic(std::string_view code, const Values& values) {
    const auto& numbers = values.numbers;
    const auto count = static_cast<double>(numbers.size());
    if (code == "count") return count;
    if (code == "total-count") return static_cast<double>(values.observations);
    if (numbers.empty()) return std::nullopt;
    double sum = 0;
    for (const auto number : numbers) sum += number;
    const auto mean = sum / count;
    if (code == "average") return mean;
    if (code == "sum") return sum;
    if (code == "minimum") return numbers.front();
    if (code == "maximum") return numbers.back();
    if (code == "median") return quantile(numbers, 0.5);
    if (code == "20-percent") return quantile(numbers, 0.2);
    if (code == "80-percent") return quantile(numbers, 0.8);
    if (code == "4-lower") return quantile(numbers, 0.25);
    if (code == "4-upper") return quantile(numbers, 0.75);
    if (code != "std-dev" && code != "variance") return std::nullopt;
    if (numbers.size() < 2) return std::nullopt;
    double squares = 0;
    for (const auto number : numbers) squares += (number - mean) * (number - mean);
    const auto variance = squares / (count - 1);
    return code == "variance" ? variance : std::sqrt(variance);
}

bool is_known(std::string_view code) {
    static constexpr std::string_view kKnown[] = {"average",    "sum",        "minimum", "maximum", "median",  "count",   "total-count",
                                                  "20-percent", "80-percent", "4-lower", "4-upper", "std-dev", "variance"};
    return std::find(std::begin(kKnown), std::end(kKnown), code) != std::end(kKnown);
}

bool is_plain_count(std::string_view code) { return code == "count" || code == "total-count"; }

std::string number_text(double value) {
    std::array<char, 40> out{};
    const auto size = std::snprintf(out.data(), out.size(), "%.12g", value);
    return {out.data(), static_cast<std::size_t>(size)};
}

void write_component(std::string_view code, double value, const Values& values, std::string& out) {
    out += "{\"code\":{\"coding\":[{\"system\":\"" + std::string(kStatistics) + "\",\"code\":\"" + std::string(code) +
           "\"}]},\"valueQuantity\":{\"value\":" + number_text(value);
    for (const std::string_view member : {"unit", "system", "code"}) {
        const auto text = values.unit && !is_plain_count(code) ? values.unit.text(member) : std::string_view();
        if (text.empty()) continue;
        out += ",\"" + std::string(member) + "\":";
        fhir::write_json_string(text, out);
    }
    out += "}}";
}

struct Asked {
    std::string subject, system, period;
    std::vector<std::string> codings, wanted; ///< one observation of statistics for each coding
};

Outcome missing(const char* name) { return error(IssueCode::required, "", "operation-parameter", {name}); }
Outcome not_understood(const std::string& name) { return error(IssueCode::not_supported, name, "operation-parameter-unknown", {name}); }

Result<Asked> read_asked(const Request& request) {
    Asked out;
    std::vector<std::string> codes;
    for (const auto& [name, value] : request.query) {
        if (name == "subject" && out.subject.empty()) out.subject = value;
        else if (name == "code") codes.push_back(value);
        else if (name == "system") out.system = value;
        else if (name == "coding") out.codings.push_back(value);
        else if (name == "period") out.period = value;
        else if (name == "statistic") {
            for (auto& one : search::split_unescaped(value, ',')) out.wanted.push_back(std::move(one));
        } else if (!name.starts_with("_format")) return not_understood(name);
    }
    for (const auto& code : codes) {
        if (!code.empty()) out.codings.push_back(out.system.empty() ? code : out.system + '|' + code);
    }
    if (out.subject.empty()) return missing("subject");
    if (out.codings.empty()) return missing("code");
    if (out.wanted.empty()) return missing("statistic");
    if (!std::all_of(out.wanted.begin(), out.wanted.end(), is_known)) return not_understood("statistic");
    return out;
}

/// Adds the statistics of one code to the answer. Issues: those of search, operation-units.
Outcome add_statistics(const Services& services, const Request& request, const Asked& asked, const std::string& coding,
                       Response& response) {
    std::vector<std::pair<std::string, std::string>> criteria{{"subject", asked.subject}, {"code", coding}};
    if (!asked.period.empty()) criteria.emplace_back("date", asked.period);
    const auto found = find_all(services, request, "Observation", std::move(criteria), "date", kCandidatesMax);
    if (!found) return found.error();
    const auto values = values_of(*found);
    if (values.mixed) return error(IssueCode::business_rule, "", "operation-units");
    auto& out = response.body;
    out += out.ends_with('[') ? "" : ",";
    out += R"({"name":"statistics","resource":{"resourceType":"Observation","status":"final","code":)";
    out += found->empty() ? "{\"text\":\"-\"}" : fhir::write_json(found->front().root().child("code"));
    out += ",\"subject\":{\"reference\":";
    fhir::write_json_string(asked.subject, out);
    out += "},\"component\":[";
    for (const auto& one : asked.wanted) {
        const auto value = statistic(one, values);
        if (!value) continue;
        if (!out.ends_with('[')) out += ',';
        write_component(one, *value, values, out);
    }
    out += "]}}";
    for (const auto& one : *found) touch(response, one.version);
    return {};
}

} // namespace

boost::asio::awaitable<Response> stats(const Services& services, Request request, Route route) {
    if (route.type != "Observation") co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$stats", "Observation"}));
    const auto asked = read_asked(request);
    if (!asked) co_return failed(asked.error());
    Response response;
    response.body = R"({"resourceType":"Parameters","parameter":[)";
    for (const auto& coding : asked->codings) {
        if (auto issues = add_statistics(services, request, *asked, coding, response); issues.has_errors())
            co_return failed(std::move(issues));
    }
    response.body += "]}";
    co_return response;
}

} // namespace huitong::interaction
