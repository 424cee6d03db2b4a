/// $lookup, $subsumes, $find-matches. Source: FHIR R4, CodeSystem operations.
#include "terminology/operations/concept_view.hpp"
#include "terminology/operations/operations.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

/// The code and its system, from parameters or a coding.
Coding asked_coding(const OperationInput& input, std::string_view code = "code", std::string_view coding = "coding") {
    if (const auto element = input.element(coding))
        return {std::string(element.text("system")), std::string(element.text("version")), std::string(element.text("code")), ""};
    return {input.text("system"), input.text("version"), input.text(code), ""};
}

class LookupWriter {
public:
    LookupWriter(const OperationContext& context, const CodeSystem& system, ConceptIndex at)
        : system_(system), at_(at), view_(context, &system, at, nullptr), wanted_(context.input.texts("property")) {}

    std::string parameters() {
        const auto& table = *system_.concepts;
        out_.object().member("resourceType", "Parameters").array("parameter");
        write_parameter(out_, "name", "String", system_.name.empty() ? system_.url : system_.name);
        write_parameter(out_, "code", "Code", table.code(at_));
        write_parameter(out_, "system", "Uri", system_.url);
        if (!system_.version.empty()) write_parameter(out_, "version", "String", system_.version);
        const auto own = view_.own_display().text;
        write_parameter(out_, "display", "String", view_.display().value_or(own.empty() ? std::string(table.code(at_)) : own));
        if (const auto definition = table.definition(at_); !definition.empty()) write_parameter(out_, "definition", "String", definition);
        write_parameter(out_, "abstract", "Boolean", table.is_abstract(at_) ? "true" : "false");
        for (const auto& one : view_.other_designations()) write_designation(one);
        for (const auto& one : view_.properties()) write_property(one.code, one.type, one.value);
        if (!has_property("inactive")) write_property("inactive", PropertyType::boolean, table.is_inactive(at_) ? "true" : "false");
        for (const auto parent : table.parents(at_))
            write_property("parent", PropertyType::code, table.code(parent), table.display(parent));
        for (const auto child : table.children(at_)) write_property("child", PropertyType::code, table.code(child), table.display(child));
        out_.end_array().end_object();
        return out_.take();
    }

private:
    bool has_property(std::string_view name) const { return !system_.concepts->property(at_, name).empty(); }

    void write_designation(const Designation& one) {
        out_.object().member("name", "designation").array("part");
        if (!one.language.empty()) write_parameter(out_, "language", "Code", one.language);
        if (!one.use_code.empty()) {
            out_.object().member("name", "use").object("valueCoding").member_if("system", one.use_system).member("code", one.use_code);
            out_.member_if("display", one.use_display).end_object().end_object();
        }
        write_parameter(out_, "value", "String", one.value);
        out_.end_array().end_object();
    }

    void write_property(std::string_view code, PropertyType type, std::string_view value, std::string_view description = {}) {
        const bool asked =
            wanted_.empty() || std::any_of(wanted_.begin(), wanted_.end(), [&](const auto& w) { return w == "*" || w == code; });
        if (!asked) return;
        out_.object().member("name", "property").array("part");
        write_parameter(out_, "code", "Code", code);
        out_.object().member("name", "value");
        write_property_value(out_, type, value);
        out_.end_object();
        if (!description.empty()) write_parameter(out_, "description", "String", description);
        out_.end_array().end_object();
    }

    const CodeSystem& system_;
    ConceptIndex at_;
    ConceptView view_;
    std::vector<std::string> wanted_;
    JsonWriter out_;
};

OperationAnswer outcome(std::string_view code) {
    JsonWriter out;
    out.object().member("resourceType", "Parameters").array("parameter");
    write_parameter(out, "outcome", "Code", code);
    out.end_array().end_object();
    return {200, out.take()};
}

/// What a match must say: a property and its value.
struct Wanted {
    std::string code, value;
};

std::vector<Wanted> wanted_properties(const OperationInput& input) {
    std::vector<Wanted> out;
    for (const auto& parameter : input.parameters()) {
        if (parameter.name != "property") continue;
        // GET /CodeSystem/$find-matches?property=code=value; in a Parameters resource the parts stand beside each other.
        const auto equals = parameter.text.find('=');
        if (equals != std::string::npos) out.push_back({parameter.text.substr(0, equals), parameter.text.substr(equals + 1)});
        Wanted read;
        for (const auto part : parameter.whole.children("part")) {
            std::string value;
            for (const auto child : part.children()) {
                if (child.name().starts_with("value")) value = child.has_value() ? child.value() : child.text("code");
            }
            (part.text("name") == "code" ? read.code : read.value) = value;
        }
        if (!read.code.empty()) out.push_back(std::move(read));
    }
    return out;
}

/// Of a unit, which no table lists: UCUM itself says what it means.
std::string unit_parameters(const std::string& code) {
    JsonWriter out;
    out.object().member("resourceType", "Parameters").array("parameter");
    write_parameter(out, "name", "String", "UCUM");
    write_parameter(out, "code", "Code", code);
    write_parameter(out, "system", "Uri", "http://unitsofmeasure.org");
    const auto words = ucum::display(code);
    write_parameter(out, "display", "String", words ? *words : code);
    out.end_array().end_object();
    return out.take();
}

bool has_value(const CodeSystem& system, ConceptIndex at, const Wanted& wanted) {
    const auto& table = *system.concepts;
    if (wanted.code == "code") return table.code(at) == wanted.value;
    if (wanted.code == "display") return table.display(at) == wanted.value;
    if (wanted.code == "parent" || wanted.code == "concept") {
        const auto top = system.find(wanted.value);
        return top != kNoConcept && top != at && table.is_a(at, top);
    }
    const auto all = table.properties(at);
    return std::any_of(all.begin(), all.end(), [&](const Property& one) { return one.name == wanted.code && one.value == wanted.value; });
}

} // namespace

OperationAnswer lookup(const Library& library, const OperationInput& input, const OperationSettings& settings) {
    OperationContext context(library, input, settings);
    if (!context.stop) context.take_supplements(nullptr);
    const auto coding = asked_coding(input);
    if (coding.code.empty() || coding.system.empty()) context.fail("tx-parameter-missing", "", {"code, system"});
    if (context.stop) return stopped(context);
    const auto system = context.library.system(coding.system, coding.version);
    if (!system && coding.system == "http://unitsofmeasure.org" && ucum::is_valid(coding.code)) return {200, unit_parameters(coding.code)};
    if (!system) context.fail("tx-system-unknown", "", {versioned(coding.system, coding.version)});
    const auto at = system ? system->find(coding.code) : kNoConcept;
    if (system && at == kNoConcept) context.fail("tx-code-unknown", "", {coding.code, coding.system});
    if (context.stop) return stopped(context);
    return {200, LookupWriter(context, *system, at).parameters()};
}

OperationAnswer subsumes(const Library& library, const OperationInput& input, const OperationSettings& settings, fhir::Element instance) {
    OperationContext context(library, input, settings);
    const auto a = asked_coding(input, "codeA", "codingA");
    const auto b = asked_coding(input, "codeB", "codingB");
    if (a.code.empty() || b.code.empty()) context.fail("tx-parameter-missing", "", {"codeA, codeB"});
    std::shared_ptr<const CodeSystem> system;
    if (!context.stop) system = a.system.empty() ? asked_system(context, instance) : context.library.system(a.system, a.version);
    if (!system) context.fail("tx-system-unknown", "", {versioned(a.system, a.version)});
    if (context.stop) return stopped(context);
    for (const auto* one : {&a, &b}) {
        if (!system->has(one->code) || (!one->system.empty() && without_version(one->system) != system->url))
            context.fail("tx-code-unknown", "", {one->code, system->url});
    }
    if (context.stop) return stopped(context);
    const auto& table = *system->concepts;
    const auto first = system->find(a.code), second = system->find(b.code);
    if (first == second) return outcome("equivalent");
    if (table.is_a(second, first)) return outcome("subsumes");
    return outcome(table.is_a(first, second) ? "subsumed-by" : "not-subsumed");
}

OperationAnswer find_matches(const Library& library, const OperationInput& input, const OperationSettings& settings,
                             fhir::Element instance) {
    OperationContext context(library, input, settings);
    const auto system = context.stop ? nullptr : asked_system(context, instance);
    const auto wanted = wanted_properties(input);
    if (wanted.empty()) context.fail("tx-parameter-missing", "", {"property"});
    if (context.stop) return stopped(context);
    const auto& table = *system->concepts;
    if (!context.spend(table.size())) return stopped(context);
    constexpr std::size_t kMatchesMax = 1000;
    const auto most = std::min(input.number("count").value_or(kMatchesMax), kMatchesMax);
    std::size_t found = 0;
    JsonWriter out;
    out.object().member("resourceType", "Parameters");
    for (ConceptIndex at = 0; at < table.size() && found < most; ++at) {
        if (!std::all_of(wanted.begin(), wanted.end(), [&](const Wanted& one) { return has_value(*system, at, one); })) continue;
        if (found++ == 0) out.array("parameter"); // FHIR JSON has no empty arrays
        out.object().member("name", "match").array("part").object().member("name", "code").object("valueCoding");
        out.member("system", system->url).member_if("version", system->version).member("code", table.code(at));
        out.member_if("display", table.display(at)).end_object().end_object().end_array().end_object();
    }
    if (found > 0) out.end_array();
    out.end_object();
    return {200, out.take()};
}

} // namespace huitong::terminology
