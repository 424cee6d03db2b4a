/// $translate, $lookup, $validate-code, $expand. Source: FHIR R4, Terminology Service; ConceptMap, CodeSystem and ValueSet operations.
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"

namespace huitong::interaction {

boost::asio::awaitable<Response> translate(const Services& services, Request request, Route) {
    auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    const auto coding = input->coding();
    if (coding.code.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {"code"}));
    auto target = input->text("targetsystem");
    if (target.empty()) target = input->text("target");
    const auto matches = services.terminology->translate(input->text("url"), coding, target);
    OperationOutput out;
    bool any = false;
    for (const auto& match : matches) any = any || (match.equivalence != "unmatched" && match.equivalence != "disjoint");
    out.add_boolean("result", any);
    if (!any) out.add("message", "String", "No mapping for this code.");
    for (const auto& match : matches) {
        out.open("match").add("equivalence", "Code", match.equivalence);
        if (!match.target.code.empty()) out.add_coding("concept", match.target);
        out.add("source", "String", match.map_url).close();
    }
    Response response;
    response.body = out.finish();
    co_return response;
}

boost::asio::awaitable<Response> lookup(const Services& services, Request request, Route) {
    auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    const auto coding = input->coding();
    if (coding.code.empty() || coding.system.empty())
        co_return failed(error(IssueCode::required, "", "operation-parameter", {"code, system"}));
    const auto found = services.terminology->lookup(coding.system, coding.code);
    if (!found) co_return failed(found.error());
    OperationOutput out;
    out.add("name", "String", found->name.empty() ? coding.system : found->name);
    if (!found->version.empty()) out.add("version", "String", found->version);
    out.add("display", "String", found->display);
    for (const auto& designation : found->designations) {
        out.open("designation").add("language", "Code", designation.language).add("value", "String", designation.value).close();
    }
    for (const auto& [name, value] : found->properties)
        out.open("property").add("code", "Code", name).add("value", "String", value).close();
    if (!found->parent.empty()) out.open("property").add("code", "Code", "parent").add("value", "Code", found->parent).close();
    Response response;
    response.body = out.finish();
    co_return response;
}

boost::asio::awaitable<Response> validate_code(const Services& services, Request request, Route route) {
    auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    const auto coding = input->coding();
    if (coding.code.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {"code"}));
    const auto url = input->text("url");
    terminology::Validated result;
    if (route.type == "CodeSystem") {
        auto in_system = coding;
        if (in_system.system.empty()) in_system.system = url;
        result = services.terminology->validate_in_system(in_system);
    } else {
        result = services.terminology->validate_code(url, coding);
    }
    OperationOutput out;
    out.add_boolean("result", result.result.value_or(false));
    if (!result.display.empty()) out.add("display", "String", result.display);
    if (!result.message_rule.empty()) {
        const auto issue = error(IssueCode::code_invalid, "", result.message_rule, result.message_arguments);
        out.add("message", "String", text_of(issue, Language::en));
    }
    Response response;
    response.body = out.finish();
    co_return response;
}

boost::asio::awaitable<Response> expand(const Services& services, Request request, Route) {
    auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    const auto url = input->text("url");
    if (url.empty()) co_return failed(error(IssueCode::required, "", "operation-parameter", {"url"}));
    const auto offset = std::strtoul(input->text("offset").c_str(), nullptr, 10);
    const auto count_text = input->text("count");
    const auto count = count_text.empty() ? std::size_t{1000} : std::strtoul(count_text.c_str(), nullptr, 10);
    const auto found = services.terminology->expand(url, input->text("filter"), offset, count);
    if (!found) co_return failed(found.error());
    Response response;
    std::string& out = response.body;
    out = "{\"resourceType\":\"ValueSet\",\"url\":";
    fhir::write_json_string(url, out);
    out += ",\"status\":\"active\",\"expansion\":{\"timestamp\":\"" + instant_text(services.clock->now(), 480) +
           "\",\"total\":" + std::to_string(found->total) + ",\"contains\":[";
    bool first = true;
    for (const auto& coding : found->codes) {
        if (!first) out += ',';
        first = false;
        out += "{\"system\":";
        fhir::write_json_string(coding.system, out);
        out += ",\"code\":";
        fhir::write_json_string(coding.code, out);
        if (!coding.display.empty()) {
            out += ",\"display\":";
            fhir::write_json_string(coding.display, out);
        }
        out += '}';
    }
    out += "]}}";
    co_return response;
}

} // namespace huitong::interaction
