/// $unit: what UCUM says of a unit. In: `unit`; with `value` and `to` a value is converted. Out: `valid`; `code` (that of a spelling of
/// laboratories when the unit as written is none, then with `spelling`), `display`, `canonical` and `factor` (with `offset` for
/// temperatures); `result`, a Quantity. Source: UCUM 2.x. Guide: docs/guides/engines.md.
#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"
#include "ucum/ucum.hpp"

namespace huitong::interaction {
namespace {

void add_quantity(OperationOutput& out, const Decimal& value, const std::string& unit) {
    out.add_raw("result", "Quantity",
                R"({"value":)" + value.text() + R"(,"unit":)" + fhir::json_text(unit) + R"(,"system":"http://unitsofmeasure.org","code":)" +
                    fhir::json_text(unit) + "}");
}

Response answer(OperationOutput& out) {
    Response response;
    response.body = out.finish();
    return response;
}

} // namespace

boost::asio::awaitable<Response> unit(const Services& services, Request request, Route) {
    const auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    auto code = input->text("unit");
    if (code.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {"unit"}));
    OperationOutput out;
    // Spellings come first: "K/uL" is kelvin by the letter of UCUM and a count of cells to everybody who writes it.
    if (const auto meant = ucum::unit_of_spelling(code); meant && *meant != code) {
        out.add("spelling", "String", code);
        code = *meant;
    }
    const auto canonical = ucum::canonical(code);
    out.add_boolean("valid", canonical.has_value());
    if (!canonical) {
        if (!input->text("value").empty()) co_return failed(canonical.error());
        co_return answer(out);
    }
    out.add("code", "Code", code);
    if (const auto words = ucum::display(code)) out.add("display", "String", *words);
    out.add("canonical", "Code", canonical->units).add_raw("factor", "Decimal", canonical->factor.text());
    if (canonical->offset != Decimal(0)) out.add_raw("offset", "Decimal", canonical->offset.text());
    const auto given = input->text("value");
    const auto to = input->text("to");
    if (given.empty() && to.empty()) co_return answer(out);
    if (to.empty() || given.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {to.empty() ? "to" : "value"}));
    const auto value = Decimal::read(given);
    if (!value) co_return failed(error(IssueCode::invalid, "value", "operation-number", {"value"}));
    const auto target = ucum::unit_of_spelling(to).value_or(to);
    const auto converted = ucum::convert(*value, code, target);
    if (!converted) co_return failed(converted.error());
    add_quantity(out, *converted, target);
    co_return answer(out);
}

} // namespace huitong::interaction
