#include "interaction/operations/parameters.hpp"

#include "fhir/json.hpp"

namespace huitong::interaction {

Result<OperationInput> OperationInput::read(const Services& services, const Request& request) {
    OperationInput out;
    out.query_ = request.query;
    if (request.method == "POST" && !request.body.empty()) {
        auto document = read_body(services, request);
        if (!document) return document.error();
        out.document_ = std::move(*document);
    }
    return out;
}

fhir::Element OperationInput::element(std::string_view name) const {
    if (!document_) return {};
    for (const auto parameter : document_->root().children("parameter")) {
        if (parameter.text("name") != name) continue;
        for (const auto child : parameter.children()) {
            if (child.name().starts_with("value") || child.name() == "resource") return child;
        }
    }
    return {};
}

std::string OperationInput::text(std::string_view name) const {
    for (const auto& [key, value] : query_) {
        if (key == name) return value;
    }
    const auto found = element(name);
    return found ? std::string(found.value()) : std::string();
}

terminology::Coding OperationInput::coding() const {
    auto of = [](fhir::Element element) {
        return terminology::Coding{std::string(element.text("system")), std::string(element.text("version")),
                                   std::string(element.text("code")), std::string(element.text("display"))};
    };
    if (const auto coding = element("coding")) return of(coding);
    if (const auto concept_element = element("codeableConcept"))
        return of(concept_element.child("coding") ? concept_element.child("coding") : concept_element);
    return {text("system"), text("version"), text("code"), text("display")};
}

void OperationOutput::begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += "{\"name\":";
    fhir::write_json_string(name, out_);
}

OperationOutput& OperationOutput::add(std::string_view name, std::string_view type, std::string_view value) {
    begin(name);
    out_ += ",\"value" + std::string(type) + "\":";
    fhir::write_json_string(value, out_);
    out_ += '}';
    return *this;
}

OperationOutput& OperationOutput::add_raw(std::string_view name, std::string_view type, std::string_view json) {
    begin(name);
    out_.append(",\"value").append(type).append("\":").append(json).append(1, '}');
    return *this;
}

OperationOutput& OperationOutput::add_resource(std::string_view name, std::string_view json) {
    begin(name);
    out_.append(",\"resource\":").append(json).append(1, '}');
    return *this;
}

OperationOutput& OperationOutput::add_integer(std::string_view name, std::uint64_t value) {
    begin(name);
    out_ += ",\"valueInteger\":" + std::to_string(value) + '}';
    return *this;
}

OperationOutput& OperationOutput::add_boolean(std::string_view name, bool value) {
    begin(name);
    out_ += value ? ",\"valueBoolean\":true}" : ",\"valueBoolean\":false}";
    return *this;
}

OperationOutput& OperationOutput::open(std::string_view name) {
    begin(name);
    out_ += ",\"part\":[";
    first_ = true;
    return *this;
}

OperationOutput& OperationOutput::close() {
    out_ += "]}";
    first_ = false;
    return *this;
}

OperationOutput& OperationOutput::add_coding(std::string_view name, const terminology::Coding& coding) {
    begin(name);
    out_ += ",\"valueCoding\":{\"system\":";
    fhir::write_json_string(coding.system, out_);
    out_ += ",\"code\":";
    fhir::write_json_string(coding.code, out_);
    if (!coding.display.empty()) {
        out_ += ",\"display\":";
        fhir::write_json_string(coding.display, out_);
    }
    out_ += "}}";
    return *this;
}

} // namespace huitong::interaction
