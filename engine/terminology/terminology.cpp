#include "terminology/content.hpp"

#include "fhir/json.hpp"
#include "ucum/ucum.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <shared_mutex>
#include <sstream>

namespace huitong::terminology {
namespace {

constexpr std::string_view kUcum = "http://unitsofmeasure.org";
constexpr int kImportDepthMax = 16;   ///< value sets that import each other end here

std::string without_version(std::string_view canonical) { return std::string(canonical.substr(0, canonical.find('|'))); }

/// Three-valued and/or: unknown stays unknown unless the other side decides.
std::optional<bool> both(std::optional<bool> a, std::optional<bool> b) {
    if (a == false || b == false) return false;
    return a && b ? std::optional(true) : std::nullopt;
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

}  // namespace

struct Terminology::State {
    std::shared_ptr<const fhir::Definitions> definitions;
    mutable std::shared_mutex mutex;
    mutable std::unordered_map<std::string, std::shared_ptr<const CodeSystem>> systems;
    mutable std::unordered_map<std::string, std::shared_ptr<const ValueSet>> value_sets;
    std::map<std::string, std::shared_ptr<const ConceptMap>> maps;

    /// Reads a resource of the pack on first use; a null entry remembers that there is none.
    template <class T, class Read>
    std::shared_ptr<const T> find_or_read(std::unordered_map<std::string, std::shared_ptr<const T>>& known, std::string_view type, const std::string& url, Read read) const {
        {
            const std::shared_lock lock(mutex);
            if (const auto found = known.find(url); found != known.end()) return found->second;
        }
        std::shared_ptr<const T> made;
        if (const auto text = definitions->resource_json(type, url); !text.empty()) {
            const auto parsed = fhir::read_json(std::string(text));
            if (!parsed.issues.has_errors()) made = std::make_shared<const T>(read(parsed.value->root()));
        }
        const std::unique_lock lock(mutex);
        return known.emplace(url, std::move(made)).first->second;
    }
    std::shared_ptr<const CodeSystem> system(std::string_view url) const { return find_or_read(systems, "CodeSystem", without_version(url), read_code_system); }
    std::shared_ptr<const ValueSet> value_set(std::string_view url) const { return find_or_read(value_sets, "ValueSet", without_version(url), read_value_set); }

    std::optional<bool> contains(const ValueSet& set, std::string_view system_url, std::string_view code, int depth) const;
    std::optional<bool> clause_contains(const Clause& clause, std::string_view system_url, std::string_view code, int depth) const;
    std::optional<bool> passes(const CodeSystem& system, const Filter& filter, const Concept& found) const;
    std::optional<bool> in_system(std::string_view system_url, std::string_view code) const;
    Outcome expand_clause(const Clause& clause, std::vector<Coding>& out, int depth) const;
    Outcome expand_set(const ValueSet& set, std::vector<Coding>& out, int depth) const;
};

std::optional<bool> Terminology::State::in_system(std::string_view system_url, std::string_view code) const {
    if (system_url == kUcum) return ucum::is_valid(code);
    const auto found = system(system_url);
    if (!found) return std::nullopt;
    if (found->find(code)) return true;
    return found->complete ? std::optional(false) : std::nullopt;
}

std::optional<bool> Terminology::State::passes(const CodeSystem& system_, const Filter& filter, const Concept& found) const {
    if (filter.op == "is-a") return system_.is_a(found.code, filter.value);
    if (filter.op == "descendent-of") return found.code != filter.value && system_.is_a(found.code, filter.value);
    if (filter.op == "is-not-a") return !system_.is_a(found.code, filter.value);
    std::string value = filter.property == "code" ? found.code : filter.property == "display" ? found.display : filter.property == "parent" ? found.parent : std::string();
    bool has = !value.empty();
    for (const auto& [name, property] : found.properties) {
        if (name == filter.property) value = property, has = true;
    }
    if (filter.op == "=") return has && value == filter.value;
    if (filter.op == "exists") return has == (filter.value == "true");
    if (filter.op == "regex") return RE2::FullMatch(value, filter.value);
    if (filter.op == "in" || filter.op == "not-in") {
        const bool listed = (',' + filter.value + ',').find(',' + value + ',') != std::string::npos;
        return listed == (filter.op == "in");
    }
    return std::nullopt;
}

std::optional<bool> Terminology::State::clause_contains(const Clause& clause, std::string_view system_url, std::string_view code, int depth) const {
    std::optional<bool> out = true;
    if (!clause.system.empty()) {
        // "" asks for the code in whatever system the set draws from (elements of type code).
        if (!system_url.empty() && system_url != clause.system) return false;
        if (!clause.codes.empty()) {
            out = clause.code_set.contains(std::string(code));
        } else {
            out = in_system(clause.system, code);
            if (!clause.filters.empty() && out != false) {
                const auto found_system = system(clause.system);
                const auto* found = found_system ? found_system->find(code) : nullptr;
                if (!found) out = std::nullopt;
                for (const auto& filter : clause.filters) {
                    if (found) out = both(out, passes(*found_system, filter, *found));
                }
            }
        }
    }
    for (const auto& url : clause.value_sets) {
        const auto imported = value_set(url);
        out = both(out, imported ? contains(*imported, system_url, code, depth + 1) : std::nullopt);
    }
    return out;
}

std::optional<bool> Terminology::State::contains(const ValueSet& set, std::string_view system_url, std::string_view code, int depth) const {
    if (depth > kImportDepthMax) return std::nullopt;
    if (set.includes.empty()) {
        if (set.expansion.empty()) return std::nullopt;
        return std::any_of(set.expansion.begin(), set.expansion.end(), [&](const Coding& coding) { return coding.code == code && (system_url.empty() || coding.system == system_url); });
    }
    std::optional<bool> out = false;
    for (const auto& clause : set.includes) {
        const auto found = clause_contains(clause, system_url, code, depth);
        if (found == true) {
            out = true;
            break;
        }
        if (!found) out = std::nullopt;
    }
    for (const auto& clause : set.excludes) {
        const auto found = clause_contains(clause, system_url, code, depth);
        if (found == true) return false;
        if (!found && out == true) out = std::nullopt;
    }
    return out;
}

Outcome Terminology::State::expand_clause(const Clause& clause, std::vector<Coding>& out, int depth) const {
    std::vector<Coding> found;
    if (!clause.codes.empty()) {
        found = clause.codes;
        const auto known = system(clause.system);
        for (auto& coding : found) {
            if (!coding.display.empty() || !known) continue;
            if (const auto* concept_found = known->find(coding.code)) coding.display = concept_found->display;
        }
    } else if (!clause.system.empty()) {
        const auto known = system(clause.system);
        if (!known || !known->complete) return error(IssueCode::not_supported, "", "value-set-not-expandable", {clause.system});
        for (const auto& one : known->concepts) {
            bool passed = !one.abstract;
            for (const auto& filter : clause.filters) passed = passed && passes(*known, filter, one) == true;
            if (passed) found.push_back({clause.system, known->version, one.code, one.display});
        }
    } else {
        for (const auto& url : clause.value_sets) {
            const auto imported = value_set(url);
            if (!imported) return error(IssueCode::not_found, "", "value-set-unknown", {url});
            if (auto issues = expand_set(*imported, found, depth + 1); issues.has_errors()) return issues;
        }
    }
    for (auto& coding : found) {
        bool kept = true;
        if (!clause.system.empty()) {
            for (const auto& url : clause.value_sets) {
                const auto imported = value_set(url);
                kept = kept && imported && contains(*imported, coding.system, coding.code, depth + 1) == true;
            }
        }
        if (kept) out.push_back(std::move(coding));
    }
    return {};
}

Outcome Terminology::State::expand_set(const ValueSet& set, std::vector<Coding>& out, int depth) const {
    if (depth > kImportDepthMax) return error(IssueCode::too_costly, "", "value-set-depth", {set.url});
    if (set.includes.empty()) out.insert(out.end(), set.expansion.begin(), set.expansion.end());
    for (const auto& clause : set.includes) {
        if (auto issues = expand_clause(clause, out, depth); issues.has_errors()) return issues;
    }
    std::erase_if(out, [&](const Coding& coding) {
        return std::any_of(set.excludes.begin(), set.excludes.end(), [&](const Clause& clause) { return clause_contains(clause, coding.system, coding.code, depth) == true; });
    });
    std::set<std::pair<std::string, std::string>> seen;
    std::erase_if(out, [&](const Coding& coding) { return !seen.emplace(coding.system, coding.code).second; });
    return {};
}

Terminology::Terminology(std::shared_ptr<const fhir::Definitions> definitions) : state_(std::make_unique<State>()) { state_->definitions = std::move(definitions); }
Terminology::~Terminology() = default;

Outcome Terminology::add(fhir::Element resource) {
    const auto url = without_version(resource.text("url"));
    if (url.empty()) return error(IssueCode::required, std::string(resource.type()), "terminology-no-url", {std::string(resource.type())});
    const std::unique_lock lock(state_->mutex);
    if (resource.type() == "CodeSystem") state_->systems[url] = std::make_shared<const CodeSystem>(read_code_system(resource));
    else if (resource.type() == "ValueSet") state_->value_sets[url] = std::make_shared<const ValueSet>(read_value_set(resource));
    else if (resource.type() == "ConceptMap") state_->maps[url] = std::make_shared<const ConceptMap>(read_concept_map(resource));
    return {};
}

Outcome Terminology::load_directory(const std::string& directory) {
    Outcome issues;
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, failure)) files.push_back(entry.path());
    if (failure) return error(IssueCode::not_found, directory, "terminology-directory", {directory});
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        const auto name = file.filename().string();
        if (file.extension() == ".json") {
            auto parsed = fhir::read_json(read_file(file));
            issues.add(parsed.issues.has_errors() ? std::move(parsed.issues) : add(parsed.value->root()));
        } else if (file.extension() == ".csv") {
            auto parsed = read_csv_content(read_file(file), name);
            issues.add(std::move(parsed.issues));
            const std::unique_lock lock(state_->mutex);
            if (parsed.value.system) {
                const auto url = parsed.value.system->url;
                state_->systems[url] = std::make_shared<const CodeSystem>(std::move(*parsed.value.system));
            }
            if (parsed.value.map) {
                const auto url = parsed.value.map->url;
                state_->maps[url] = std::make_shared<const ConceptMap>(std::move(*parsed.value.map));
            }
        }
    }
    return issues;
}

bool Terminology::has_system(std::string_view system) const { return state_->system(system) != nullptr; }

Result<Lookup> Terminology::lookup(std::string_view system, std::string_view code) const {
    const auto found_system = state_->system(system);
    if (!found_system) return Outcome(error(IssueCode::not_found, "", "code-system-unknown", {std::string(system)}));
    const auto* found = found_system->find(code);
    if (!found) return Outcome(error(IssueCode::not_found, "", "code-unknown", {std::string(code), std::string(system)}));
    Lookup out;
    out.name = found_system->name;
    out.version = found_system->version;
    out.display = found->display;
    out.definition = found->definition;
    out.abstract = found->abstract;
    out.inactive = found->inactive;
    out.properties = found->properties;
    out.designations = found->designations;
    out.parent = found->parent;
    return out;
}

Validated Terminology::validate_in_system(const Coding& coding) const {
    Validated out;
    out.result = state_->in_system(coding.system, coding.code);
    if (const auto system = state_->system(coding.system)) {
        if (const auto* found = system->find(coding.code)) out.display = found->display;
    }
    if (out.result == true) return out;
    out.message_rule = out.result ? "code-unknown" : "code-system-unknown";
    out.message_arguments = out.result ? std::vector<std::string>{coding.code, coding.system} : std::vector<std::string>{coding.system};
    return out;
}

Validated Terminology::validate_code(std::string_view value_set, const Coding& coding) const {
    Validated out;
    const auto set = state_->value_set(value_set);
    if (!set) {
        out.message_rule = "value-set-unknown";
        out.message_arguments = {std::string(value_set)};
        return out;
    }
    out.result = state_->contains(*set, coding.system, coding.code, 0);
    if (out.result == true) {
        out.display = validate_in_system(coding).display;
        return out;
    }
    out.message_rule = out.result ? "code-not-in-value-set" : "value-set-not-computable";
    out.message_arguments = {coding.code, std::string(value_set)};
    return out;
}

std::optional<bool> Terminology::member_of(std::string_view value_set, std::string_view system, std::string_view code) const {
    const auto set = state_->value_set(value_set);
    if (!set) return std::nullopt;
    return state_->contains(*set, system, code, 0);
}

std::vector<Match> Terminology::translate(std::string_view map_url, const Coding& coding, std::string_view target_system) const {
    std::vector<Match> out;
    const std::shared_lock lock(state_->mutex);
    for (const auto& [url, map] : state_->maps) {
        if (!map_url.empty() && url != without_version(map_url)) continue;
        for (const auto& [source, rows] : map->groups) {
            if (!coding.system.empty() && !source.empty() && source != coding.system) continue;
            const auto found = rows.find(coding.code);
            if (found == rows.end()) continue;
            for (const auto& match : found->second) {
                if (target_system.empty() || match.target.system == target_system) out.push_back(match);
            }
        }
    }
    return out;
}

std::vector<std::string> Terminology::concept_map_urls() const {
    std::vector<std::string> out;
    const std::shared_lock lock(state_->mutex);
    for (const auto& [url, map] : state_->maps) out.push_back(url);
    return out;
}

std::optional<std::string> Terminology::subsumes(std::string_view system, std::string_view a, std::string_view b) const {
    const auto found = state_->system(system);
    if (!found || !found->find(a) || !found->find(b)) return std::nullopt;
    if (a == b) return "equivalent";
    if (found->is_a(b, a)) return "subsumes";
    if (found->is_a(a, b)) return "subsumed-by";
    return "not-subsumed";
}

Result<Terminology::Expansion> Terminology::expand(std::string_view value_set, std::string_view filter, std::size_t offset, std::size_t count) const {
    const auto set = state_->value_set(value_set);
    if (!set) return Outcome(error(IssueCode::not_found, "", "value-set-unknown", {std::string(value_set)}));
    std::vector<Coding> all;
    if (auto issues = state_->expand_set(*set, all, 0); issues.has_errors()) return issues;
    if (!filter.empty()) {
        std::erase_if(all, [&](const Coding& coding) { return coding.display.find(filter) == std::string::npos && coding.code.find(filter) == std::string::npos; });
    }
    Expansion out;
    out.total = all.size();
    for (std::size_t index = offset; index < all.size() && index - offset < count; ++index) out.codes.push_back(std::move(all[index]));
    return out;
}

}  // namespace huitong::terminology
