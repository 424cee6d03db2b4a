#include "terminology/terminology.hpp"

#include "fhir/json.hpp"
#include "terminology/expansion.hpp"
#include "terminology/operations/closure.hpp"
#include "terminology/translation.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace huitong::terminology {
namespace {

constexpr std::size_t kMembershipsMax = 5000;

std::optional<std::string> read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<std::vector<std::filesystem::path>> content_files(const std::string& directory) {
    namespace fs = std::filesystem;
    std::vector<fs::path> out;
    std::error_code failure;
    for (auto at = fs::recursive_directory_iterator(directory, failure); !failure && at != fs::recursive_directory_iterator();
         at.increment(failure)) {
        const auto suffix = at->path().extension();
        if (suffix == ".json" || suffix == ".csv" || suffix == ".codes") out.push_back(at->path());
    }
    if (failure) return Outcome(error(IssueCode::not_found, directory, "terminology-directory", {directory}));
    std::sort(out.begin(), out.end()); // the same folder gives the same terminology on every machine
    return out;
}

} // namespace

struct Terminology::State {
    explicit State(std::shared_ptr<const fhir::Definitions> definitions) : library(std::move(definitions)) {}

    Library library;
    ClosureTables closures;
    mutable std::shared_mutex mutex;                                ///< of what follows
    mutable TextMap<std::shared_ptr<const Membership>> memberships; ///< by url of the value set
    std::set<std::string, std::less<>> own_maps;                    ///< urls of maps that did not come over REST

    std::shared_ptr<const Membership> membership(std::string_view url) const;
    Outcome add(fhir::Element resource, bool is_own);
    Outcome add_file(const std::filesystem::path& file);
    void put_own(ConceptMap map) {
        {
            const std::unique_lock lock(mutex);
            own_maps.insert(map.url);
        }
        put(std::move(map));
    }
    bool has_own_map(std::string_view url) const {
        const std::shared_lock lock(mutex);
        return own_maps.contains(url);
    }
    template <class T>
    void put(T content) {
        library.put(std::move(content));
        const std::unique_lock lock(mutex);
        memberships.clear(); // sets import each other: any of them may have changed
    }
};

std::shared_ptr<const Membership> Terminology::State::membership(std::string_view url) const {
    {
        const std::shared_lock lock(mutex);
        if (const auto found = memberships.find(url); found != memberships.end()) return found->second;
    }
    const auto set = library.value_set(url);
    // The canonical without its version is the key then: versions that do not exist must not fill the memory.
    if (!set) return version_of(url).empty() ? nullptr : membership(without_version(url));
    auto made = std::make_shared<const Membership>(MembershipBuilder(library).build(*set));
    const std::unique_lock lock(mutex);
    // Implied value sets have urls without end: the memory of them is bounded.
    if (memberships.size() >= kMembershipsMax) memberships.clear();
    return memberships.emplace(std::string(url), std::move(made)).first->second;
}

Outcome Terminology::State::add_file(const std::filesystem::path& file) {
    const auto name = file.filename().string();
    auto text = read_file(file);
    if (!text) return error(IssueCode::not_found, name, "terminology-file", {name});
    auto parsed = read_csv_content(*text, name);
    if (parsed.value.system) put(std::move(*parsed.value.system));
    if (parsed.value.map) put_own(std::move(*parsed.value.map));
    return std::move(parsed.issues);
}

Terminology::Terminology(std::shared_ptr<const fhir::Definitions> definitions) : state_(std::make_unique<State>(std::move(definitions))) {}
Terminology::~Terminology() = default;

Outcome Terminology::State::add(fhir::Element resource, bool is_own) {
    const std::string type(resource.type());
    if (type != "CodeSystem" && type != "ValueSet" && type != "ConceptMap")
        return warning(IssueCode::not_supported, type, "terminology-type", {type});
    if (without_version(resource.text("url")).empty()) return error(IssueCode::required, type, "terminology-no-url", {type});
    if (type == "CodeSystem") put(read_code_system(resource));
    else if (type == "ValueSet") put(read_value_set(resource));
    else if (is_own) put_own(read_concept_map(resource));
    else if (auto map = read_concept_map(resource); !has_own_map(map.url)) put(std::move(map));
    else return error(IssueCode::conflict, type, "terminology-map-own", {map.url});
    return {};
}

Outcome Terminology::add(fhir::Element resource) { return state_->add(resource, true); }

Outcome Terminology::add_stored(fhir::Element resource) { return state_->add(resource, false); }

bool Terminology::has_own_map(std::string_view url) const { return state_->has_own_map(url); }

Outcome Terminology::load_directory(const std::string& directory) {
    const auto files = content_files(directory);
    if (!files) return files.error();
    Outcome issues;
    for (const auto& file : *files) {
        const auto name = file.filename().string();
        if (file.extension() == ".csv") {
            issues.add(state_->add_file(file));
            continue;
        }
        if (file.extension() == ".codes") {
            auto system = map_code_system(file.string());
            if (system) state_->put(std::move(*system));
            else issues.add(system.error());
            continue;
        }
        auto text = read_file(file);
        if (!text) {
            issues.add(error(IssueCode::not_found, name, "terminology-file", {name}));
            continue;
        }
        auto parsed = fhir::read_json(std::move(*text));
        if (!parsed.issues.has_errors()) parsed.issues.add(add(parsed.value->root()));
        for (auto& issue : parsed.issues.issues()) {
            if (issue.position) issue.position->file = name;
            issue.where = name;
            issues.add(std::move(issue));
        }
    }
    return issues;
}

const Library& Terminology::library() const { return state_->library; }

ClosureTables& Terminology::closures() const { return state_->closures; }

void Terminology::remove(std::string_view type, std::string_view url, std::string_view version) {
    state_->library.remove(type, without_version(url), version);
    const std::unique_lock lock(state_->mutex);
    state_->memberships.clear();
}

bool Terminology::has_system(std::string_view system) const { return state_->library.system(system) != nullptr; }

Result<Lookup> Terminology::lookup(std::string_view system, std::string_view code) const {
    const auto known = state_->library.system(system);
    if (!known) return Outcome(error(IssueCode::not_found, "", "code-system-unknown", {std::string(system)}));
    const auto found = known->find(code);
    if (found == kNoConcept) return Outcome(error(IssueCode::not_found, "", "code-unknown", {std::string(code), std::string(system)}));
    const auto& table = *known->concepts;
    Lookup out;
    out.name = known->name;
    out.version = known->version;
    out.display = table.display(found);
    out.definition = table.definition(found);
    out.abstract = table.is_abstract(found);
    out.inactive = table.is_inactive(found);
    for (const auto& property : table.properties(found)) out.properties.emplace_back(property.name, property.value);
    for (const auto& one : table.designations(found))
        out.designations.push_back({std::string(one.language), std::string(one.use_code), std::string(one.value)});
    if (const auto parents = table.parents(found); !parents.empty()) out.parent = table.code(parents.front());
    return out;
}

Validated Terminology::validate_in_system(const Coding& coding) const {
    Validated out;
    const auto system = state_->library.system(coding.system);
    out.result = told(in_system(system.get(), coding.system, coding.code));
    if (system) out.display = system->concepts->display(system->find(coding.code));
    if (out.result == true) return out;
    const bool fragment = !out.result && system;
    out.message_rule = out.result ? "code-unknown" : fragment ? "code-system-fragment" : "code-system-unknown";
    out.message_arguments = {coding.system};
    if (out.result || fragment) out.message_arguments.insert(out.message_arguments.begin(), coding.code);
    return out;
}

Validated Terminology::validate_code(std::string_view value_set, const Coding& coding) const {
    Validated out;
    const auto membership = state_->membership(value_set);
    if (!membership) {
        out.message_rule = "value-set-unknown";
        out.message_arguments = {std::string(value_set)};
        return out;
    }
    out.result = told(membership->contains(coding.system, coding.code));
    if (out.result == true) {
        auto found = coding;
        if (found.system.empty()) found.system = membership->system_of(coding.code);
        out.display = validate_in_system(found).display;
        return out;
    }
    out.message_rule = out.result ? "code-not-in-value-set" : "value-set-not-computable";
    out.message_arguments = {coding.code, std::string(value_set)};
    return out;
}

std::optional<bool> Terminology::member_of(std::string_view value_set, std::string_view system, std::string_view code) const {
    const auto membership = state_->membership(value_set);
    return membership ? told(membership->contains(system, code)) : std::nullopt;
}

std::vector<Match> Terminology::translate(std::string_view map_url, const Coding& coding, std::string_view target_system) const {
    if (!map_url.empty()) {
        const auto map = state_->library.concept_map(map_url);
        return map ? translated(state_->library, *map, coding, target_system) : std::vector<Match>();
    }
    std::vector<Match> out;
    const auto maps = state_->library.concept_maps();
    for (const auto& map : *maps) {
        auto matches = translated(state_->library, *map, coding, target_system);
        std::move(matches.begin(), matches.end(), std::back_inserter(out));
    }
    return out;
}

std::vector<std::string> Terminology::concept_map_urls() const {
    std::vector<std::string> out;
    const auto maps = state_->library.concept_maps();
    for (const auto& map : *maps) out.push_back(map->url);
    return out;
}

std::optional<std::string> Terminology::subsumes(std::string_view system, std::string_view a, std::string_view b) const {
    const auto known = state_->library.system(system);
    if (!known || !known->has(a) || !known->has(b)) return std::nullopt;
    if (known->find(a) == known->find(b)) return "equivalent";
    if (known->is_a(b, a)) return "subsumes";
    if (known->is_a(a, b)) return "subsumed-by";
    // In a fragment the links between may be what is left out.
    return known->complete ? std::optional<std::string>("not-subsumed") : std::nullopt;
}

Result<Terminology::Expansion> Terminology::expand(std::string_view value_set, std::string_view filter, std::size_t offset,
                                                   std::size_t count) const {
    const auto set = state_->library.nearest_value_set(value_set);
    const auto membership = state_->membership(value_set);
    if (!set || !membership) return Outcome(error(IssueCode::not_found, "", "value-set-unknown", {std::string(value_set)}));
    auto all = expanded(state_->library, *set, *membership);
    if (!all) return all.error();
    std::erase_if(*all, [&](const Coding& coding) { return !fits_filter(coding, filter); });
    Expansion out;
    out.total = all->size();
    for (std::size_t index = offset; index < all->size() && index - offset < count; ++index) out.codes.push_back(std::move((*all)[index]));
    return out;
}

} // namespace huitong::terminology
