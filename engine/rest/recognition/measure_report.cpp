#include "rest/recognition/measure_report.hpp"

#include "base/json_writer.hpp"
#include "recognition/question.hpp"

#include <algorithm>
#include <set>

namespace huitong::rest {
namespace {

using recognition::Measure;
using Row = recognition::Statistics::Row;

constexpr std::string_view kMeasureSystem = "urn:huitong:recognition:measure";
constexpr std::string_view kCanonical = "https://huitong.example/fhir/Measure/mutual-recognition";

void write_coding(JsonWriter& json, std::string_view system, std::string_view code, std::string_view display) {
    json.object("code").array("coding").object().member("system", system).member("code", code).member_if("display", display);
    json.end_object().end_array().end_object();
}

/// All rows as one.
Row sum_of(const recognition::Statistics& statistics) {
    Row out;
    for (const auto& row : statistics.rows) {
        for (const auto& [measure, count] : row.counts) out.counts[measure] += count;
        out.saving = Decimal::add(out.saving, row.saving).value_or(out.saving);
        out.without_price += row.without_price;
    }
    return out;
}

std::uint64_t count_of(const Row& row, std::string_view measure) {
    const auto found = row.counts.find(std::string(measure));
    return found == row.counts.end() ? 0 : found->second;
}

void write_population(JsonWriter& json, std::uint64_t count) {
    json.array("population").object();
    write_coding(json, "http://terminology.hl7.org/CodeSystem/measure-population", "initial-population", "");
    json.count("count", count).end_object().end_array();
}

void write_score(JsonWriter& json, const std::string& value, std::string_view unit, std::string_view code) {
    json.object("measureScore").key("value").raw(value).member("unit", unit).member("system", "http://unitsofmeasure.org");
    json.member("code", code).end_object();
}

/// The number of a row, or its quotient.
void write_value(JsonWriter& json, const Measure& measure, const Row& row) {
    if (!measure.is_share) return write_population(json, count_of(row, measure.code));
    if (const auto share = row.share(measure.code)) write_score(json, *share, "%", "%");
}

/// Groups that are left out of a split by this measure: the small ones, and with them the next until their sum, which is the total less
/// what is shown, tells of none of them.
std::set<const Row*> left_out(const recognition::Statistics& statistics, std::string_view measure, std::uint64_t small_cells) {
    std::vector<const Row*> rows;
    for (const auto& row : statistics.rows) {
        if (count_of(row, measure) != 0) rows.push_back(&row);
    }
    std::stable_sort(rows.begin(), rows.end(), [&](const Row* a, const Row* b) { return count_of(*a, measure) < count_of(*b, measure); });
    std::set<const Row*> out;
    std::uint64_t sum = 0;
    if (rows.empty() || count_of(*rows.front(), measure) >= small_cells) return out;
    for (const auto* row : rows) {
        const auto count = count_of(*row, measure);
        if (count >= small_cells && out.size() > 1 && sum >= small_cells) break;
        out.insert(row);
        sum += count;
    }
    return out;
}

void write_strata(JsonWriter& json, const Measure& measure, const recognition::Statistics& statistics, const ReportFrame& frame) {
    if (frame.by.empty()) return;
    // A quotient of small numbers would give them away.
    const std::string_view counted = measure.is_share ? "M02" : measure.code;
    const auto hidden = left_out(statistics, counted, frame.small_cells);
    std::vector<const Row*> shown;
    for (const auto& row : statistics.rows) {
        const bool is_said = measure.is_share ? row.share(measure.code).has_value() : count_of(row, measure.code) != 0;
        const bool is_small = hidden.contains(&row) || (frame.small_cells != 0 && count_of(row, counted) == 0);
        if (is_said && !is_small) shown.push_back(&row);
    }
    if (shown.empty()) return;
    json.array("stratifier").object().array("code").object().member("text", frame.by).end_object().end_array().array("stratum");
    for (const auto* row : shown) {
        json.object().object("value").member("text", row->group.empty() ? "-" : row->group).end_object();
        write_value(json, measure, *row);
        json.end_object();
    }
    json.end_array().end_object().end_array();
}

void write_group(JsonWriter& json, const Measure& measure, const Row& sum, const recognition::Statistics& statistics,
                 const ReportFrame& frame) {
    json.object().array("extension").object().member("url", std::string(recognition::kExtensionBase) + "statistics-rows");
    json.member("valueUrl", frame.rows_url + "&measure=" + std::string(measure.code)).end_object().end_array();
    write_coding(json, kMeasureSystem, measure.code, measure.name_zh);
    write_value(json, measure, sum);
    write_strata(json, measure, statistics, frame);
    json.end_object();
}

} // namespace

std::string write_measure_report(const recognition::Statistics& statistics, const ReportFrame& frame) {
    const auto sum = sum_of(statistics);
    JsonWriter json;
    json.object().member("resourceType", "MeasureReport").member("status", "complete").member("type", "summary");
    json.member("measure", kCanonical).member("date", frame.date);
    if (!frame.reporter.empty()) {
        json.object("reporter").member("type", "Organization").object("identifier").member("system", recognition::kInstitutionSystem);
        json.member("value", frame.reporter).end_object().end_object();
    }
    json.object("period").member("start", frame.start).member("end", frame.end).end_object().array("group");
    for (const auto& measure : recognition::measures()) write_group(json, measure, sum, statistics, frame);
    json.object();
    write_coding(json, kMeasureSystem, "M11", "预计节省金额");
    write_score(json, sum.saving.text(), "CNY", "[CNY]");
    json.end_object().end_array().end_object();
    return json.take();
}

} // namespace huitong::rest
