/// Search parameters that are added at run time: what may be one, and the set of them. Source: FHIR R4, SearchParameter.
#include "base/sha256.hpp"
#include "fhir/structure_reader.hpp"
#include "search/branches.hpp"
#include "search/compiled.hpp"

#include <algorithm>
#include <array>

namespace huitong::search {
namespace {

using Definition = fhir::SearchParameterDefinition;

constexpr std::size_t kAddedMax = 1'000; ///< parameters, each for one type
constexpr std::string_view kStandard = "http://hl7.org/fhir/SearchParameter/";
constexpr std::string_view kTypes[] = {"number", "date", "string", "token", "reference", "composite", "quantity", "uri"};

Outcome refuse(std::string_view where, std::string_view rule, std::vector<std::string> arguments = {}) {
    return error(IssueCode::business_rule, "SearchParameter." + std::string(where), std::string(rule), std::move(arguments));
}

bool is_word(std::string_view code) {
    auto is_inner = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
    return !code.empty() && std::isalpha(static_cast<unsigned char>(code.front())) && std::all_of(code.begin(), code.end(), is_inner);
}

/// Concrete types that the bases stand for.
std::vector<std::string_view> types_of(const fhir::Definitions& definitions, const Definition& parameter) {
    std::vector<std::string_view> out;
    for (const auto base : parameter.bases) {
        for (const auto type : definitions.resource_types()) {
            if (definitions.is_a(type, base) && std::find(out.begin(), out.end(), type) == out.end()) out.push_back(type);
        }
    }
    return out;
}

/// What values of a search type are made of; a type that derives from one of these is one too.
std::span<const std::string_view> value_types(fhir::SearchType type) {
    static constexpr std::string_view kTokens[] = {"boolean", "string",          "uri",        "integer",      "System.Boolean",
                                                   "Coding",  "CodeableConcept", "Identifier", "ContactPoint", "System.String"};
    static constexpr std::string_view kReferences[] = {"Reference", "uri"};
    static constexpr std::string_view kDates[] = {"date", "dateTime", "instant", "Period", "Timing", "System.Date", "System.DateTime"};
    static constexpr std::string_view kStrings[] = {"string", "uri", "HumanName", "Address", "System.String"};
    static constexpr std::string_view kNumbers[] = {"decimal", "integer", "Range", "System.Integer", "System.Decimal"};
    static constexpr std::string_view kQuantities[] = {"Quantity", "Money", "Range", "decimal", "integer", "System.Quantity"};
    static constexpr std::string_view kUris[] = {"uri", "string", "System.String"};
    switch (type) {
    case fhir::SearchType::token: return kTokens;
    case fhir::SearchType::reference: return kReferences;
    case fhir::SearchType::date: return kDates;
    case fhir::SearchType::string: return kStrings;
    case fhir::SearchType::number: return kNumbers;
    case fhir::SearchType::quantity: return kQuantities;
    case fhir::SearchType::uri: return kUris;
    case fhir::SearchType::composite:
    case fhir::SearchType::special: break;
    }
    return {};
}

bool may_be_value(const fhir::Definitions& definitions, fhir::SearchType search_type, const fhirpath::CheckResult& result) {
    const auto wanted = value_types(search_type);
    if (!result.is_known || result.types.empty() || wanted.empty()) return true;
    return std::any_of(result.types.begin(), result.types.end(), [&](const fhir::TypedName& found) {
        return found.type.empty() || std::any_of(wanted.begin(), wanted.end(), [&](std::string_view one) {
                   return found.type == one || definitions.is_a(found.type, one);
               });
    });
}

/// One branch of the expression against one type.
Outcome check_branch(const fhir::Definitions& definitions, const Definition& parameter, std::string_view branch, std::string_view type) {
    const auto expression = fhirpath::Expression::parse(branch);
    if (!expression) return expression.error();
    fhirpath::CheckInput input;
    input.input = definitions.type_root(type);
    auto result = expression->infer(definitions, input);
    if (result.issues.has_errors()) return std::move(result.issues);
    if (!may_be_value(definitions, parameter.type, result))
        return refuse("expression", "search-parameter-value-type", {std::string(kTypes[static_cast<std::size_t>(parameter.type)])});
    return {};
}

/// What another resource says is in nobody's rows; of a reference only its type is known when it is written.
bool follows_references(std::string_view branch) {
    constexpr std::string_view kCall = "resolve()", kIs = " is ";
    for (auto at = branch.find(kCall); at != branch.npos; at = branch.find(kCall, at + 1)) {
        if (!branch.substr(at + kCall.size()).starts_with(kIs)) return true;
    }
    return false;
}

/// What the expression engine says, as findings about the resource: it can be read, and it cannot be used.
Outcome at_expression(Outcome issues) {
    for (auto& issue : issues.issues()) {
        issue.code = IssueCode::business_rule;
        issue.where = "SearchParameter.expression";
    }
    return issues;
}

Outcome check_expression(const fhir::Definitions& definitions, const Definition& parameter) {
    if (const auto whole = fhirpath::Expression::parse(parameter.expression); !whole) return at_expression(whole.error());
    bool selects = false;
    for (const auto type : types_of(definitions, parameter)) {
        for (const auto branch : branches_of(parameter.expression, type)) {
            if (follows_references(branch)) return refuse("expression", "search-parameter-resolve");
            auto issues = check_branch(definitions, parameter, branch, type);
            if (issues.has_errors()) return at_expression(std::move(issues));
            selects = true;
        }
    }
    return selects ? Outcome() : refuse("expression", "search-parameter-expression");
}

/// A component is a parameter of R4, or one that was added before.
Outcome check_components(const FindDefinition& find, const Definition& parameter) {
    if (parameter.type != fhir::SearchType::composite) return {};
    if (parameter.components.size() < 2) return refuse("component", "search-parameter-component", {""});
    for (const auto& component : parameter.components) {
        const auto* known = find(component.definition);
        if (!known || known->type == fhir::SearchType::composite || known->type == fhir::SearchType::special)
            return refuse("component.definition", "search-parameter-component", {std::string(component.definition)});
        if (const auto expression = fhirpath::Expression::parse(component.expression); !expression)
            return at_expression(expression.error());
    }
    return {};
}

Outcome taken(std::string_view type, const Definition& by) {
    return refuse("code", "search-parameter-taken", {std::string(type), std::string(by.code), std::string(by.url)});
}

/// Another expression under the same code is another name, so rows of the older one are never taken for those of the newer.
std::string rows_name(const FindDefinition& find, const Definition& parameter) {
    std::string said(parameter.expression);
    said.append("\n").append(kTypes[static_cast<std::size_t>(parameter.type)]);
    for (const auto& component : parameter.components) {
        said.append("\n").append(component.definition).append(" ").append(component.expression);
        // R4's keep their types; an added one may change under its address.
        if (const auto* own = find(component.definition); own && !own->url.starts_with(kStandard))
            said.append(" ").append(kTypes[static_cast<std::size_t>(own->type)]);
    }
    return std::string(parameter.code) + '~' + sha256_hex(said).substr(0, 8);
}

std::shared_ptr<AddedParameter> make_added(const FindDefinition& find, const fhir::DocumentPtr& resource, std::string_view type) {
    auto out = std::make_shared<AddedParameter>();
    out->resource = resource;
    out->definition = fhir::read_search_parameter(resource->root()).value;
    out->type = type;
    out->compiled = compile_parameter(find, out->definition, type);
    if (!out->compiled) return nullptr;
    out->compiled->rows = rows_name(find, out->definition);
    out->compiled->sources.any_of = {{out->compiled->rows, ""}};
    return out;
}

} // namespace

std::span<const std::shared_ptr<AddedParameter>> AddedSet::of_type(std::string_view type) const {
    if (by_type.empty()) return {};
    const auto found = by_type.find(std::string(type));
    if (found == by_type.end()) return {};
    return found->second;
}

const Definition* AddedSet::find_url(std::string_view url) const {
    for (const auto& [type, parameters] : by_type) {
        for (const auto& parameter : parameters) {
            if (parameter->definition.url == url) return &parameter->definition;
        }
    }
    return nullptr;
}

AddedParameter* AddedSet::find(std::string_view type, std::string_view code) const {
    for (const auto& parameter : of_type(type)) {
        if (parameter->definition.code == code || parameter->compiled->rows == code) return parameter.get();
    }
    return nullptr;
}

namespace {

/// nullptr: the resource is new, or has changed.
std::shared_ptr<AddedParameter> same_as_before(const AddedSet& before, const fhir::DocumentPtr& resource, std::string_view type) {
    const auto of_type = before.of_type(type);
    const auto found = std::find_if(of_type.begin(), of_type.end(), [&](const auto& parameter) { return parameter->resource == resource; });
    return found == of_type.end() ? nullptr : *found;
}

bool is_to_be_used(const fhir::Definitions& definitions, fhir::Element resource) {
    return resource.text("status") == "active" && !definitions.find_search_parameter(resource.text("url"));
}

/// Whatever other parameters there are, but for what the components of a composite point at.
Outcome check_alone(const fhir::Definitions& definitions, const FindDefinition& find, fhir::Element resource) {
    auto parsed = fhir::read_search_parameter(resource);
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    const auto& parameter = parsed.value;
    const auto type = resource.text("type");
    if (std::find(std::begin(kTypes), std::end(kTypes), type) == std::end(kTypes))
        return refuse("type", "search-parameter-type", {std::string(type)});
    if (!is_word(parameter.code)) return refuse("code", "search-parameter-code", {std::string(parameter.code)});
    for (const auto base : parameter.bases) {
        if (!definitions.is_resource_type(base) && base != "Resource" && base != "DomainResource")
            return refuse("base", "search-parameter-base", {std::string(base)});
    }
    if (parameter.expression.empty()) return refuse("expression", "search-parameter-expression");
    for (const auto base : types_of(definitions, parameter)) {
        if (const auto* known = definitions.find_search_parameter(base, parameter.code)) return taken(base, *known);
    }
    if (auto issues = check_components(find, parameter); issues.has_errors()) return issues;
    return check_expression(definitions, parameter);
}

/// So that what their components point at is there before them.
std::vector<fhir::DocumentPtr> composites_last(std::vector<fhir::DocumentPtr> resources) {
    std::stable_partition(resources.begin(), resources.end(), [](const auto& one) { return one->root().text("type") != "composite"; });
    return resources;
}

} // namespace

Outcome Registry::check_parameter(fhir::Element resource) const {
    const auto& definitions = *state_->definitions;
    if (!is_to_be_used(definitions, resource)) return {};
    const FindDefinition find = [this](std::string_view url) { return find_url(url); };
    if (auto issues = check_alone(definitions, find, resource); issues.has_errors()) return issues;
    const auto parameter = fhir::read_search_parameter(resource).value;
    const auto added = state_->added.load();
    for (const auto base : types_of(definitions, parameter)) {
        const auto* other = added->find(base, parameter.code);
        if (other && other->definition.url != parameter.url) return taken(base, other->definition);
    }
    return {};
}

Outcome Registry::set_added(const std::vector<fhir::DocumentPtr>& resources) {
    Outcome issues;
    const std::lock_guard lock(state_->adding);
    const auto before = state_->added.load();
    auto now = std::make_shared<AddedSet>();
    now->generation = before->generation + 1;
    const FindDefinition find = [&](std::string_view url) {
        const auto* known = state_->definitions->find_search_parameter(url);
        return known ? known : now->find_url(url);
    };
    std::size_t count = 0;
    for (const auto& resource : composites_last(resources)) {
        const auto root = resource->root();
        if (!is_to_be_used(*state_->definitions, root)) continue;
        auto refused = check_alone(*state_->definitions, find, root);
        if (refused.has_errors()) {
            issues.add(std::move(refused));
            continue;
        }
        for (const auto type : types_of(*state_->definitions, fhir::read_search_parameter(root).value)) {
            auto parameter = same_as_before(*before, resource, type);
            // What a composite's components are may have changed.
            if (!parameter || parameter->definition.type == fhir::SearchType::composite) parameter = make_added(find, resource, type);
            if (!parameter) continue;
            if (const auto* other = now->find(type, parameter->definition.code)) {
                issues.add(taken(type, other->definition));
                continue;
            }
            if (++count > kAddedMax) {
                issues.add(refuse("base", "search-parameter-max", {std::to_string(kAddedMax)}));
                break;
            }
            // Another text of the same expression: what is known of its rows still holds.
            const auto* known = before->find(type, parameter->compiled->rows);
            if (known && known->is_complete) parameter->is_complete = true;
            state_->ever_added.insert(parameter);
            now->by_type[std::string(type)].push_back(std::move(parameter));
        }
    }
    state_->added.store(std::move(now));
    return issues;
}

std::uint32_t Registry::generation() const { return state_->added.load()->generation; }

std::vector<Registry::Added> Registry::added() const {
    std::vector<Added> out;
    const auto set = state_->added.load();
    for (const auto& [type, parameters] : set->by_type) {
        for (const auto& parameter : parameters)
            out.push_back({type, parameter->compiled->rows, &parameter->definition, parameter->is_complete});
    }
    std::sort(out.begin(), out.end(), [](const Added& a, const Added& b) { return std::tie(a.type, a.rows) < std::tie(b.type, b.rows); });
    return out;
}

bool Registry::is_complete(const Definition& definition, std::string_view type) const {
    const auto* parameter = state_->added.load()->find(type, definition.code);
    return !parameter || parameter->definition.url != definition.url || parameter->is_complete;
}

void Registry::set_complete(const Added& parameter) {
    if (auto* found = state_->added.load()->find(parameter.type, parameter.rows)) found->is_complete = true;
}

} // namespace huitong::search
