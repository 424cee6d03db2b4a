#include "terminology/operations/concept_view.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

constexpr std::string_view kHl7 = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view kPropertyUri = "http://hl7.org/fhir/concept-properties#";

/// Extensions of a concept that mean a property of R5's expansions.
struct ExtensionProperty {
    std::string_view extension, code, uri_name;
    PropertyType type;
};
constexpr ExtensionProperty kExtensionProperties[] = {
    {"codesystem-conceptOrder", "order", "order", PropertyType::decimal},
    {"valueset-conceptOrder", "order", "order", PropertyType::decimal},
    {"codesystem-label", "label", "label", PropertyType::string},
    {"valueset-label", "label", "label", PropertyType::string},
    {"itemWeight", "weight", "itemWeight", PropertyType::decimal},
};

std::string_view short_name(std::string_view url) { return url.starts_with(kHl7) ? url.substr(kHl7.size()) : std::string_view(); }

std::vector<ShownExtension> read_extensions(std::string_view array) {
    std::vector<ShownExtension> out;
    if (array.empty()) return out;
    const auto parsed = fhir::read_plain_json("{\"extension\":" + std::string(array) + "}");
    if (parsed.issues.has_errors()) return out;
    for (const auto element : parsed.value->root().children("extension")) {
        ShownExtension read{std::string(element.text("url")), fhir::write_json(element), ""};
        for (const auto child : element.children()) {
            if (child.name().starts_with("value")) read.value = child.value();
        }
        out.push_back(std::move(read));
    }
    return out;
}

/// A designation for another purpose (a consumer name, an old spelling) is no display.
bool names_the_concept(const Designation& one) {
    return one.use_code.empty() || one.use_code == "display" || one.use_code == "preferredForLanguage" || !one.language.empty();
}

} // namespace

ConceptView::ConceptView(const OperationContext& context, const CodeSystem* system, ConceptIndex at, const ListedConcept* listed)
    : context_(context), system_(system), at_(at), listed_(listed) {
    if (listed_) {
        for (const auto& one : listed_->designations)
            designations_.push_back({one.language, one.use_system, one.use_code, one.use_display, one.value, one.extensions});
    }
    if (!system_ || at_ == kNoConcept) return;
    sources_.emplace_back(system_, at_);
    for (const auto* one : context_.supplements_of(*system_)) {
        if (const auto found = one->find(system_->concepts->code(at_)); found != kNoConcept) sources_.emplace_back(one, found);
    }
    for (const auto& [source, index] : sources_) {
        for (const auto& one : source->concepts->designations(index)) designations_.push_back(one);
    }
}

DisplayText ConceptView::own_display() const {
    DisplayText out;
    if (system_) out.language = system_->language;
    if (system_ && at_ != kNoConcept) out.text = system_->concepts->display(at_);
    if (listed_ && !listed_->display.empty()) out.text = listed_->display;
    return out;
}

std::vector<DisplayText> ConceptView::names() const {
    std::vector<DisplayText> out{own_display()};
    if (system_ && at_ != kNoConcept && listed_ && !listed_->display.empty())
        out.push_back({system_->language, std::string(system_->concepts->display(at_))});
    for (const auto& one : designations_) out.push_back({std::string(one.language), std::string(one.value)});
    std::erase_if(out, [](const auto& one) { return one.text.empty(); });
    return out;
}

int ConceptView::chosen() const {
    std::vector<DisplayText> others;
    for (const auto& one : designations_)
        others.push_back({names_the_concept(one) ? std::string(one.language) : std::string(), std::string(one.value)});
    return choose_display(context_.languages, own_display(), others);
}

std::optional<std::string> ConceptView::display() const {
    const int at = chosen();
    if (at == -2) return std::nullopt;
    return at < 0 ? own_display().text : std::string(designations_[static_cast<std::size_t>(at)].value);
}

std::vector<Designation> ConceptView::other_designations() const {
    std::vector<Designation> out;
    const int shown = chosen();
    if (shown != -1 && system_ && at_ != kNoConcept && !system_->concepts->display(at_).empty()) {
        out.push_back({system_->language, "http://terminology.hl7.org/CodeSystem/hl7TermMaintInfra", "preferredForLanguage", "",
                       system_->concepts->display(at_), ""});
    }
    for (std::size_t at = 0; at < designations_.size(); ++at) {
        if (static_cast<int>(at) != shown) out.push_back(designations_[at]);
    }
    return out;
}

std::vector<ShownExtension> ConceptView::all_extensions(bool of_list) const {
    std::vector<ShownExtension> out;
    if (of_list && listed_) out = read_extensions(listed_->extensions);
    for (const auto& [source, index] : sources_) {
        for (auto& one : read_extensions(source->concepts->extensions(index))) {
            const bool known = std::any_of(out.begin(), out.end(), [&](const auto& other) { return other.url == one.url; });
            if (!known) out.push_back(std::move(one));
        }
    }
    return out;
}

std::string ConceptView::status() const {
    if (!system_ || at_ == kNoConcept) return {};
    if (const auto value = system_->known_property(at_, "status"); !value.empty()) return std::string(value);
    for (const auto& one : all_extensions(false)) {
        if (short_name(one.url) == "structuredefinition-standards-status") return one.value;
    }
    return {};
}

std::vector<ShownProperty> ConceptView::properties() const {
    std::vector<ShownProperty> out;
    for (const auto& [source, index] : sources_) {
        for (const auto& one : source->concepts->properties(index)) {
            const auto* declared = source->property(one.name);
            out.push_back({std::string(one.name), declared ? declared->uri : "", std::string(one.value), one.type});
        }
    }
    const auto has = [&](std::string_view code) {
        return std::any_of(out.begin(), out.end(), [&](const auto& one) { return one.code == code; });
    };
    for (const auto& one : all_extensions(true)) {
        for (const auto& known : kExtensionProperties) {
            if (short_name(one.url) == known.extension && !has(known.code))
                out.push_back({std::string(known.code), std::string(kPropertyUri).append(known.uri_name), one.value, known.type});
        }
    }
    if (const auto now = status(); !now.empty() && !has("status"))
        out.push_back({"status", std::string(kPropertyUri) + "status", now, PropertyType::code});
    return out;
}

std::vector<ShownExtension> ConceptView::extensions() const {
    std::vector<ShownExtension> out;
    for (auto& one : all_extensions(true)) {
        const auto name = short_name(one.url);
        if (name.starts_with("rendering-")) out.push_back(std::move(one));
    }
    if (!listed_) return out;
    for (auto& one : read_extensions(listed_->extensions)) {
        const auto name = short_name(one.url);
        if (name == "valueset-deprecated" || name == "structuredefinition-standards-status") out.push_back(std::move(one));
    }
    return out;
}

} // namespace huitong::terminology
