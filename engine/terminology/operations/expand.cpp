/// $expand. Source: FHIR R4, ValueSet-operations $expand.
#include "terminology/operations/composition.hpp"
#include "terminology/operations/concept_view.hpp"
#include "terminology/operations/operations.hpp"

#include <algorithm>
#include <array>

namespace huitong::terminology {
namespace {

constexpr std::string_view kR5 = "http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion.";

bool contains_folded(std::string_view text, const std::string& word) { return folded_code(text).find(word) != std::string::npos; }

/// Every word of the filter is in the code or in a name, whatever the case of ASCII letters.
bool fits_filter(const ConceptView& view, std::string_view code, std::string_view filter) {
    const auto names = view.names();
    for (std::size_t begin = 0; begin < filter.size();) {
        const auto end = std::min(filter.find(' ', begin), filter.size());
        const auto word = folded_code(filter.substr(begin, end - begin));
        const bool found = contains_folded(code, word) ||
                           std::any_of(names.begin(), names.end(), [&](const auto& name) { return contains_folded(name.text, word); });
        if (!found) return false;
        begin = end + 1;
    }
    return true;
}

/// Writes one expansion.
class ExpansionWriter {
public:
    ExpansionWriter(OperationContext& context, std::shared_ptr<const ValueSet> set) : context_(context), set_(std::move(set)) {
        for (const auto& name : context.input.texts("property")) properties_.push_back(name);
        designations_ = context.flag("includeDesignations", set_.get()) == true;
    }

    OperationAnswer answer(const Composition& composition, std::vector<ExpandedConcept> all) {
        const auto total = all.size();
        const auto offset = context_.input.number("offset").value_or(0);
        const auto count = context_.input.number("count");
        find_several_versions(composition);
        if (count || offset > 0) {
            const auto begin = std::min(offset, all.size());
            all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(begin));
            if (count && *count < all.size()) all.resize(*count);
        }
        write_contains(all, may_nest(count.has_value() || offset > 0));
        out_.object();
        write_expansion_head(total);
        write_parameters(composition);
        if (const auto contains = contains_.take(); contains.size() > 2) out_.key("contains").raw(contains);
        out_.end_object();
        OperationAnswer answer;
        answer.body = "{" + set_->head;
        if (context_.flag("includeDefinition", set_.get()) == true && !set_->compose.empty())
            answer.body.append(",\"compose\":").append(set_->compose);
        answer.body.append(",\"expansion\":").append(out_.take()).append("}");
        return answer;
    }

private:
    bool may_nest(bool paged) const {
        return !paged && context_.flag("excludeNested", set_.get()) == false && set_->excludes.empty() && set_->includes.size() == 1 &&
               set_->includes.front().concepts.empty() && context_.input.text("filter").empty();
    }

    void find_several_versions(const Composition& composition) {
        std::map<std::string, std::string> versions;
        for (const auto& one : composition.used()) {
            const auto [at, fresh] = versions.emplace(one->url, one->version);
            if (!fresh && at->second != one->version) several_.insert(one->url);
        }
    }

    void write_expansion_head(std::size_t total) {
        bool open = false;
        const auto begin = [&] {
            if (!std::exchange(open, true)) out_.array("extension");
        };
        for (const auto& url : fragments_) {
            begin();
            out_.object()
                .member("url", "http://hl7.org/fhir/StructureDefinition/valueset-unclosed")
                .flag("valueBoolean", true)
                .end_object();
            out_.object().member("url", "http://hl7.org/fhir/StructureDefinition/valueset-unclosed-reason");
            out_.member("valueString", "This extension is based on a fragment of the code system " + url).end_object();
        }
        for (const auto& [code, uri] : declared_) {
            begin();
            out_.object().member("url", std::string(kR5) + "property").array("extension");
            out_.object().member("url", "code").member("valueCode", code).end_object();
            if (!uri.empty()) out_.object().member("url", "uri").member("valueUri", uri).end_object();
            out_.end_array().end_object();
        }
        if (open) out_.end_array();
        out_.member_if("identifier", context_.settings.identifier).member("timestamp", context_.settings.now).count("total", total);
        if (const auto offset = context_.input.number("offset")) out_.count("offset", *offset);
    }

    void write_parameters(const Composition& composition) {
        parameters_.array();
        for (const auto* const name : {"activeOnly", "excludeNested", "includeDesignations", "includeDefinition"}) {
            if (const auto given = context_.flag(name, set_.get()))
                write_parameter(parameters_, name, "Boolean", *given ? "true" : "false");
        }
        for (const auto* const name : {"count", "offset"}) {
            if (const auto given = context_.input.number(name)) write_parameter(parameters_, name, "Integer", std::to_string(*given));
        }
        if (const auto filter = context_.input.text("filter"); !filter.empty()) write_parameter(parameters_, "filter", "String", filter);
        if (!context_.languages.empty()) write_parameter(parameters_, "displayLanguage", "Code", context_.languages.text());
        for (const auto& canonical : context_.input.texts("exclude-system"))
            write_parameter(parameters_, "exclude-system", "Uri", canonical);
        for (const auto& canonical : context_.input.texts("force-system-version"))
            write_parameter(parameters_, "force-system-version", "Uri", canonical);
        for (const auto& one : composition.used()) {
            write_parameter(parameters_, "used-codesystem", "Uri", one->canonical());
            if (one->fragment) write_parameter(parameters_, "used-fragment", "Uri", one->canonical());
        }
        for (const auto& one : composition.imported()) write_parameter(parameters_, "used-valueset", "Uri", one->canonical());
        for (const auto& one : context_.supplements()) write_parameter(parameters_, "used-supplement", "Uri", one->canonical());
        write_warning(*set_, true);
        for (const auto& one : composition.imported()) write_warning(*one, false);
        for (const auto& one : composition.used()) write_warning(*one, false);
        parameters_.end_array();
        // FHIR JSON has no empty arrays.
        if (const auto written = parameters_.take(); written.size() > 2) out_.key("parameter").raw(written);
    }

    /// Content that should not be relied on is named. The set itself only where that is more than its own status says.
    void write_warning(const Heading& content, bool itself) {
        const auto warn = [&](const char* name) { write_parameter(parameters_, name, "Uri", content.canonical()); };
        if (content.standards_status == "deprecated") warn("warning-deprecated");
        else if (content.standards_status == "withdrawn") warn("warning-withdrawn");
        else if (content.status == "retired") warn("warning-retired");
        else if (itself) return;
        else if (content.experimental && !set_->experimental) warn("warning-experimental");
        else if (content.status == "draft" && !set_->experimental && set_->status != "draft") warn("warning-draft");
    }

    void write_contains(const std::vector<ExpandedConcept>& all, bool nested) {
        contains_.array();
        if (!nested) {
            for (const auto& one : all) {
                open_concept(one);
                contains_.end_object();
            }
        } else {
            write_nested(all);
        }
        contains_.end_array();
    }

    /// Each concept below its nearest ancestor in the list; one that has none stands at the top.
    void write_nested(const std::vector<ExpandedConcept>& all) {
        std::unordered_map<ConceptIndex, std::size_t> listed;
        for (std::size_t at = 0; at < all.size(); ++at) listed.emplace(all[at].at, at);
        std::vector<std::vector<std::size_t>> below(all.size());
        std::vector<std::size_t> roots;
        for (std::size_t at = 0; at < all.size(); ++at) {
            const auto parents = all[at].system ? all[at].system->concepts->parents(all[at].at) : std::span<const ConceptIndex>();
            const auto parent = parents.empty() ? listed.end() : listed.find(parents.front());
            // Circles stay flat: a parent comes before its children.
            if (parent == listed.end() || parent->second >= at) roots.push_back(at);
            else below[parent->second].push_back(at);
        }
        for (const auto root : roots) write_branch(all, below, root);
    }

    void write_branch(const std::vector<ExpandedConcept>& all, const std::vector<std::vector<std::size_t>>& below, std::size_t at) {
        open_concept(all[at]);
        if (!below[at].empty()) {
            contains_.array("contains");
            for (const auto child : below[at]) write_branch(all, below, child);
            contains_.end_array();
        }
        contains_.end_object();
    }

    void open_concept(const ExpandedConcept& one) {
        const ConceptView view(context_, one.system.get(), one.at, one.listed);
        if (one.system && one.system->fragment) fragments_.insert(one.url);
        contains_.object();
        write_extensions(view, one);
        contains_.member("system", one.url);
        if (one.system && one.at != kNoConcept && one.system->concepts->is_abstract(one.at)) contains_.flag("abstract", true);
        if (one.inactive()) contains_.flag("inactive", true);
        if (several_.contains(one.url)) contains_.member("version", one.version);
        contains_.member("code", one.code()).member_if("display", view.display().value_or(""));
        if (designations_) write_designations(view);
    }

    void write_extensions(const ConceptView& view, const ExpandedConcept& one) {
        bool open = false;
        const auto begin = [&] {
            if (!std::exchange(open, true)) contains_.array("extension");
        };
        for (const auto& extension : view.extensions()) {
            begin();
            contains_.raw(extension.json);
        }
        auto shown = view.properties();
        std::erase_if(shown, [&](const ShownProperty& property) { return !shows(property); });
        if (std::find(properties_.begin(), properties_.end(), "definition") != properties_.end() && one.system) {
            const auto definition = one.system->concepts->definition(one.at);
            if (!definition.empty())
                shown.push_back(
                    {"definition", "http://hl7.org/fhir/concept-properties#definition", std::string(definition), PropertyType::string});
        }
        for (const auto& property : shown) {
            begin();
            declared_.emplace(property.code, property.uri);
            contains_.object().member("url", std::string(kR5) + "contains.property").array("extension");
            contains_.object().member("url", "code").member("valueCode", property.code).end_object();
            contains_.object().member("url", "value");
            write_property_value(contains_, property.type, property.value);
            contains_.end_object().end_array().end_object();
        }
        if (open) contains_.end_array();
    }

    /// What was asked for, and what a reader of the list must see in any case.
    bool shows(const ShownProperty& property) const {
        if (std::find(properties_.begin(), properties_.end(), property.code) != properties_.end()) return true;
        constexpr std::array<std::string_view, 3> kAlways = {"order", "label", "weight"};
        if (std::find(kAlways.begin(), kAlways.end(), property.code) != kAlways.end())
            return property.uri.starts_with("http://hl7.org/fhir/concept-properties#");
        return property.code == "status" && property.value != "active" && property.uri.ends_with("#status");
    }

    void write_designations(const ConceptView& view) {
        auto all = view.other_designations();
        const auto wanted = context_.input.texts("designation");
        if (!wanted.empty()) {
            std::erase_if(all, [&](const Designation& one) {
                return std::none_of(wanted.begin(), wanted.end(), [&](const std::string& text) {
                    return text == one.language || text == std::string(one.use_system).append("|").append(one.use_code) ||
                           text == "urn:ietf:bcp:47|" + std::string(one.language);
                });
            });
        }
        if (all.empty()) return;
        contains_.array("designation");
        for (const auto& one : all) {
            contains_.object();
            if (!one.extensions.empty()) contains_.key("extension").raw(one.extensions);
            contains_.member_if("language", one.language);
            if (!one.use_code.empty()) {
                contains_.object("use").member_if("system", one.use_system).member("code", one.use_code);
                contains_.member_if("display", one.use_display).end_object();
            }
            contains_.member("value", one.value).end_object();
        }
        contains_.end_array();
    }

    OperationContext& context_;
    std::shared_ptr<const ValueSet> set_;
    JsonWriter out_, contains_, parameters_;
    std::vector<std::string> properties_; ///< asked for
    bool designations_ = false;
    std::set<std::string> several_;               ///< systems that are drawn from in more than one version
    std::set<std::string> fragments_;             ///< systems that are here in parts
    std::map<std::string, std::string> declared_; ///< properties written: code, uri
};

} // namespace

OperationAnswer expand(const Library& library, const OperationInput& input, const OperationSettings& settings, fhir::Element instance) {
    OperationContext context(library, input, settings);
    const auto set = context.stop ? nullptr : asked_value_set(context, instance);
    if (set) {
        context.take_languages_of(*set);
        context.take_supplements(set.get());
    }
    if (context.stop) return stopped(context);
    Composition composition(context);
    auto all = composition.expand(set);
    if (context.stop) return stopped(context);
    const bool active_only = context.flag("activeOnly", set.get()) == true;
    const auto filter = input.text("filter");
    const auto excluded = input.texts("exclude-system");
    std::erase_if(all, [&](const ExpandedConcept& one) {
        if (active_only && one.inactive()) return true;
        if (std::find(excluded.begin(), excluded.end(), one.url) != excluded.end() ||
            std::find(excluded.begin(), excluded.end(), one.url + '|' + one.version) != excluded.end())
            return true;
        return !filter.empty() && !fits_filter(ConceptView(context, one.system.get(), one.at, one.listed), one.code(), filter);
    });
    if (!input.number("count") && all.size() > settings.expansion_max) {
        context.fail("tx-too-costly", "", {std::to_string(settings.expansion_max)});
        return stopped(context);
    }
    return ExpansionWriter(context, set).answer(composition, std::move(all));
}

} // namespace huitong::terminology
