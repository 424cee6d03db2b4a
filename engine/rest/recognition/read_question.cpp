#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "rest/recognition/recognition_door.hpp"

namespace huitong::rest {
namespace {

Outcome lacks(std::string member) { return error(IssueCode::invalid, member, "recognition-question", {member}); }

/// An object {"system", "value"} or a text "system|value".
std::pair<std::string, std::string> read_identifier(fhir::Element element) {
    if (!element.has_value()) return {std::string(element.text("system")), std::string(element.text("value"))};
    const auto text = element.value();
    const auto bar = text.find('|');
    if (bar == text.npos) return {{}, std::string(text)};
    return {std::string(text.substr(0, bar)), std::string(text.substr(bar + 1))};
}

recognition::PatientName read_patient(fhir::Element element) {
    recognition::PatientName out;
    if (!element) return out;
    out.id = element.text("id");
    for (const auto identifier : element.children("identifier")) {
        auto read = read_identifier(identifier);
        if (read.first.empty()) out.id = std::move(read.second); // the receiver's own number
        else out.identifiers.push_back(std::move(read));
    }
    if (const auto number = element.text("national_id"); !number.empty())
        out.identifiers.emplace_back(recognition::kCitizenSystem, std::string(number));
    identity::Statement said;
    said.name = element.text("name");
    said.pinyin = element.text("pinyin");
    said.birth_date = element.text("birth_date");
    for (const auto& [system, value] : out.identifiers) {
        if (system == recognition::kCitizenSystem) said.numbers.push_back(value);
    }
    if (!said.name.empty() || !said.pinyin.empty() || !said.birth_date.empty())
        out.record = identity::record_of(said, recognition::kAskedNumbers);
    return out;
}

std::optional<Instant> instant(std::string_view text, int offset_minutes) {
    const auto value = text.empty() ? std::nullopt : read_date_time(text);
    if (!value) return std::nullopt;
    return instants_of(*value, offset_minutes).first;
}

recognition::Order read_order(fhir::Element element, int offset_minutes) {
    recognition::Order out;
    out.id = element.text("id");
    const auto add = [&](fhir::Element coding) {
        terminology::Coding code;
        code.system = coding.text("system");
        code.code = coding.text("code");
        code.display = coding.text("display");
        if (!code.code.empty()) out.codes.push_back(std::move(code));
    };
    add(element);
    for (const auto coding : element.children("coding")) add(coding);
    out.specimen = element.text("specimen");
    out.body_site = element.text("body_site");
    out.laterality = element.text("laterality");
    out.contrast = element.text("contrast");
    out.method = element.text("method");
    out.device = element.text("device");
    out.authored_on = instant(element.text("authored_on"), offset_minutes);
    return out;
}

} // namespace

Result<recognition::Question> read_question(const std::string& body, const Asker& asker, int offset_minutes) {
    const auto parsed = fhir::read_plain_json(body);
    if (parsed.issues.has_errors()) return parsed.issues;
    const auto root = parsed.value->root();
    recognition::Question out;
    out.channel = "api";
    out.receiver = asker.receiver;
    out.patient = read_patient(root.child("patient"));
    if (out.patient.id.empty() && out.patient.identifiers.empty()) return lacks("patient");
    out.visit_class = root.text("visit_class");
    out.department = root.text("department");
    out.practitioner = root.text("practitioner").empty() ? asker.caller.practitioner : root.text("practitioner");
    out.instance = root.text("instance");
    const auto authored_on = instant(root.text("authored_on"), offset_minutes);
    for (const auto element : root.children("orders")) {
        auto order = read_order(element, offset_minutes);
        if (order.codes.empty()) return lacks("orders.code");
        if (order.id.empty()) order.id = std::to_string(out.orders.size() + 1);
        if (!order.authored_on) order.authored_on = authored_on;
        out.orders.push_back(std::move(order));
    }
    if (out.orders.empty()) return lacks("orders");
    if (out.orders.size() > recognition::kOrdersMax)
        return Outcome(error(IssueCode::too_costly, "orders", "recognition-orders-max", {std::to_string(recognition::kOrdersMax)}));
    return out;
}

} // namespace huitong::rest
