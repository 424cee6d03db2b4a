/// Small readings of values.
#include "mapping/executor.hpp"

namespace huitong::mapping {
namespace {

std::string_view system_type(const fhirpath::Item& item) {
    static constexpr std::string_view kNames[] = {"", "boolean", "integer", "decimal", "string", "date", "dateTime", "time", "Quantity"};
    static_assert(std::size(kNames) == std::variant_size_v<decltype(fhirpath::Item::value)>);
    return kNames[item.value.index()];
}

} // namespace

fhirpath::Item Executor::item_of_value(const Value& value) const {
    if (!value.is_target()) return value.item;
    fhirpath::Item out;
    out.value = output_->element(value.target);
    if (value.target < types_.size()) out.type = types_[value.target];
    return out;
}

std::string Executor::text_of_value(const Value& value) const {
    const auto node_item = value.is_target() ? item_of_value(value) : fhirpath::Item();
    const auto& item = value.is_target() ? node_item : value.item;
    if (!item.is_element()) return fhirpath::value_text(item);
    const auto element = item.element();
    if (!element) return {};
    if (element.has_value() || !element.has_children()) return std::string(element.value());
    // A coded value stands for its code, an identifier for its value.
    for (const std::string_view path : {"code", "value", "coding.code", "reference", "text"}) {
        if (const auto text = element.text(path); !text.empty()) return std::string(text);
    }
    return {};
}

std::string_view Executor::type_of_value(const Value& value) const {
    if (value.is_target()) return value.target < types_.size() ? types_[value.target].type : std::string_view();
    // A System value that a cast gave a FHIR type keeps it.
    if (value.item.is_element() || !value.item.type.type.empty()) return value.item.type.type;
    return system_type(value.item);
}

Span Executor::span_of(const fhirpath::Item& item) const {
    const auto& root = evaluation_.root_resource;
    if (!item.is_element() || !item.element() || !root.is_element() || !root.element()) return {};
    return &item.element().document() == &root.element().document() ? item.element().source() : Span();
}

} // namespace huitong::mapping
