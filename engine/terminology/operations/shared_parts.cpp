#include "terminology/operations/operations.hpp"

namespace huitong::terminology {

OperationAnswer fhir_versions() {
    JsonWriter out;
    out.object().member("resourceType", "Parameters").array("parameter");
    write_parameter(out, "version", "Code", "4.0");
    write_parameter(out, "default", "Code", "4.0");
    out.end_array().end_object();
    return {200, out.take()};
}

OperationAnswer stopped(const OperationContext& context) { return {status_of(*context.stop), outcome_text({*context.stop})}; }

std::shared_ptr<const ValueSet> asked_value_set(OperationContext& context, fhir::Element instance) {
    if (const auto sent = instance ? instance : context.input.element("valueSet"))
        return std::make_shared<const ValueSet>(read_value_set(sent));
    const auto url = context.input.text("url");
    if (url.empty()) {
        context.fail("tx-parameter-missing", "", {"url"});
        return nullptr;
    }
    auto version = context.input.text("valueSetVersion");
    if (version.empty()) version = version_of(url);
    if (version.empty()) version = context.versions.value_set_version(url);
    auto found = context.library.value_set(without_version(url), version);
    if (!found) context.fail("tx-value-set-unknown", "", {versioned(without_version(url), version)});
    return found;
}

std::shared_ptr<const CodeSystem> asked_system(OperationContext& context, fhir::Element instance) {
    if (const auto sent = instance ? instance : context.input.element("codeSystem"))
        return std::make_shared<const CodeSystem>(read_code_system(sent));
    auto url = context.input.text("url");
    if (url.empty()) url = context.input.text("system");
    const auto coding = context.input.element("coding");
    if (url.empty() && coding) url = coding.text("system");
    auto version = context.input.text("version");
    if (version.empty() && coding) version = coding.text("version");
    if (url.empty()) {
        context.fail("tx-parameter-missing", "", {"system"});
        return nullptr;
    }
    auto found = context.library.system(url, version);
    if (!found) context.fail("tx-system-unknown", "", {versioned(without_version(url), version)});
    return found;
}

void write_parameter(JsonWriter& out, std::string_view name, std::string_view type, std::string_view value) {
    out.object().member("name", name).key("value" + std::string(type));
    if (type == "Boolean" || type == "Integer" || type == "Decimal") out.raw(value);
    else out.text(value);
    out.end_object();
}

void write_property_value(JsonWriter& out, PropertyType type, std::string_view value) {
    switch (type) {
    case PropertyType::boolean: out.key("valueBoolean").raw(value); return;
    case PropertyType::integer: out.key("valueInteger").raw(value); return;
    case PropertyType::decimal: out.key("valueDecimal").raw(value); return;
    case PropertyType::string: out.member("valueString", value); return;
    case PropertyType::date_time: out.member("valueDateTime", value); return;
    case PropertyType::code: out.member("valueCode", value); return;
    case PropertyType::coding: break;
    }
    const auto first = value.find('|');
    const auto second = first == value.npos ? value.npos : value.find('|', first + 1);
    out.object("valueCoding").member_if("system", value.substr(0, first));
    if (first != value.npos) out.member_if("code", value.substr(first + 1, second == value.npos ? second : second - first - 1));
    if (second != value.npos) out.member_if("display", value.substr(second + 1));
    out.end_object();
}

} // namespace huitong::terminology
