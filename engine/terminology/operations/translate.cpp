/// $translate, forward and back. Source: FHIR R4, ConceptMap $translate; the names of R5 (sourceCode, targetSystem …) are understood too.
#include "terminology/operations/operations.hpp"
#include "terminology/translation.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

std::string first_text(const OperationInput& input, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        if (auto text = input.text(name); !text.empty()) return text;
    }
    return {};
}

std::vector<Coding> asked_codings(const OperationInput& input) {
    std::vector<Coding> out;
    const auto take = [&](fhir::Element element) {
        out.push_back({std::string(element.text("system")), std::string(element.text("version")), std::string(element.text("code")), ""});
    };
    for (const auto* const name : {"coding", "sourceCoding", "targetCoding"}) {
        if (const auto element = input.element(name)) take(element);
    }
    for (const auto* const name : {"codeableConcept", "sourceCodeableConcept", "targetCodeableConcept"}) {
        if (const auto element = input.element(name)) {
            for (const auto coding : element.children("coding")) take(coding);
        }
    }
    if (!out.empty()) return out;
    const auto back = input.text("targetCode");
    const auto code = back.empty() ? first_text(input, {"code", "sourceCode"}) : back;
    const auto system = back.empty() ? first_text(input, {"system", "sourceSystem"}) : first_text(input, {"targetSystem", "targetsystem"});
    if (!code.empty()) out.push_back({system, first_text(input, {"version", "sourceVersion"}), code, ""});
    return out;
}

bool says_nothing(const Match& match) { return match.equivalence == "unmatched" || match.equivalence == "disjoint"; }

/// What the caller says that holds: an element and its code or text. Source: ConceptMap $translate, `dependency`.
struct Given {
    std::string element;
    std::vector<Coding> codings;
    std::string text;
};

std::vector<Given> given_dependencies(const OperationInput& input) {
    std::vector<Given> out;
    for (const auto& parameter : input.parameters()) {
        if (parameter.name != "dependency") continue;
        Given read;
        for (const auto part : parameter.whole.children("part")) {
            if (part.text("name") == "element") read.element = part.text("valueUri");
            const auto words = part.child("valueCodeableConcept");
            if (!words) continue;
            read.text = words.text("text");
            for (const auto coding : words.children("coding"))
                read.codings.push_back({std::string(coding.text("system")), "", std::string(coding.text("code")), ""});
        }
        out.push_back(std::move(read));
    }
    return out;
}

bool holds(const ConditionalMatch::Dependency& wanted, const std::vector<Given>& given) {
    return std::any_of(given.begin(), given.end(), [&](const Given& one) {
        const auto is_it = [&](const Coding& coding) {
            return coding.code == wanted.value && (wanted.system.empty() || coding.system.empty() || coding.system == wanted.system);
        };
        return one.element == wanted.property && (one.text == wanted.value || std::any_of(one.codings.begin(), one.codings.end(), is_it));
    });
}

/// Matches of one map that hold by what the caller says.
std::vector<Match> conditional_matches(const ConceptMap& map, const Coding& coding, const std::string& target,
                                       const std::vector<Given>& given) {
    std::vector<Match> out;
    for (const auto& group : map.groups) {
        const auto found = group.conditional.find(coding.code);
        const bool fits = coding.system.empty() || group.source.empty() || coding.system == group.source;
        if (!fits || found == group.conditional.end()) continue;
        for (const auto& one : found->second) {
            const auto& wanted = one.depends_on;
            const bool all = std::all_of(wanted.begin(), wanted.end(), [&](const auto& dependency) { return holds(dependency, given); });
            if (all && (target.empty() || one.match.target.system == target)) out.push_back(one.match);
        }
    }
    return out;
}

class MatchWriter {
public:
    /// `source`: what a translation back found; null: forward, where the map is told instead.
    void add(const Match& match, const Coding* source) {
        any_ = any_ || !says_nothing(match);
        JsonWriter out;
        out.object().member("name", "match").array("part");
        write_parameter(out, "equivalence", "Code", match.equivalence);
        if (!match.target.code.empty()) write_coding(out, "concept", match.target);
        if (source) write_coding(out, "source", *source);
        else write_parameter(out, "source", "Uri", match.map_url);
        write_parameter(out, "originMap", "Canonical", versioned(match.map_url, match.map_version));
        out.end_array().end_object();
        matches_.push_back(out.take());
    }

    std::string finish() {
        JsonWriter out;
        out.object().member("resourceType", "Parameters").array("parameter");
        write_parameter(out, "result", "Boolean", any_ ? "true" : "false");
        if (!any_) write_parameter(out, "message", "String", "No mapping for this code.");
        for (const auto& match : matches_) out.raw(match);
        out.end_array().end_object();
        return out.take();
    }

private:
    static void write_coding(JsonWriter& out, std::string_view name, const Coding& coding) {
        out.object().member("name", name).object("valueCoding").member_if("system", coding.system);
        out.member_if("version", coding.version).member("code", coding.code).member_if("display", coding.display);
        out.end_object().end_object();
    }

    std::vector<std::string> matches_;
    bool any_ = false;
};

/// R4's `target` is the value set in which a translation is sought; many write the system there.
bool is_value_set(const Library& library, const std::string& target) {
    const auto maps = library.concept_maps();
    return target.find("/ValueSet/") != std::string::npos || library.value_set(target) ||
           std::any_of(maps->begin(), maps->end(), [&](const auto& map) { return map->target_scope == target; });
}

std::vector<std::shared_ptr<const ConceptMap>> asked_maps(OperationContext& context, fhir::Element instance) {
    const auto& input = context.input;
    if (const auto sent = instance ? instance : input.element("conceptMap"))
        return {std::make_shared<const ConceptMap>(read_concept_map(sent))};
    const auto url = input.text("url");
    if (!url.empty()) {
        auto found = context.library.concept_map(url, input.text("conceptMapVersion"));
        if (!found) context.fail("tx-value-set-unknown", "", {url});
        return {found};
    }
    auto all = *context.library.concept_maps();
    const auto source = first_text(input, {"source", "sourceScope"});
    const auto target = first_text(input, {"target", "targetScope"});
    std::erase_if(all, [&](const auto& map) {
        return (!source.empty() && map->source_scope != source) ||
               (!target.empty() && is_value_set(context.library, target) && map->target_scope != target);
    });
    return all;
}

} // namespace

OperationAnswer translate(const Library& library, const OperationInput& input, const OperationSettings& settings, fhir::Element instance) {
    OperationContext context(library, input, settings);
    const auto codings = asked_codings(input);
    if (codings.empty()) context.fail("tx-parameter-missing", "", {"code"});
    const auto maps = asked_maps(context, instance);
    if (context.stop) return stopped(context);
    const bool back =
        input.flag("reverse") == true || input.find("targetCode") || input.find("targetCoding") || input.find("targetCodeableConcept");
    MatchWriter out;
    if (back) {
        const auto wanted =
            input.find("targetCode") ? first_text(input, {"system", "sourceSystem"}) : first_text(input, {"targetsystem", "target"});
        for (const auto& map : maps) {
            for (const auto& coding : codings) {
                for (const auto& found : translated_back(*map, coding, wanted)) out.add(found.match, &found.source);
            }
        }
        return {200, out.finish()};
    }
    auto target = first_text(input, {"targetsystem", "targetSystem"});
    if (target.empty() && !is_value_set(context.library, input.text("target"))) target = input.text("target");
    const auto given = given_dependencies(input);
    for (const auto& map : maps) {
        for (const auto& coding : codings) {
            for (const auto& match : conditional_matches(*map, coding, target, given)) out.add(match, nullptr);
            for (const auto& match : translated(context.library, *map, coding, target)) out.add(match, nullptr);
        }
    }
    return {200, out.finish()};
}

} // namespace huitong::terminology
