#include "base/json_writer.hpp"
#include "terminology/importers/import.hpp"

namespace huitong::terminology {
namespace {

constexpr std::size_t kProgressStep = 50'000;

std::string_view type_text(PropertyType type) {
    switch (type) {
    case PropertyType::string: return "string";
    case PropertyType::boolean: return "boolean";
    case PropertyType::integer: return "integer";
    case PropertyType::decimal: return "decimal";
    case PropertyType::date_time: return "dateTime";
    case PropertyType::coding: return "Coding";
    case PropertyType::code: break;
    }
    return "code";
}

std::string heading_of(const CodeSystem& system) {
    JsonWriter out;
    out.object().member("resourceType", "CodeSystem").member_if("language", system.language).member("url", system.url);
    out.member_if("version", system.version).member_if("name", system.name).member_if("title", system.title);
    out.member("status", "active").flag("caseSensitive", true).member("content", system.complete ? "complete" : "fragment");
    if (!system.properties.empty()) {
        out.array("property");
        for (const auto& one : system.properties) out.object().member("code", one.code).member("type", type_text(one.type)).end_object();
        out.end_array();
    }
    return out.end_object().take();
}

} // namespace

SystemImport::SystemImport(const ImportSettings& settings) : settings_(settings) {
    system.url = settings.url;
    system.version = settings.version;
    system.name = system.title = settings.title;
    system.language = settings.language;
    system.status = "active";
}

void SystemImport::add(const ConceptDraft& draft) {
    builder_.add(draft);
    if (settings_.progress && builder_.size() % kProgressStep == 0) settings_.progress(builder_.size());
}

void SystemImport::declare(std::string code, PropertyType type) {
    system.property_names.insert(code);
    system.properties.push_back({std::move(code), "", type});
}

CodeSystem SystemImport::finish() {
    if (settings_.progress) settings_.progress(builder_.size());
    system.concepts = builder_.finish(heading_of(system));
    return std::move(system);
}

} // namespace huitong::terminology
