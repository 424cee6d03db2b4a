#include "terminology/library.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

template <class T>
void insert_version(std::vector<std::shared_ptr<const T>>& versions, std::shared_ptr<const T> made) {
    const auto at = std::lower_bound(versions.begin(), versions.end(), made,
                                     [](const auto& a, const auto& b) { return compare_versions(a->version, b->version) < 0; });
    if (at != versions.end() && (*at)->version == made->version) *at = std::move(made);
    else versions.insert(at, std::move(made));
}

template <class T>
std::shared_ptr<const T> newest(const std::vector<std::shared_ptr<const T>>& versions, std::string_view pattern) {
    for (auto at = versions.rbegin(); at != versions.rend(); ++at) {
        if (fits_version((*at)->version, pattern)) return *at;
    }
    return nullptr;
}

ValueSet set_over(std::string url, Clause clause) {
    ValueSet out;
    out.url = std::move(url);
    out.status = "active";
    out.head = R"("resourceType":"ValueSet","url":)";
    fhir::write_json_string(out.url, out.head);
    out.head += R"(,"status":"active")";
    out.includes.push_back(std::move(clause));
    return out;
}

/// Value sets that SNOMED CT's (and any system's) own url implies: "?fhir_vs", "?fhir_vs=isa/ID", "?fhir_vs=ecl/EXPRESSION".
/// Source: FHIR R4, Using SNOMED CT with HL7 FHIR, "Implicit Value Sets".
std::optional<ValueSet> implied_value_set(std::string_view url) {
    const auto mark = url.find("?fhir_vs");
    if (mark == url.npos) return std::nullopt;
    Clause clause;
    clause.system = url.substr(0, mark);
    auto rest = url.substr(mark + std::string_view("?fhir_vs").size());
    if (rest.starts_with("=isa/")) clause.filters.push_back({"concept", "is-a", std::string(rest.substr(5))});
    else if (rest.starts_with("=ecl/")) clause.filters.push_back({"constraint", "=", std::string(rest.substr(5))});
    else if (!rest.empty()) return std::nullopt;
    return set_over(std::string(url), std::move(clause));
}

std::string_view wanted(std::string_view url, std::string_view version) { return version.empty() ? version_of(url) : version; }

} // namespace

template <class T, class Read>
Library::Versions<T> Library::versions(const Shelf<T>& shelf, std::string_view type, std::string_view url, Read read) const {
    url = without_version(url);
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = shelf.known.find(url); found != shelf.known.end()) return found->second;
    }
    if (!definitions_) return {};
    const auto text = definitions_->resource_json(type, url);
    // Unknown urls of requests are not remembered: a client must not be able to fill the memory with them.
    if (text.empty()) return {};
    Versions<T> made;
    const auto parsed = fhir::read_json(std::string(text));
    if (!parsed.issues.has_errors()) made.push_back(std::make_shared<const T>(read(parsed.value->root())));
    const std::unique_lock lock(mutex_);
    return shelf.known.emplace(std::string(url), std::move(made)).first->second;
}

Library::Versions<CodeSystem> Library::all_versions(std::string_view url) const {
    auto out = versions(systems_, "CodeSystem", url, read_code_system);
    if (!below_) return out;
    for (auto& one : below_->all_versions(url)) {
        const bool here = std::any_of(out.begin(), out.end(), [&](const auto& mine) { return mine->version == one->version; });
        if (!here) insert_version(out, std::move(one));
    }
    return out;
}

std::shared_ptr<const CodeSystem> Library::system(std::string_view url, std::string_view version) const {
    auto found = versions(systems_, "CodeSystem", url, read_code_system);
    std::erase_if(found, [](const auto& one) { return !one->supplements.empty(); });
    // What a request brings along is what it means, even where the hub knows a newer one.
    auto here = newest(found, wanted(url, version));
    return here || !below_ ? here : below_->system(url, version);
}

std::vector<std::string> Library::system_versions(std::string_view url) const {
    std::vector<std::string> out;
    for (const auto& one : all_versions(url)) {
        if (one->supplements.empty()) out.push_back(one->version);
    }
    return out;
}

std::shared_ptr<const CodeSystem> Library::supplement(std::string_view canonical) const {
    auto found = all_versions(canonical);
    std::erase_if(found, [](const auto& one) { return one->supplements.empty(); });
    return newest(found, version_of(canonical));
}

std::shared_ptr<const ConceptMap> Library::concept_map(std::string_view url, std::string_view version) const {
    const auto found = newest(versions(maps_, "ConceptMap", url, read_concept_map), wanted(url, version));
    return found || !below_ ? found : below_->concept_map(url, version);
}

std::shared_ptr<const ValueSet> Library::value_set(std::string_view url, std::string_view version) const {
    auto found = newest(versions(value_sets_, "ValueSet", url, read_value_set), wanted(url, version));
    if (found) return found;
    {
        const std::shared_lock lock(mutex_);
        if (const auto all = all_codes_.find(without_version(url)); all != all_codes_.end()) {
            Clause clause;
            clause.system = all->second;
            return std::make_shared<const ValueSet>(set_over(all->first, std::move(clause)));
        }
    }
    if (below_) return below_->value_set(url, version);
    auto implied = implied_value_set(url);
    return implied ? std::make_shared<const ValueSet>(std::move(*implied)) : nullptr;
}

std::shared_ptr<const ValueSet> Library::nearest_value_set(std::string_view canonical) const {
    auto found = value_set(canonical);
    return found || version_of(canonical).empty() ? found : value_set(without_version(canonical));
}

std::shared_ptr<const Library::Maps> Library::concept_maps() const {
    // Asked before the maps are read: what is put meanwhile has them listed again.
    const std::pair at(generation(), below_ ? below_->generation() : 0);
    {
        const std::shared_lock lock(mutex_);
        if (all_maps_ && all_maps_at_ == at) return all_maps_;
    }
    auto made = std::make_shared<const Maps>(list_maps());
    const std::unique_lock lock(mutex_);
    all_maps_ = made;
    all_maps_at_ = at;
    return made;
}

Library::Maps Library::list_maps() const {
    std::vector<std::string> urls;
    {
        const std::shared_lock lock(mutex_);
        for (const auto& [url, added] : maps_.added) urls.push_back(url);
    }
    std::sort(urls.begin(), urls.end());
    Maps out;
    std::set<std::string, std::less<>> seen(urls.begin(), urls.end());
    for (const auto& url : urls) {
        if (auto map = concept_map(url)) out.push_back(std::move(map));
    }
    if (below_) {
        const auto lower = below_->concept_maps();
        for (const auto& map : *lower) {
            if (!seen.contains(map->url)) out.push_back(map);
        }
    }
    if (!definitions_) return out;
    for (const auto url : definitions_->resource_urls("ConceptMap")) {
        if (seen.contains(without_version(url))) continue;
        if (auto map = concept_map(url)) out.push_back(std::move(map));
    }
    return out;
}

std::vector<std::shared_ptr<const CodeSystem>> Library::added_systems() const {
    const std::shared_lock lock(mutex_);
    std::map<std::string, Versions<CodeSystem>> sorted;
    for (const auto& [url, added] : systems_.added) {
        if (const auto found = systems_.known.find(url); found != systems_.known.end()) sorted[url] = found->second;
    }
    std::vector<std::shared_ptr<const CodeSystem>> out;
    for (const auto& [url, all] : sorted) out.insert(out.end(), all.begin(), all.end());
    return out;
}

/// The first thing added under a url takes the place of the pack's: a deployment says what it means by that url.
template <class T>
void Library::keep(Shelf<T>& shelf, T made) {
    ++generation_;
    const auto shared = std::make_shared<const T>(std::move(made));
    auto& versions = shelf.known[shared->url];
    if (shelf.added.emplace(shared->url, true).second) versions.clear();
    insert_version(versions, std::shared_ptr<const T>(shared));
}

void Library::put(CodeSystem system) {
    const std::unique_lock lock(mutex_);
    if (!system.all_codes_url.empty()) all_codes_[system.all_codes_url] = system.url;
    keep(systems_, std::move(system));
}

void Library::put(ValueSet set) {
    const std::unique_lock lock(mutex_);
    keep(value_sets_, std::move(set));
}

void Library::put(ConceptMap map) {
    const std::unique_lock lock(mutex_);
    keep(maps_, std::move(map));
}

void Library::remove(std::string_view type, std::string_view url, std::string_view version) {
    const auto take = [&](auto& shelf) {
        const auto found = shelf.known.find(url);
        if (found == shelf.known.end() || !shelf.added.contains(url)) return;
        std::erase_if(found->second, [&](const auto& one) { return one->version == version; });
        if (!found->second.empty()) return;
        shelf.known.erase(found);
        shelf.added.erase(shelf.added.find(url));
    };
    const std::unique_lock lock(mutex_);
    ++generation_;
    if (type == "CodeSystem") take(systems_);
    if (type == "ValueSet") take(value_sets_);
    if (type == "ConceptMap") take(maps_);
}

} // namespace huitong::terminology
