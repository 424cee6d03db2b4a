/// Search text to a Query. Source: FHIR R4, Search, "Parameters", "Escaping", "Summary of search result parameters".
#include "base/url_query.hpp"
#include "search/query_syntax.hpp"
#include "search/search.hpp"

#include <algorithm>
#include <array>

namespace huitong::search {
namespace {

constexpr std::size_t kDefaultCount = 50;

constexpr std::array<std::string_view, 8> kModifiers = {"missing", "exact", "contains", "text", "not", "above", "below", "identifier"};

std::string join_pair(const std::string& name, const std::string& value) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out = name + '=';
    for (const unsigned char c : value) {
        if (std::isalnum(c) || std::string_view("-_.~:,/|$").find(static_cast<char>(c)) != std::string_view::npos) {
            out += static_cast<char>(c);
        } else {
            out += '%';
            out += kDigits[c >> 4];
            out += kDigits[c & 15];
        }
    }
    return out;
}

Query::Include read_include(const std::string& value, bool reverse, bool iterate) {
    const auto parts = split_unescaped(value, ':');
    Query::Include out;
    out.reverse = reverse;
    out.iterate = iterate;
    out.source = parts.empty() ? "" : parts[0];
    out.param = parts.size() > 1 ? parts[1] : "*";
    out.target = parts.size() > 2 ? parts[2] : "";
    return out;
}

class Reader {
public:
    Reader(const Registry& registry, const std::string& type, bool strict, Outcome& warnings)
        : registry_(registry), strict_(strict), warnings_(warnings) {
        query_.type = type;
    }

    Outcome add(const std::string& name, const std::string& value) {
        if (add_result_parameter(name, value)) {
            if (name != "_page") note_self(name, value);
            return std::move(refusal_);
        }
        auto issues = add_condition(name, value);
        if (!issues.has_errors()) return {};
        if (strict_) return issues;
        for (auto& issue : issues.issues()) issue.severity = Severity::warning;
        warnings_.add(std::move(issues));
        return {};
    }
    Query finish() { return std::move(query_); }

private:
    void note_self(const std::string& name, const std::string& value) {
        query_.self += (query_.self.empty() ? "" : "&") + join_pair(name, value);
    }

    bool add_result_parameter(const std::string& name, const std::string& value) {
        if (name == "_count") query_.count = read_count(value);
        else if (name == "_sort") read_sort(value);
        else if (name == "_include" || name == "_include:iterate" || name == "_include:recurse")
            query_.includes.push_back(read_include(value, false, name.size() > 8));
        else if (name == "_revinclude" || name == "_revinclude:iterate" || name == "_revinclude:recurse")
            query_.includes.push_back(read_include(value, true, name.size() > 11));
        else if (name == "_summary") query_.summary = value == "false" ? "" : value;
        else if (name == "_elements") query_.elements = split_unescaped(value, ',');
        else if (name == "_total") query_.total = value;
        else if (name == "_page") query_.page = value;
        else if (name == "_explain") query_.explain = value == "true";
        else return name == "_format" || name == "_pretty" || name == "_type" ? add_type(name, value) : false;
        return true;
    }

    bool add_type(const std::string& name, const std::string& value) {
        if (name != "_type") return true;
        query_.parameters.push_back({"_type", "", split_unescaped(value, ','), value});
        return true;
    }

    std::size_t read_count(const std::string& value) {
        if (value.empty() || !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; }) || value.size() > 9) {
            refusal_ = error(IssueCode::invalid, "_count", "search-value", {"_count"});
            return kDefaultCount;
        }
        const auto count = static_cast<std::size_t>(std::stoul(value));
        if (count == 0) query_.summary = "count";
        return count;
    }

    void read_sort(const std::string& value) {
        for (auto& part : split_unescaped(value, ',')) {
            Query::Sort sort;
            sort.descending = part.starts_with('-');
            sort.param = sort.descending ? part.substr(1) : part;
            if (sort.param != "_lastUpdated" && sort.param != "_id" && !query_.type.empty() && !registry_.find(query_.type, sort.param)) {
                refusal_ = error(IssueCode::invalid, "_sort", "search-unknown-parameter",
                                 {sort.param, query_.type, registry_.nearest(query_.type, sort.param)});
                return;
            }
            query_.sort.push_back(std::move(sort));
        }
    }

    Outcome add_condition(const std::string& name, const std::string& value) {
        QueryParameter parameter;
        parameter.raw = value;
        const auto dot = name.find('.');
        const bool chained = name.starts_with("_has:") || dot != name.npos;
        const auto colon = chained ? name.npos : name.find(':');
        parameter.name = name.substr(0, colon);
        if (colon != name.npos) parameter.modifier = name.substr(colon + 1);
        if (auto issues = chained ? check_chain(name) : check_name(parameter); issues.has_errors()) return issues;
        parameter.values = split_unescaped(value, ',');
        if (parameter.values.size() > Limits{}.or_values_max)
            return error(IssueCode::too_costly, name, "search-or-values-max", {std::to_string(Limits{}.or_values_max)});
        // An empty value is no condition (FHIR R4, Search: "parameters with no value are ignored").
        if (parameter.values.empty() || (parameter.values.size() == 1 && parameter.values[0].empty())) return {};
        note_self(name, value);
        query_.parameters.push_back(std::move(parameter));
        return {};
    }

    Outcome check_name(const QueryParameter& parameter) const {
        if (parameter.name == "_id" || parameter.name == "_lastUpdated") return {};
        const auto* definition = registry_.find(query_.type, parameter.name);
        if (!definition)
            return error(IssueCode::invalid, parameter.name, "search-unknown-parameter",
                         {parameter.name, query_.type, registry_.nearest(query_.type, parameter.name)});
        const auto& modifier = parameter.modifier;
        if (modifier.empty() || modifier == "of-type") return {};
        if (modifier == "in" || modifier == "not-in")
            return error(IssueCode::not_supported, parameter.name, "search-modifier", {modifier, parameter.name});
        if (std::find(kModifiers.begin(), kModifiers.end(), modifier) != kModifiers.end()) return {};
        if (definition->type == fhir::SearchType::reference && registry_.definitions().is_resource_type(modifier)) return {};
        return error(IssueCode::invalid, parameter.name, "search-modifier", {modifier, parameter.name});
    }

    Outcome check_chain(const std::string& name) const {
        const auto hops = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + (name.starts_with("_has:") ? 1 : 0);
        if (hops > Limits{}.chain_hops_max)
            return error(IssueCode::too_costly, name, "search-chain-max", {std::to_string(Limits{}.chain_hops_max)});
        if (name.starts_with("_has:")) {
            const auto parts = split_unescaped(name, ':');
            if (parts.size() < 4 || !registry_.definitions().is_resource_type(parts[1]) || !registry_.find(parts[1], parts[2]))
                return error(IssueCode::invalid, name, "search-has", {name});
            return {};
        }
        const auto first = name.substr(0, name.find_first_of(":."));
        const auto* definition = registry_.find(query_.type, first);
        if (!definition)
            return error(IssueCode::invalid, name, "search-unknown-parameter", {first, query_.type, registry_.nearest(query_.type, first)});
        if (definition->type != fhir::SearchType::reference) return error(IssueCode::invalid, name, "search-chain", {first});
        return {};
    }

    const Registry& registry_;
    bool strict_;
    Outcome& warnings_;
    Outcome refusal_;
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
    Reader reader(registry, type, strict, warnings);
    for (const auto& [name, value] : pairs) {
        if (auto issues = reader.add(name, value); issues.has_errors()) return issues;
    }
    auto query = reader.finish();
    query.count = std::min<std::size_t>(query.count, Limits{}.search_count_max);
    return query;
}

} // namespace huitong::search
