#include "terminology/operations/input.hpp"

#include <charconv>

namespace huitong::terminology {

void OperationInput::add(fhir::Element parameters) {
    for (const auto parameter : parameters.children("parameter")) {
        InputParameter read;
        read.name = parameter.text("name");
        read.whole = parameter;
        for (const auto child : parameter.children()) {
            if (child.name().starts_with("value") || child.name() == "resource") read.element = child;
        }
        if (read.element) read.text = read.element.value();
        parameters_.push_back(std::move(read));
    }
}

const InputParameter* OperationInput::find(std::string_view name) const {
    for (const auto& one : parameters_) {
        if (one.name == name) return &one;
    }
    return nullptr;
}

std::string OperationInput::text(std::string_view name) const {
    const auto* const found = find(name);
    return found ? found->text : std::string();
}

std::vector<std::string> OperationInput::texts(std::string_view name) const {
    std::vector<std::string> out;
    for (const auto& one : parameters_) {
        if (one.name == name && !one.text.empty()) out.push_back(one.text);
    }
    return out;
}

fhir::Element OperationInput::element(std::string_view name) const {
    const auto* const found = find(name);
    return found ? found->element : fhir::Element();
}

std::vector<fhir::Element> OperationInput::elements(std::string_view name) const {
    std::vector<fhir::Element> out;
    for (const auto& one : parameters_) {
        if (one.name == name && one.element) out.push_back(one.element);
    }
    return out;
}

std::optional<bool> OperationInput::flag(std::string_view name) const {
    const auto* const found = find(name);
    if (!found || (found->text != "true" && found->text != "false")) return std::nullopt;
    return found->text == "true";
}

std::optional<std::size_t> OperationInput::number(std::string_view name) const {
    const auto* const found = find(name);
    std::size_t out = 0;
    if (!found || found->text.empty()) return std::nullopt;
    const auto end = found->text.data() + found->text.size();
    const auto read = std::from_chars(found->text.data(), end, out);
    return read.ec == std::errc() && read.ptr == end ? std::optional(out) : std::nullopt;
}

} // namespace huitong::terminology
