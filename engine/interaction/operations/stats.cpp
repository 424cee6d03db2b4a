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

Values values_of(const std::vector<FoundResource>& found) {
    Values out;
    out.observations = found.size();
    for (const auto& one : found) {
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

} // namespace

boost::asio::awaitable<Response> stats(const Services& services, Request request, Route route) {
    if (route.type != "Observation") co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$stats", "Observation"}));
    std::vector<std::pair<std::string, std::string>> criteria;
    std::vector<std::string> wanted;
    std::string subject, code, system, coding;
    for (const auto& [name, value] : request.query) {
        if (name == "subject") subject = value;
        else if (name == "code") code = value;
        else if (name == "system") system = value;
        else if (name == "coding") coding = value;
        else if (name == "period") criteria.emplace_back("date", value);
        else if (name == "statistic") {
            for (auto& one : search::split_unescaped(value, ',')) wanted.push_back(std::move(one));
        } else if (!name.starts_with("_format")) co_return failed(error(IssueCode::not_supported, name, "operation-parameter", {name}));
    }
    if (coding.empty() && !code.empty()) coding = system.empty() ? code : system + '|' + code;
    for (const auto& [name, value] : {std::pair("subject", subject), std::pair("code", coding)}) {
        if (value.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {name}));
        criteria.emplace_back(name, value);
    }
    if (wanted.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {"statistic"}));
    for (const auto& one : wanted) {
        if (!is_known(one)) co_return failed(error(IssueCode::not_supported, "statistic", "operation-parameter", {"statistic"}));
    }
    const auto found = find_all(services, request, route.type, std::move(criteria), "date", kCandidatesMax);
    if (!found) co_return failed(found.error());
    const auto values = values_of(*found);
    if (values.mixed) co_return failed(error(IssueCode::business_rule, "", "operation-units"));
    Response response;
    std::string& out = response.body;
    out = "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"statistics\",\"resource\":{\"resourceType\":\"Observation\","
          "\"status\":\"final\",\"code\":";
    out += found->empty() ? "{\"text\":\"-\"}" : fhir::write_json(found->front().root().child("code"));
    out += ",\"subject\":{\"reference\":";
    fhir::write_json_string(subject, out);
    out += "},\"component\":[";
    bool first = true;
    for (const auto& one : wanted) {
        const auto value = statistic(one, values);
        if (!value) continue;
        if (!first) out += ',';
        first = false;
        write_component(one, *value, values, out);
    }
    out += "]}}]}";
    for (const auto& one : *found) touch(response, one.version);
    co_return response;
}

} // namespace huitong::interaction
