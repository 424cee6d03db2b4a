/// Search text to a Query. Source: FHIR R4, Search, "Parameters", "Escaping", "Summary of search result parameters".
#include "base/url_query.hpp"
#include "search/filter.hpp"
#include "search/modifiers.hpp"
#include "search/query_syntax.hpp"
#include "search/search.hpp"
#include "search/text.hpp"

#include <algorithm>

namespace huitong::search {
namespace {

constexpr const char* kUntold = "…";

bool is_digits(const std::string& text) {
    return !text.empty() && text.size() <= 9 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Outcome bad_value(const std::string& name) { return error(IssueCode::invalid, name, "search-value", {name}); }

Outcome too_many() { return error(IssueCode::too_costly, "", "search-parameters-max", {std::to_string(kParametersMax)}); }

std::size_t tests_of(const Filter& filter) {
    std::size_t out = filter.kind == Filter::Kind::test ? 1 : 0;
    for (const auto& part : filter.parts) out += tests_of(part);
    return out;
}

class Reader {
public:
    Reader(const Registry& registry, const std::string& type, bool strict, Outcome& warnings)
        : registry_(registry), strict_(strict), warnings_(warnings) {
        query_.type = type;
    }

    /// Errors of what must not be ignored; what may be is a warning when lenient.
    Outcome add(const std::string& name, const std::string& value) {
        auto issues = is_result_parameter(name) ? add_result_parameter(name, value) : add_condition(name, value);
        if (!issues.has_errors() || strict_ || !may_be_left_out(name, issues)) return issues;
        for (auto& issue : issues.issues()) issue.severity = Severity::warning;
        warnings_.add(std::move(issues));
        return {};
    }
    Query finish() { return std::move(query_); }

private:
    /// Lenient is to what is not known, and to how the answer looks. A condition that is known and cannot be met as it is written must not
    /// become no condition. Source: FHIR R4, Search, "Handling Errors", "Modifiers".
    static bool may_be_left_out(const std::string& name, const Outcome& issues) {
        static constexpr std::string_view kUnknown[] = {"search-unknown-parameter", "search-misspelt-parameter",
                                                        "search-parameter-indexing"};
        if (is_result_parameter(name) && name != "_type") return true;
        const auto& rule = issues.leading()->rule;
        return std::find(std::begin(kUnknown), std::end(kUnknown), rule) != std::end(kUnknown);
    }

    void note_self(const std::string& name, const std::string& value) {
        query_.self += (query_.self.empty() ? "" : "&") + encode_url(name) + '=' + encode_url(value);
    }

    static bool is_result_parameter(const std::string& name) {
        static constexpr std::string_view kNames[] = {"_count", "_sort",   "_summary", "_elements", "_total",
                                                      "_page",  "_format", "_pretty",  "_explain",  "_type"};
        return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames) || name == "_include" || name == "_revinclude" ||
               name.starts_with("_include:") || name.starts_with("_revinclude:");
    }

    Outcome add_result_parameter(const std::string& name, const std::string& value) {
        auto issues = read_result_parameter(name, value);
        if (!issues.has_errors() && name != "_page" && name != "_format" && name != "_pretty") note_self(name, value);
        return issues;
    }

    Outcome read_result_parameter(const std::string& name, const std::string& value) {
        if (name == "_count") return read_count(value);
        if (name == "_sort") return read_sort(value);
        if (name == "_summary") return read_summary(value);
        if (name == "_total") return read_total(value);
        if (name == "_type") return read_types(value);
        if (name.starts_with("_include") || name.starts_with("_revinclude")) return read_include(name, value);
        if (name == "_elements") query_.elements = split_unescaped(value, ',');
        if (name == "_page") query_.page = value;
        if (name == "_explain") query_.explain = value == "true";
        return {};
    }

    Outcome read_count(const std::string& value) {
        if (!is_digits(value)) return bad_value("_count");
        query_.count = static_cast<std::size_t>(std::stoul(value));
        if (query_.count == 0) query_.summary = "count";
        return {};
    }

    Outcome read_summary(const std::string& value) {
        if (value != "true" && value != "text" && value != "data" && value != "count" && value != "false") return bad_value("_summary");
        query_.summary = value == "false" ? "" : value;
        return {};
    }

    Outcome read_total(const std::string& value) {
        if (value != "none" && value != "estimate" && value != "accurate") return bad_value("_total");
        query_.total = value;
        return {};
    }

    Outcome read_types(const std::string& value) {
        auto types = split_unescaped(value, ',');
        for (const auto& type : types) {
            if (!registry_.definitions().is_resource_type(type)) return bad_value("_type");
        }
        query_.types = std::move(types);
        return {};
    }

    /// A name is told back when it is a slip of the pen. Anything else may be a patient's name in the wrong place: it stays untold, as all
    /// words here that the standard does not know.
    Outcome unknown(const std::string& type, const std::string& code) const {
        const auto nearest = registry_.nearest(type, code);
        if (nearest.empty()) return error(IssueCode::invalid, type, "search-unknown-parameter", {type.empty() ? "Resource" : type});
        return error(IssueCode::invalid, code, "search-misspelt-parameter", {code, type, nearest});
    }

    Outcome bad_modifier(IssueCode code, const std::string& modifier, const std::string& name) const {
        const bool is_told = is_modifier(modifier) || registry_.definitions().is_resource_type(modifier);
        return error(code, name, "search-modifier", {is_told ? modifier : std::string(kUntold), name});
    }

    Outcome bad_test(const Filter& filter) const {
        const bool is_told = registry_.find(query_.type, filter.path) != nullptr;
        const auto path = is_told ? filter.path : std::string(kUntold);
        return error(IssueCode::invalid, "_filter", "search-filter",
                     {path, is_filter_operation(filter.operation) ? filter.operation : std::string(kUntold)});
    }

    /// Without an answer that is whole there is none: what the index does not hold yet would be missing in silence.
    static Outcome incomplete(const fhir::SearchParameterDefinition& definition) {
        const std::string code(definition.code);
        return error(IssueCode::transient, code, "search-parameter-indexing", {code});
    }

    Outcome read_sort(const std::string& value) {
        std::vector<Query::Sort> sorts;
        for (auto& part : split_unescaped(value, ',')) {
            Query::Sort sort;
            sort.descending = part.starts_with('-');
            sort.param = sort.descending ? part.substr(1) : part;
            const bool is_column = sort.param == "_lastUpdated" || sort.param == "_id";
            const auto* definition = is_column ? nullptr : registry_.find(query_.type, sort.param);
            if (!is_column && !definition) return unknown(query_.type, sort.param);
            if (definition && !registry_.is_complete(*definition, query_.type)) return incomplete(*definition);
            if (definition && (definition->type == fhir::SearchType::composite || definition->type == fhir::SearchType::special))
                return error(IssueCode::not_supported, "_sort", "search-special", {sort.param});
            sorts.push_back(std::move(sort));
        }
        query_.sort = std::move(sorts);
        return {};
    }

    Outcome read_include(const std::string& name, const std::string& value) {
        const auto colon = name.find(':');
        const auto modifier = colon == name.npos ? std::string() : name.substr(colon + 1);
        if (!modifier.empty() && modifier != "iterate" && modifier != "recurse")
            return bad_modifier(IssueCode::invalid, modifier, name.substr(0, colon));
        const auto parts = split_unescaped(value, ':');
        Query::Include out;
        out.reverse = name.starts_with("_rev");
        out.iterate = !modifier.empty();
        out.source = parts.empty() ? "" : parts[0];
        out.param = parts.size() > 1 ? parts[1] : "*";
        out.target = parts.size() > 2 ? parts[2] : "";
        const auto& definitions = registry_.definitions();
        const bool any_source = out.source == "*" && out.param == "*" && !out.reverse;
        const bool types_known = (any_source || definitions.is_resource_type(out.source)) &&
                                 (out.target.empty() || definitions.is_resource_type(out.target)) && parts.size() <= 3;
        if (!types_known) return bad_value(name.substr(0, colon));
        // Everything that everything points at, and so on: soon the whole store.
        if (any_source && out.iterate) return error(IssueCode::too_costly, name, "search-include-all");
        if (out.param != "*") {
            const auto* definition = registry_.find(out.source, out.param);
            if (!definition) return unknown(out.source, out.param);
            if (definition->type != fhir::SearchType::reference) return bad_value(name.substr(0, colon));
            if (out.reverse && !registry_.is_complete(*definition, out.source)) return incomplete(*definition);
        }
        query_.includes.push_back(std::move(out));
        return {};
    }

    Outcome add_condition(const std::string& name, const std::string& value) {
        QueryParameter parameter;
        parameter.raw = value;
        const auto dot = name.find('.');
        const bool chained = name.starts_with("_has:") || dot != name.npos;
        const auto colon = chained ? name.npos : name.find(':');
        parameter.name = name.substr(0, colon);
        if (colon != name.npos) parameter.modifier = name.substr(colon + 1);
        if (parameter.name == "_filter") return add_filter(std::move(parameter));
        if (auto issues = chained ? check_chain(query_.type, name, 0) : check_name(query_.type, parameter); issues.has_errors())
            return issues;
        parameter.values = split_unescaped(value, ',');
        if (parameter.values.size() > Limits{}.or_values_max)
            return error(IssueCode::too_costly, name, "search-or-values-max", {std::to_string(Limits{}.or_values_max)});
        // An empty value is no condition, and so is an empty piece of a list.
        std::erase_if(parameter.values, [](const std::string& piece) { return piece.empty(); });
        if (parameter.values.empty()) return {};
        note_self(name, value);
        query_.parameters.push_back(std::move(parameter));
        return {};
    }

    /// An expression is one value, whatever commas it holds.
    Outcome add_filter(QueryParameter parameter) {
        const auto filter = parameter.modifier.empty() ? read_filter(parameter.raw) : std::nullopt;
        if (!filter) return bad_value("_filter");
        if (tests_of(*filter) > kParametersMax) return too_many();
        if (auto issues = check_filter(*filter); issues.has_errors()) return issues;
        parameter.values.push_back(parameter.raw);
        note_self("_filter", parameter.raw);
        query_.parameters.push_back(std::move(parameter));
        return {};
    }

    Outcome check_filter(const Filter& filter) const {
        if (filter.kind == Filter::Kind::test) {
            const auto test = test_of(registry_, query_.type, filter);
            if (!test) return bad_test(filter);
            const auto& condition = test->condition;
            const bool chained = condition.name.find('.') != condition.name.npos;
            return chained ? check_chain(query_.type, condition.name, 0) : check_name(query_.type, condition);
        }
        for (const auto& part : filter.parts) {
            if (auto issues = check_filter(part); issues.has_errors()) return issues;
        }
        return {};
    }

    Outcome check_name(const std::string& type, const QueryParameter& parameter) const {
        const auto& modifier = parameter.modifier;
        if (parameter.name == "_id" || parameter.name == "_lastUpdated" || parameter.name == "_list" || is_text_parameter(parameter.name)) {
            if (modifier.empty()) return {};
            return bad_modifier(IssueCode::invalid, modifier, parameter.name);
        }
        const auto* definition = registry_.find(type, parameter.name);
        if (!definition) return unknown(type, parameter.name);
        const bool is_near = definition->code == "near";
        if ((definition->type == fhir::SearchType::special && !is_near) || definition->expression.empty())
            return error(IssueCode::not_supported, parameter.name, "search-special", {parameter.name});
        if (!registry_.is_complete(*definition, type)) return incomplete(*definition);
        if (modifier.empty()) return {};
        const bool is_type = definition->type == fhir::SearchType::reference && registry_.definitions().is_resource_type(modifier);
        if (!is_type && !is_modifier_of(definition->type, modifier)) return bad_modifier(IssueCode::invalid, modifier, parameter.name);
        if (is_unsupported_modifier(definition->type, modifier, registry_.terminology() != nullptr))
            return bad_modifier(IssueCode::not_supported, modifier, parameter.name);
        return {};
    }

    /// Every hop of "subject:Patient.organization.name" and of "_has:Observation:patient:code".
    Outcome check_chain(const std::string& type, const std::string& name, std::size_t hops) const {
        if (hops > Limits{}.chain_hops_max)
            return error(IssueCode::too_costly, type, "search-chain-max", {std::to_string(Limits{}.chain_hops_max)});
        if (name.starts_with("_has:")) {
            const auto second = name.find(':', 5);
            const auto third = second == name.npos ? name.npos : name.find(':', second + 1);
            if (third == name.npos) return error(IssueCode::invalid, type, "search-has");
            const auto source = name.substr(5, second - 5);
            const auto link = name.substr(second + 1, third - second - 1);
            const auto* definition = registry_.definitions().is_resource_type(source) ? registry_.find(source, link) : nullptr;
            if (!definition || definition->type != fhir::SearchType::reference) return error(IssueCode::invalid, type, "search-has");
            if (!registry_.is_complete(*definition, source)) return incomplete(*definition);
            return check_chain(source, name.substr(third + 1), hops + 1);
        }
        const auto dot = name.find('.');
        if (dot == name.npos) {
            const auto colon = name.find(':');
            return check_name(type, {name.substr(0, colon), colon == name.npos ? "" : name.substr(colon + 1), {}, {}});
        }
        return check_hop(type, name, dot, hops);
    }

    Outcome check_hop(const std::string& type, const std::string& name, std::size_t dot, std::size_t hops) const {
        const auto head = name.substr(0, dot);
        const auto colon = head.find(':');
        const auto code = head.substr(0, colon);
        const auto only = colon == head.npos ? std::string() : head.substr(colon + 1);
        const auto* definition = registry_.find(type, code);
        if (!definition) return unknown(type, code);
        if (definition->type != fhir::SearchType::reference) return error(IssueCode::invalid, code, "search-chain", {code});
        if (!registry_.is_complete(*definition, type)) return incomplete(*definition);
        // The rest must hold for one of the types that the reference may point at.
        Outcome refused(error(IssueCode::invalid, code, "search-chain", {code}));
        for (const auto target : definition->targets) {
            if (!only.empty() && target != only) continue;
            refused = check_chain(std::string(target), name.substr(dot + 1), hops + 1);
            if (!refused.has_errors()) return {};
        }
        return refused;
    }

    const Registry& registry_;
    bool strict_;
    Outcome& warnings_;
    Query query_;
};

} // namespace

std::vector<std::string> split_unescaped(std::string_view text, char separator) {
    std::vector<std::string> out(1);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) {
            out.back() += text[at];
            out.back() += text[++at];
        } else if (text[at] == separator) {
            out.emplace_back();
        } else {
            out.back() += text[at];
        }
    }
    if (out.size() == 1 && out[0].empty()) out.clear();
    return out;
}

std::vector<std::pair<std::string, std::string>> read_criteria(std::string_view text) {
    const auto mark = text.find('?');
    return read_url_query(mark == text.npos || mark > text.find('=') ? text : text.substr(mark + 1));
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\' && at + 1 < text.size() && std::string_view(",|$\\").find(text[at + 1]) != std::string_view::npos) ++at;
        out += text[at];
    }
    return out;
}

Result<Query> read_query(const Registry& registry, const std::string& type, const std::vector<std::pair<std::string, std::string>>& pairs,
                         bool strict, Outcome& warnings) {
    if (pairs.size() > kParametersMax) return too_many();
    Reader reader(registry, type, strict, warnings);
    for (const auto& [name, value] : pairs) {
        if (auto issues = reader.add(name, value); issues.has_errors()) return issues;
    }
    auto query = reader.finish();
    query.count = std::min<std::size_t>(query.count, Limits{}.search_count_max);
    return query;
}

} // namespace huitong::search
